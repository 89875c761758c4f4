"""A payment that was taken back, and the wish of one person that it be."""

from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.models import CorrectionKind, Payment, Reversal, ReversalReason
from payments.services.corrections import CorrectionDraft, request_correction
from perisai.models import Role, User
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.reasons import ReasonForm
from supervision.admin.scoped import Fact
from supervision.admin.showing import NOTHING, link
from supervision.admin.words import Words, say

REASONS: Final[Words] = {
    ReversalReason.WRONG_MEMBER: gettext_lazy("peserta keliru"),
    ReversalReason.WRONG_AMOUNT: gettext_lazy("jumlah keliru"),
    ReversalReason.CUSTOMER_CANCELLED: gettext_lazy("dibatalkan pembayar"),
    ReversalReason.TERMINAL_FAULT: gettext_lazy("gangguan terminal"),
    ReversalReason.TIMEOUT: gettext_lazy("tidak ada jawaban"),
    ReversalReason.CORRECTION: gettext_lazy("koreksi oleh dua orang"),
}


class AskReversal(Act[Payment]):
    """One person's wish; finance decides, and not the same person."""

    name = "ask-reversal"
    title = gettext_lazy("Minta pembatalan")
    doers = frozenset({Role.SUPERVISOR, Role.FINANCE})
    is_grave = True
    form = ReasonForm
    explanation = gettext_lazy(
        "Belum ada uang yang berpindah: orang kedua di bagian keuangan yang memutuskan."
    )

    def is_offered(self, record: Payment | None, user: User) -> bool:
        """While the payment stands."""
        return record is not None and record.reversed_at is None

    def carry_out(self, record: Payment, asked: Asked) -> Done:
        """Note it, and go on to its page."""
        draft = CorrectionDraft(
            kind=CorrectionKind.REVERSAL, payment=record, reason=asked.data["reason"]
        )
        correction = request_correction(draft, by=asked.user)
        page = reverse("admin:payments_correction_change", args=[correction.pk])
        return Done(message=_("Usulan dicatat dan menunggu orang kedua."), next_url=page)


def reversal_facts(payment: Payment) -> list[Fact]:
    """Why a payment was taken back, and by whom; nothing of one that stands."""
    found = Reversal.objects.filter(payment=payment).select_related("outlet", "correction")
    return [
        fact
        for reversal in found
        for fact in (
            Fact(label=_("alasan pembatalan"), value=say(REASONS, reversal.reason)),
            Fact(label=_("dibatalkan oleh"), value=_by_whom(reversal)),
        )
    ]


def _by_whom(reversal: Reversal) -> str:
    """The counter, or the correction with its two persons."""
    if reversal.correction is not None:
        return link(reversal.correction, _("Koreksi"))
    return reversal.outlet.name if reversal.outlet else NOTHING
