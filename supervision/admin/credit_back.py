"""Credit that late money gave to the wrong member, and the wish of one person to have it back."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.errors import CreditTakenBack
from payments.models import Correction, CorrectionKind, LateMoney
from payments.rupiah import format_rupiah
from payments.services.corrections import CorrectionDraft, request_correction
from payments.services.credit_correction import Gift, gift_of, gifts_of
from perisai.models import Role, User
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.reasons import ReasonForm
from supervision.admin.scoped import Fact
from supervision.admin.showing import NOTHING, link

MOST_NAMED: Final = 3


class CreditBackForm(ReasonForm):
    """Which credit, and why it is not theirs."""

    field_order = ("gift", "reason")

    def __init__(self, gifts: list[Gift], *sent: Any) -> None:
        super().__init__(*sent)
        self.fields["gift"] = forms.ChoiceField(
            label=gettext_lazy("Saldo"),
            choices=[(str(gift.entry.pk), _said(gift)) for gift in gifts],
        )
        self.order_fields(self.field_order)


class AskCreditBack(Act[LateMoney]):
    """One person's wish; finance decides, and not the same person."""

    name = "credit-back"
    title = gettext_lazy("Minta penarikan saldo")
    doers = frozenset({Role.SUPERVISOR, Role.FINANCE})
    is_grave = True
    explanation = gettext_lazy(
        "Saldo yang diberikan kepada peserta yang keliru kembali menjadi uang tak bertuan setelah"
        " orang kedua menyetujui, selama belum terpakai."
    )

    def is_offered(self, record: LateMoney | None, user: User) -> bool:
        """While some of it stands as credit of whom this person sees, and came with no payment."""
        return record is not None and bool(gifts_of(record, seen_by=user))

    def make_form(self, record: LateMoney | None, user: User, *sent: Any) -> forms.Form:
        """With what it gave to whom this person sees."""
        return CreditBackForm(gifts_of(record, seen_by=user) if record else [], *sent)

    def carry_out(self, record: LateMoney, asked: Asked) -> Done:
        """Ask for it. Raises CreditTakenBack where it went back since the form was checked."""
        gifts = {str(gift.entry.pk): gift for gift in gifts_of(record, seen_by=asked.user)}
        gift = gifts.get(asked.data["gift"])
        if gift is None:
            raise CreditTakenBack
        draft = CorrectionDraft(
            kind=CorrectionKind.CREDIT, reason=asked.data["reason"], entry=gift.entry
        )
        request_correction(draft, by=asked.user)
        return Done(message=_("Permintaan dicatat. Orang kedua memutuskan."))


def credit_facts(correction: Correction, user: User) -> list[Fact]:
    """Of which late money, and whose credit it became; by id alone."""
    gift = gift_of(correction)
    money = LateMoney.objects.visible_to(user).filter(pk=gift.money.pk).first()
    return [
        Fact(label=_("uang susulan"), value=link(money, money.reference) if money else NOTHING),
        Fact(label=_("saldo"), value=_said(gift)),
    ]


def _said(gift: Gift) -> str:
    """The amount and the members."""
    members = [str(member) for member in gift.shares]
    more = ["…"] if len(members) > MOST_NAMED else []
    return f"{format_rupiah(gift.amount)}: {', '.join(members[:MOST_NAMED] + more)}"
