"""The nightly checks of the money, as an operator left them: read-only."""

from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.models import MoneyCheckRun
from payments.services.checks import CHECKS
from perisai.models import Role, User
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import NOTHING, badge, instant
from supervision.admin.words import Words, say
from supervision.services.money_today import with_counts

CLAIMS: Final[Words] = {
    "I1": gettext_lazy("jumlah semua baris jurnal nol"),
    "I2": gettext_lazy("setiap jurnal seimbang dan akunnya dikenal"),
    "I3": gettext_lazy("setiap pembayaran dibukukan sekali, sebesar tagihannya"),
    "I4": gettext_lazy("setiap pembatalan mencerminkan seluruh jurnalnya"),
    "I5": gettext_lazy("utang iuran sama dengan bulan yang dilindungi"),
    "I6": gettext_lazy("lunas sampai dengan sesuai dengan bulan iuran"),
    "I7": gettext_lazy("perlindungan tidak ganda dan tidak berlubang"),
    "I8": gettext_lazy("saldo setiap mitra dapat dijelaskan"),
    "I9": gettext_lazy("setiap kunci menunjuk pembayarannya"),
    "I10": gettext_lazy("setiap pembayaran dan pembatalan dikabarkan"),
}


class MoneyCheckRunAdmin(ScopedAdmin[MoneyCheckRun]):
    """Runs, the newest first."""

    title = gettext_lazy("Pemeriksaan uang")
    readers = frozenset({Role.FINANCE, Role.NATIONAL, Role.AUDITOR})
    list_display = ("started", "state", "checked")

    def scoped(self, user: User) -> QuerySet[MoneyCheckRun]:
        """All: they are of the whole ledger."""
        return with_counts(MoneyCheckRun.objects.visible_to(user))

    @admin.display(description=gettext_lazy("mulai"))
    def started(self, run: MoneyCheckRun) -> str:
        """When."""
        return instant(run.started_at)

    @admin.display(description=gettext_lazy("keadaan"))
    def state(self, run: MoneyCheckRun) -> SafeString:
        """Clean, broken or cut short."""
        return run_badge(run)

    @admin.display(description=gettext_lazy("yang diperiksa"))
    def checked(self, run: Any) -> str:  # a run with its counts
        """How many of the checks were run."""
        return f"{run.checks} / {len(CHECKS)}"

    def called(self, record: MoneyCheckRun, user: User) -> str:
        """By its instant."""
        return f"{_('Pemeriksaan uang')}, {instant(record.started_at)}"

    def detail(self, record: MoneyCheckRun, user: User) -> Detail:
        """One run with what each check found."""
        return Detail(
            title=self.called(record, user),
            facts=[
                Fact(label=_("keadaan"), value=run_badge(record)),
                Fact(label=_("mulai"), value=instant(record.started_at)),
                Fact(label=_("selesai"), value=instant(record.ended_at)),
                Fact(label=_("yang diperiksa"), value=self.checked(record)),
            ],
            sections=[_results_of(record)],
        )


def run_badge(run: Any) -> SafeString:  # a run with its counts
    """Broken, cut short or clean; what is broken is so without an end, too."""
    if run.broken:
        return badge(_("%(many)d pelanggaran") % {"many": run.broken}, "bad")
    return badge(_("bersih"), "good") if run.ended_at else badge(_("tidak selesai"), "warn")


def _results_of(run: MoneyCheckRun) -> Section:
    results = sorted(run.results.all(), key=lambda result: int(result.code[1:]))
    return Section(
        title=_("Hasil"),
        columns=[_("kode"), _("hal"), _("baris"), _("pelanggaran"), "ms", _("yang pertama")],
        rows=[
            (
                result.code,
                say(CLAIMS, result.code),
                result.rows,
                badge(str(result.breaks), "bad") if result.breaks else 0,
                result.milliseconds,
                ", ".join(result.first_ids) or NOTHING,
            )
            for result in results
        ],
    )
