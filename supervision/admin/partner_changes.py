"""What was wanted about partners and counters, and the second person's word."""

from typing import Final

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.formats import time_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.models import PartnerChange, PartnerChangeKind
from payments.rupiah import format_rupiah
from payments.services.partner_changes import confirm_partner_change, refuse_partner_change
from perisai import clock
from perisai.models import Decision, Role, User
from supervision.admin.acting import Act, Asked, Done, Shown
from supervision.admin.partners import NATIONAL
from supervision.admin.scoped import Detail, Fact, ScopedAdmin
from supervision.admin.showing import NOTHING, badge, instant, link
from supervision.admin.users import DECISIONS, TONES
from supervision.admin.words import Words, say

KINDS: Final[Words] = {
    PartnerChangeKind.NEW_PARTNER: gettext_lazy("mitra baru"),
    PartnerChangeKind.TERMS: gettext_lazy("nama, biaya, batas hari"),
    PartnerChangeKind.OPEN_PARTNER: gettext_lazy("buka mitra"),
    PartnerChangeKind.CLOSE_PARTNER: gettext_lazy("tutup mitra"),
    PartnerChangeKind.NEW_COUNTER: gettext_lazy("loket baru"),
    PartnerChangeKind.OPEN_COUNTER: gettext_lazy("buka loket"),
    PartnerChangeKind.CLOSE_COUNTER: gettext_lazy("tutup loket"),
    PartnerChangeKind.EDIT_COUNTER: gettext_lazy("ubah loket"),
    PartnerChangeKind.NEW_LOGIN: gettext_lazy("akun mitra baru"),
    PartnerChangeKind.NEW_PASSWORD: gettext_lazy("kata sandi baru"),
}

NEW: Final[Words] = {
    PartnerChangeKind.NEW_COUNTER: gettext_lazy("Loket baru"),
    PartnerChangeKind.NEW_LOGIN: gettext_lazy("Akun mitra baru"),
    PartnerChangeKind.NEW_PASSWORD: gettext_lazy("Kata sandi baru"),
}
PASSWORDS: Final[Words] = {
    PartnerChangeKind.NEW_COUNTER: gettext_lazy("kata sandi pertama"),
    PartnerChangeKind.NEW_LOGIN: gettext_lazy("kata sandi pertama"),
    PartnerChangeKind.NEW_PASSWORD: gettext_lazy("kata sandi"),
}


class ConfirmPartnerChange(Act[PartnerChange]):
    """The second person says yes."""

    name = "confirm"
    title = gettext_lazy("Setujui")
    doers = NATIONAL
    needs_step_up = True

    def is_offered(self, record: PartnerChange | None, user: User) -> bool:
        """While it waits, to somebody else."""
        return record is not None and not record.decision and record.proposed_by_id != user.pk

    def carry_out(self, record: PartnerChange, asked: Asked) -> "Done | Shown":
        """Confirm; a login's new password is shown here once."""
        carried = confirm_partner_change(record, by=asked.user, now=clock.now())
        if not carried.password:
            return Done(message=_("Usulan disetujui."))
        return Shown(
            title=say(NEW, record.kind),
            facts=[
                Fact(label=_("nama pengguna"), value=carried.username),
                Fact(label=say(PASSWORDS, record.kind), value=carried.password),
            ],
            note=gettext_lazy("Kata sandi ini hanya tampil sekali."),
        )


class RefusePartnerChange(Act[PartnerChange]):
    """Puts a proposal aside; its maker may do so too."""

    name = "refuse"
    title = gettext_lazy("Tolak")
    is_grave = True
    doers = NATIONAL

    def is_offered(self, record: PartnerChange | None, user: User) -> bool:
        """While it waits."""
        return record is not None and not record.decision

    def carry_out(self, record: PartnerChange, asked: Asked) -> Done:
        """Refuse."""
        refuse_partner_change(record, by=asked.user, now=clock.now())
        return Done(message=_("Usulan ditolak."))


class PartnerChangeAdmin(ScopedAdmin[PartnerChange]):
    """Proposals, and what one person did alone."""

    title = gettext_lazy("Perubahan mitra")
    readers = frozenset({Role.FINANCE, Role.NATIONAL, Role.AUDITOR})
    acts = (ConfirmPartnerChange(), RefusePartnerChange())
    list_display = ("kind_word", "about", "proposer", "decision_badge")
    list_select_related = ("partner", "outlet", "proposed_by")

    def scoped(self, user: User) -> QuerySet[PartnerChange]:
        """All, for who reads all money."""
        return PartnerChange.objects.visible_to(user)

    @admin.display(description=gettext_lazy("perubahan"))
    def kind_word(self, change: PartnerChange) -> str:
        """What is wanted."""
        return say(KINDS, change.kind)

    @admin.display(description=gettext_lazy("tentang"))
    def about(self, change: PartnerChange) -> str:
        """Whose: the new code, else the partner or counter."""
        return change.code or str(change.outlet or change.partner)

    @admin.display(description=gettext_lazy("diusulkan oleh"))
    def proposer(self, change: PartnerChange) -> str:
        """Who wants it."""
        return change.proposed_by.username

    @admin.display(description=gettext_lazy("keputusan"))
    def decision_badge(self, change: PartnerChange) -> SafeString:
        """What was decided."""
        tone = TONES.get(Decision(change.decision), "quiet") if change.decision else "warn"
        return badge(say(DECISIONS, change.decision), tone)

    def called(self, record: PartnerChange, user: User) -> str:
        """By what it is about."""
        return f"{self.kind_word(record)}: {self.about(record)}"

    def detail(self, record: PartnerChange, user: User) -> Detail:
        """One change with its reason."""
        target = record.outlet or record.partner
        decided_by = record.decided_by.username if record.decided_by else NOTHING
        return Detail(
            title=self.called(record, user),
            facts=[
                Fact(label=_("perubahan"), value=self.kind_word(record)),
                Fact(label=_("tentang"), value=link(target, str(target)) if target else NOTHING),
                *_wanted(record),
                Fact(label=_("alasan"), value=record.reason),
                Fact(label=_("diusulkan oleh"), value=self.proposer(record)),
                Fact(label=_("diusulkan"), value=instant(record.proposed_at)),
                Fact(label=_("keputusan"), value=self.decision_badge(record)),
                Fact(label=_("diputuskan oleh"), value=decided_by),
                Fact(label=_("diputuskan"), value=instant(record.decided_at)),
            ],
        )


def _wanted(change: PartnerChange) -> list[Fact]:
    """The columns that the kind has."""
    wanted: list[tuple[str, object]] = [
        (_("kode"), change.code),
        (_("nama"), change.name),
        (_("nama pengguna"), change.username),
        (_("kantor cabang"), change.branch),
    ]
    if change.admin_fee is not None and change.cutoff_time is not None:
        wanted += [
            (_("biaya loket"), format_rupiah(change.admin_fee)),
            (_("batas hari"), time_format(change.cutoff_time, "H.i")),
        ]
    return [Fact(label=label, value=value) for label, value in wanted if value]
