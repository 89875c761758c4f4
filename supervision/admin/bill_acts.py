"""What the office does with bills: makes one for a member, takes an open one back."""

from datetime import datetime
from typing import Any, Final

from django import forms
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import Member
from payments.errors import InProgress
from payments.models import Bill, CancelReason
from payments.services.billing import BillOrder, CreditNotSettled, cancel_bill, make_bill
from payments.services.makers import UserMaker
from payments.services.outcomes import BillMade, BillReplayed, BillReused, Refused
from perisai import clock
from perisai.models import Role, User
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.words import Words

MAKERS: Final = frozenset({Role.SUPERVISOR})
CANCEL_REASONS: Final[Words] = {
    CancelReason.MISTAKE: gettext_lazy("dibuat keliru"),
    CancelReason.MEMBERS: gettext_lazy("daftar peserta berubah"),
    CancelReason.PAYER: gettext_lazy("pembayar mundur"),
    CancelReason.OTHER: gettext_lazy("lain-lain"),
}


class MonthsForm(forms.Form):
    """How many months, from the oldest unpaid one on."""

    def __init__(self, *sent: Any) -> None:
        super().__init__(*sent)
        self.fields["months"] = forms.TypedChoiceField(
            label=gettext_lazy("Jumlah bulan"),
            choices=[(months, months) for months in settings.BILL_PERIODS],
            coerce=int,
        )
        self.order_fields(["months"])


class CancelForm(forms.Form):
    """Why."""

    reason = forms.ChoiceField(label=gettext_lazy("Alasan"), choices=[*CANCEL_REASONS.items()])


class MakeBill(Act[Member]):
    """A bill of one member's next months."""

    name = "bill"
    title = gettext_lazy("Buat tagihan")
    doers = MAKERS
    explanation = gettext_lazy(
        "Bulan tertua yang belum dibayar didahulukan. Tagihan terbuka yang sama dipakai lagi."
    )
    form = MonthsForm

    def is_offered(self, record: Member | None, user: User) -> bool:
        """While the membership is open."""
        return record is not None and record.closed_on is None and record.merged_into_id is None

    def carry_out(self, record: Member, asked: Asked) -> Done:
        """Make it, and show it."""
        order = BillOrder(
            maker=UserMaker(user_id=asked.user.pk),
            member_ids=(record.pk,),
            months=asked.data["months"],
        )
        made = made_bill(order, now=clock.now())
        return Done(message=_("Tagihan siap."), next_url=bill_url(made))


class CancelBill(Act[Bill]):
    """Takes an open bill back."""

    name = "cancel"
    title = gettext_lazy("Batalkan tagihan")
    doers = MAKERS
    is_grave = True
    explanation = gettext_lazy("Kode bayarnya tidak dapat dibayar lagi.")
    form = CancelForm

    def is_offered(self, record: Bill | None, user: User) -> bool:
        """While it is open, to who sees all its members."""
        if record is None:
            return False
        mine = Bill.objects.payable_anywhere().wholly_visible_to(user)
        return mine.open(clock.now()).filter(pk=record.pk).exists()

    def carry_out(self, record: Bill, asked: Asked) -> Done:
        """Cancel it."""
        cancel_bill(
            record.code,
            bills=Bill.objects.payable_anywhere().wholly_visible_to(asked.user),
            now=clock.now(),
            by=asked.user,
            reason=CancelReason(asked.data["reason"]),
        )
        return Done(message=_("Tagihan dibatalkan."))


def made_bill(order: BillOrder, *, now: datetime) -> BillMade | BillReused | BillReplayed:
    """The bill. Raises its refusal, and InProgress if somebody used its credit meanwhile."""
    try:
        outcome = make_bill(order, now=now)
    except CreditNotSettled as beaten:
        raise InProgress from beaten
    if isinstance(outcome, Refused):
        raise outcome.as_error()
    return outcome


def bill_url(made: BillMade | BillReused | BillReplayed) -> str:
    """The bill's page."""
    return reverse("admin:payments_bill_change", args=[made.bill_id])
