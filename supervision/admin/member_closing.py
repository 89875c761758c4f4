"""A supervisor closes a member, or takes a closing back that was a mistake (R20)."""

from typing import ClassVar, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.edit import Edit
from enrollment.models import ClosedReason, Member
from enrollment.services.closing import Closing, close_member
from enrollment.services.reopening import reopen_member
from perisai import clock
from perisai.models import Role, User
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.reasons import ReasonForm
from supervision.admin.words import Words

REASONS: Final[Words] = {
    ClosedReason.DECEASED: gettext_lazy("meninggal"),
    ClosedReason.CLAIMED_OUT: gettext_lazy("sudah klaim"),
    ClosedReason.MOVED_TO_PU: gettext_lazy("pindah ke pekerja penerima upah"),
    ClosedReason.WITHDRAWN: gettext_lazy("mengundurkan diri"),
}


class CloseForm(ReasonForm):
    """What happened, and on which day."""

    kind = forms.ChoiceField(label=gettext_lazy("Sebab"), choices=[*REASONS.items()])
    on = forms.DateField(
        label=gettext_lazy("Sejak"), widget=forms.DateInput(attrs={"type": "date"})
    )
    field_order = ("kind", "on", "reason")


class CloseMember(Act[Member]):
    """Ends a membership."""

    name = "close"
    title: ClassVar[Promise] = gettext_lazy("Tutup kepesertaan")
    doers = frozenset({Role.SUPERVISOR})
    is_grave = True
    explanation: ClassVar[Promise] = gettext_lazy(
        "Tidak ada tagihan dan pengingat lagi. Kematian membuka perkara bantuan klaim."
    )
    form = CloseForm

    def is_offered(self, record: Member | None, user: User) -> bool:
        """While it is open."""
        return record is not None and record.closed_on is None

    def carry_out(self, record: Member, asked: Asked) -> Done:
        """Close it, by the service that an agent's report takes too."""
        closing = Closing(
            member_id=record.pk, reason=ClosedReason(asked.data["kind"]), on=asked.data["on"]
        )
        close_member(closing, by=edit_of(asked))
        return Done(message=_("Kepesertaan ditutup."))


class ReopenMember(Act[Member]):
    """Takes a closing back."""

    name = "reopen"
    title: ClassVar[Promise] = gettext_lazy("Buka lagi kepesertaan")
    doers = frozenset({Role.SUPERVISOR})
    explanation: ClassVar[Promise] = gettext_lazy(
        "Hanya untuk penutupan yang keliru: agen, bulan iuran, dan masa kepesertaan tetap."
    )
    form = ReasonForm

    def is_offered(self, record: Member | None, user: User) -> bool:
        """While it is closed and counts."""
        return (
            record is not None
            and record.closed_on is not None
            and record.merged_into_id is None
            and record.erased_at is None
        )

    def carry_out(self, record: Member, asked: Asked) -> Done:
        """Open it."""
        reopen_member(record.pk, by=edit_of(asked))
        return Done(message=_("Kepesertaan dibuka lagi."))


def edit_of(asked: Asked) -> Edit:
    """An edit of the office, now, with its reason."""
    now = clock.now()
    return Edit(at=now, received_at=now, user_id=asked.user.pk, reason=asked.data["reason"])
