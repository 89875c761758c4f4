"""The nights of the sweep: what was noted where, how long it took, what was refused."""

from datetime import date
from typing import Any, Final

from django.contrib import admin
from django.db.models import Count, Max, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perisai import clock
from perisai.models import Role, User
from retention.models import SweepFault, SweepRun
from retention.services.sweep import regencies_to_sweep
from supervision.admin.filters import WorkKindFilter
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section, office_user
from supervision.admin.showing import NOTHING, badge, column, day, instant, link, masked
from supervision.admin.words import WORK_KINDS, say

READERS: Final = frozenset({Role.NATIONAL, Role.AUDITOR})
NIGHTS_SHOWN: Final = 7
FAULTS_SHOWN: Final = 50


class SweepRunAdmin(ScopedAdmin[SweepRun]):
    """One line per day and regency, the newest first, below the last nights as a whole."""

    title = gettext_lazy("Penyisiran")
    readers = READERS
    list_display = (
        "night",
        column("regency_code", gettext_lazy("kabupaten/kota")),
        column("rows", gettext_lazy("baris")),
        "refused",
        "took",
        "ended",
    )
    search_fields = ("regency_code__exact",)
    search_help_text = gettext_lazy("Kode kabupaten/kota")

    def scoped(self, user: User) -> QuerySet[SweepRun]:
        """All: the sweep is of the whole country."""
        return SweepRun.objects.visible_to(user)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with the last nights."""
        runs = self.scoped(office_user(request))
        context = {"sections": [_nights(runs, clock.today())]}
        return super().changelist_view(request, context | (extra_context or {}))

    @admin.display(description=gettext_lazy("hari"))
    def night(self, run: SweepRun) -> str:
        """The day that was judged."""
        return day(run.as_of)

    @admin.display(description=gettext_lazy("ditolak"))
    def refused(self, run: SweepRun) -> SafeString | int:
        """How many members the database refused."""
        return badge(str(run.faults), "bad") if run.faults else 0

    @admin.display(description=gettext_lazy("lama, ms"))
    def took(self, run: SweepRun) -> int:
        """From the first row to the last."""
        return round(run.seconds * 1000)

    @admin.display(description=gettext_lazy("selesai pada"))
    def ended(self, run: SweepRun) -> str:
        """When it was committed, about."""
        return instant(run.created_at)

    def called(self, record: SweepRun, user: User) -> str:
        """By day and regency."""
        return f"{day(record.as_of)}, {record.regency_code}"

    def detail(self, record: SweepRun, user: User) -> Detail:
        """One regency of a day, with the members whom it left out."""
        return Detail(
            title=self.called(record, user),
            facts=[
                Fact(label=_("tindak lanjut baru"), value=record.rows),
                Fact(label=_("ditolak"), value=self.refused(record)),
                Fact(label=_("lama, ms"), value=self.took(record)),
                Fact(label=_("selesai pada"), value=instant(record.created_at)),
            ],
            sections=[_faults_of(record, user)],
        )


class SweepFaultAdmin(ScopedAdmin[SweepFault]):
    """Members whose follow-up could not be noted; the phone derives their work all the same."""

    title = gettext_lazy("Kegagalan penyisiran")
    readers = READERS
    list_display = (
        "night",
        column("regency_code", gettext_lazy("kabupaten/kota")),
        "kind_word",
        "whose",
        column("code", gettext_lazy("kode")),
        "rule",
    )
    list_filter = (WorkKindFilter,)
    list_select_related = ("member",)

    def scoped(self, user: User) -> QuerySet[SweepFault]:
        """Of the members that the user may see."""
        return SweepFault.objects.visible_to(user)

    @admin.display(description=gettext_lazy("hari"))
    def night(self, fault: SweepFault) -> str:
        """The day that was judged."""
        return day(fault.as_of)

    @admin.display(description=gettext_lazy("jenis"))
    def kind_word(self, fault: SweepFault) -> str:
        """What was to be noted."""
        return say(WORK_KINDS, fault.kind)

    @admin.display(description=gettext_lazy("peserta"))
    def whose(self, fault: SweepFault) -> str:
        """Initials."""
        return masked("name", fault.member.full_name)

    @admin.display(description=gettext_lazy("aturan basis data"))
    def rule(self, fault: SweepFault) -> str:
        """Which constraint said no, if it was one."""
        return fault.constraint or NOTHING

    def called(self, record: SweepFault, user: User) -> str:
        """By day, regency and code."""
        return f"{day(record.as_of)}, {record.regency_code}, {record.code}"

    def detail(self, record: SweepFault, user: User) -> Detail:
        """What was refused, and by which rule."""
        return Detail(
            title=self.called(record, user),
            facts=[
                Fact(label=_("peserta"), value=link(record.member, self.whose(record))),
                Fact(label=_("jenis"), value=self.kind_word(record)),
                Fact(label=_("kode"), value=record.code),
                Fact(label=_("aturan basis data"), value=self.rule(record)),
                Fact(label=_("dicatat"), value=instant(record.created_at)),
            ],
        )


def _nights(runs: QuerySet[SweepRun], today: date) -> Section:
    found = runs.values("as_of").annotate(
        regencies=Count("pk"), new=Sum("rows"), refused=Sum("faults"), longest=Max("seconds")
    )
    return Section(
        title=_("Malam-malam terakhir"),
        columns=[
            _("hari"),
            _("kabupaten/kota"),
            _("tindak lanjut baru"),
            _("ditolak"),
            _("terlama, ms"),
        ],
        rows=[
            (
                day(night["as_of"]),
                night["regencies"],
                night["new"],
                badge(str(night["refused"]), "bad") if night["refused"] else 0,
                round(night["longest"] * 1000),
            )
            for night in found.order_by("-as_of")[:NIGHTS_SHOWN]
        ],
        note=_("Hari ini belum disisir: %(left)d kabupaten/kota")
        % {"left": regencies_to_sweep(today).count()},
    )


def _faults_of(run: SweepRun, user: User) -> Section:
    faults = SweepFault.objects.visible_to(user).filter(
        as_of=run.as_of, regency_code=run.regency_code
    )
    return Section(
        title=_("Yang ditolak"),
        columns=[_("jenis"), _("kode"), _("aturan basis data"), _("rincian")],
        rows=[
            (
                say(WORK_KINDS, fault.kind),
                fault.code,
                fault.constraint or NOTHING,
                link(fault, _("buka")),
            )
            for fault in faults.order_by("kind", "pk")[:FAULTS_SHOWN]
        ],
        note=_("paling banyak %(most)s baris") % {"most": FAULTS_SHOWN},
    )
