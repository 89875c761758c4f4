"""Corrections of money: what one person asks for, what it does, and the second person's word."""

from typing import Final

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.models import Bill, Correction, CorrectionKind, CoverMonth, Payer
from payments.rupiah import format_rupiah
from payments.services.bridge_correction import bridge_of
from payments.services.corrections import (
    confirm_correction,
    effects_of,
    may_confirm,
    may_refuse,
    refuse_correction,
)
from payments.services.journal import account_names
from perisai import clock
from perisai.models import Decision, Role, User
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.binding import binding_facts
from supervision.admin.money import READERS, lines_section, scoped_lines
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import NOTHING, badge, instant, link
from supervision.admin.suspense import what_is_said
from supervision.admin.users import DECISIONS, TONES
from supervision.admin.words import Words, say

DOERS: Final = frozenset({Role.SUPERVISOR, Role.FINANCE, Role.NATIONAL})
KINDS: Final[Words] = {
    CorrectionKind.REVERSAL: gettext_lazy("pembatalan pembayaran"),
    CorrectionKind.LATE_POST: gettext_lazy("uang susulan"),
    CorrectionKind.RELEASE: gettext_lazy("pelepasan uang tak bertuan"),
    CorrectionKind.BRIDGE: gettext_lazy("penyambungan oleh penyandang dana"),
    CorrectionKind.BIND: gettext_lazy("pengikatan titipan"),
    CorrectionKind.CREDIT: gettext_lazy("penarikan saldo yang keliru"),
    CorrectionKind.WITHDRAW: gettext_lazy("pencabutan uang tak bertuan"),
}


class ConfirmCorrection(Act[Correction]):
    """The second person says yes, and it is done."""

    name = "confirm"
    title = gettext_lazy("Setujui")
    doers = DOERS
    needs_step_up = True
    explanation = gettext_lazy("Uang dan bulan iuran berubah saat ini juga.")

    def is_offered(self, record: Correction | None, user: User) -> bool:
        """While it waits, to somebody else who has a say in its kind."""
        return record is not None and not record.decision and may_confirm(record, user)

    def carry_out(self, record: Correction, asked: Asked) -> Done:
        """Decide and do."""
        confirm_correction(record.pk, by=asked.user, now=clock.now())
        return Done(message=_("Koreksi dilaksanakan."))


class RefuseCorrection(Act[Correction]):
    """Puts it aside; who asked for it may do so too."""

    name = "refuse"
    title = gettext_lazy("Tolak")
    is_grave = True
    doers = DOERS

    def is_offered(self, record: Correction | None, user: User) -> bool:
        """While it waits."""
        return record is not None and not record.decision and may_refuse(record, user)

    def carry_out(self, record: Correction, asked: Asked) -> Done:
        """Refuse."""
        refuse_correction(record.pk, by=asked.user, now=clock.now())
        return Done(message=_("Usulan ditolak."))


class CorrectionAdmin(ScopedAdmin[Correction]):
    """What was asked for; what waits stands first."""

    title = gettext_lazy("Koreksi")
    readers = READERS
    acts = (ConfirmCorrection(), RefuseCorrection())
    keyset = ("decision", "-id")  # the empty word of what waits comes before all others
    list_display = ("asked", "kind_word", "about", "asker", "decision_badge")
    list_select_related = ("payment", "entry", "requested_by")

    def scoped(self, user: User) -> QuerySet[Correction]:
        """All for money roles, a supervisor's branch's."""
        return Correction.objects.visible_to(user)

    @admin.display(description=gettext_lazy("diminta"))
    def asked(self, correction: Correction) -> str:
        """When."""
        return instant(correction.requested_at)

    @admin.display(description=gettext_lazy("koreksi"))
    def kind_word(self, correction: Correction) -> str:
        """What is to become of the money."""
        return say(KINDS, correction.kind)

    @admin.display(description=gettext_lazy("tentang"))
    def about(self, correction: Correction) -> str:
        """The receipt, the number of the entry in suspense, or a bridge's document."""
        if correction.kind == CorrectionKind.BRIDGE:
            return bridge_of(correction).document
        return str(correction.payment or correction.entry_id or NOTHING)

    @admin.display(description=gettext_lazy("diminta oleh"))
    def asker(self, correction: Correction) -> str:
        """Who wants it."""
        return correction.requested_by.username

    @admin.display(description=gettext_lazy("keputusan"))
    def decision_badge(self, correction: Correction) -> SafeString:
        """What was decided."""
        word = correction.decision
        return badge(say(DECISIONS, word), TONES.get(Decision(word), "quiet") if word else "warn")

    def called(self, record: Correction, user: User) -> str:
        """By its kind and what it is about."""
        return f"{self.kind_word(record)}: {self.about(record)}"

    def detail(self, record: Correction, user: User) -> Detail:
        """Both persons, the reason, and what it does to the accounts and to the months."""
        payment = record.payment
        decided_by = record.decided_by.username if record.decided_by else NOTHING
        return Detail(
            title=self.called(record, user),
            facts=[
                Fact(label=_("koreksi"), value=self.kind_word(record)),
                Fact(label=_("tentang"), value=link(payment, str(payment)) if payment else NOTHING),
                *_bridge(record, user),
                *what_is_said(record, user),
                *binding_facts(record, user),
                Fact(label=_("alasan"), value=record.reason),
                Fact(label=_("diminta oleh"), value=self.asker(record)),
                Fact(label=_("diminta"), value=instant(record.requested_at)),
                Fact(label=_("keputusan"), value=self.decision_badge(record)),
                Fact(label=_("diputuskan oleh"), value=decided_by),
                Fact(label=_("diputuskan"), value=instant(record.decided_at)),
            ],
            sections=[_effect(record), *_months(record, user)],
        )


def _bridge(correction: Correction, user: User) -> list[Fact]:
    """Whose late money, for how many, on which paper, and the bill that came of it."""
    if correction.kind != CorrectionKind.BRIDGE:
        return []
    bridge = bridge_of(correction)
    payer = Payer.objects.visible_to(user).filter(pk=bridge.payer_id).first()
    bill = Bill.objects.visible_to(user).filter(bridge=correction).first()
    return [
        Fact(label=_("pembayar"), value=link(payer, payer.name) if payer else NOTHING),
        Fact(label=_("peserta"), value=len(bridge.member_ids)),
        Fact(label=_("dokumen"), value=bridge.document),
        Fact(label=_("tagihan"), value=link(bill, bill.code) if bill else NOTHING),
    ]


def _effect(correction: Correction) -> Section:
    """What its money stands at on each account that it touches."""
    names = account_names()
    return Section(
        title=_("Akibat dalam rupiah"),
        columns=[_("rekening"), _("sebelum koreksi"), _("sesudah koreksi")],
        rows=[
            (
                f"{effect.account.value} {names[effect.account.value]}",
                format_rupiah(effect.before),
                format_rupiah(effect.after),
            )
            for effect in effects_of(correction)
        ],
        note=_("debit positif, kredit negatif"),
    )


def _months(correction: Correction, user: User) -> list[Section]:
    """The months of the payment that is to be taken back."""
    if correction.payment is None:
        return []
    months = CoverMonth.objects.filter(payment=correction.payment)
    return [lines_section(scoped_lines(months, user), user)]
