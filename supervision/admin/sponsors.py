"""Sponsors whose term ends: whose cover goes with it, and what they would pay alone (R34)."""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.rupiah import format_rupiah
from payments.tariff import PayerKind
from perisai import clock
from perisai.models import Branch, Role, User
from perisai.months import last_day
from retention.models import SponsorAlert
from retention.services.sponsor_cliffs import sponsor_cliffs
from retention.sponsoring import AloneLine, SponsorCliff
from supervision.admin.scoped import Detail, Fact, KeysetLines, ScopedAdmin, Section
from supervision.admin.showing import badge, day, link, month

TITLE: Final = gettext_lazy("Sponsor yang berakhir")
STATES: Final = frozenset({"yes", "no"})


class SponsorLines(KeysetLines):
    """Alerts, each with its members and their prices as they stand now."""

    def get_results(self, request: HttpRequest) -> None:
        """The page, and the terms of its alerts in a fixed number of statements."""
        super().get_results(request)
        found = sponsor_cliffs({(one.payer_id, one.last_month) for one in self.result_list})
        for alert in self.result_list:
            alert.cliff = found[alert.payer_id, alert.last_month]


class StandingFilter(SimpleListFilter):
    """Alerts by what was annotated as `is_open`."""

    title = gettext_lazy("keadaan")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Iterable[Any]:
        """Those that stand, and those that are over."""
        return [("yes", gettext_lazy("terbuka")), ("no", gettext_lazy("selesai"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The chosen ones; nobody is in an unknown state."""
        state = self.value()
        if not state:
            return queryset
        return queryset.filter(is_open=state == "yes") if state in STATES else queryset.none()


class SponsorAlertAdmin(ScopedAdmin[SponsorAlert]):
    """What a branch was told of its sponsors.

    It stands until the last covered day, or until all who end with it are paid for further.
    """

    title = TITLE
    readers = frozenset({Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR})
    list_display = (
        "sponsor",
        "covered_until",
        "alert",
        "told_on",
        "members_then",
        "members_now",
        "alone",
        "state",
    )
    list_filter = (StandingFilter,)
    list_select_related = ("payer",)

    def scoped(self, user: User) -> QuerySet[SponsorAlert]:
        """Of the payers of the user's branch, or all, each with whether it still stands."""
        return SponsorAlert.objects.visible_to(user).with_openness(as_of=clock.today())

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """With members and prices, which are derived when they are read."""
        return SponsorLines

    @admin.display(description=gettext_lazy("penyandang dana"))
    def sponsor(self, alert: SponsorAlert) -> str:
        """By name."""
        return alert.payer.name

    @admin.display(description=gettext_lazy("terlindungi sampai"))
    def covered_until(self, alert: SponsorAlert) -> str:
        """The last day of the term."""
        return day(last_day(alert.last_month))

    @admin.display(description=gettext_lazy("peringatan"))
    def alert(self, alert: SponsorAlert) -> str:
        """The first or the second one."""
        return _("%(days)d hari sebelumnya") % {"days": alert.days_before}

    @admin.display(description=gettext_lazy("disampaikan"))
    def told_on(self, alert: SponsorAlert) -> str:
        """On which day."""
        return day(alert.raised_on)

    @admin.display(description=gettext_lazy("peserta saat itu"))
    def members_then(self, alert: SponsorAlert) -> int:
        """How many they were when it was told."""
        return alert.members

    @admin.display(description=gettext_lazy("peserta sekarang"))
    def members_now(self, alert: Any) -> int:  # a SponsorAlert with its cliff
        """Whose cover still ends then."""
        cliff: SponsorCliff = alert.cliff
        return cliff.members

    @admin.display(description=gettext_lazy("iuran bila membayar sendiri"))
    def alone(self, alert: Any) -> str:  # a SponsorAlert with its cliff
        """What how many of them would pay in the first month after."""
        cliff: SponsorCliff = alert.cliff
        return "; ".join(_first_price(line) for line in cliff.lines)

    @admin.display(description=gettext_lazy("keadaan"))
    def state(self, alert: SponsorAlert) -> SafeString:
        """Derived when read."""
        is_open: bool = getattr(alert, "is_open", False)
        return badge(_("terbuka"), "warn") if is_open else badge(_("selesai"), "good")

    def called(self, record: SponsorAlert, user: User) -> str:
        """By the sponsor and its last covered day."""
        return f"{record.payer.name}, {self.covered_until(record)}"

    def detail(self, record: SponsorAlert, user: User) -> Detail:
        """One alert with its term as it stands now."""
        term = (record.payer_id, record.last_month)
        cliff = sponsor_cliffs([term])[term]
        kind = str(PayerKind(record.payer.kind).label)
        return Detail(
            title=self.called(record, user),
            facts=[
                Fact(label=_("penyandang dana"), value=link(record.payer, record.payer.name)),
                Fact(label=_("jenis"), value=kind),
                Fact(label=_("terlindungi sampai"), value=self.covered_until(record)),
                Fact(label=_("peringatan"), value=self.alert(record)),
                Fact(label=_("disampaikan"), value=self.told_on(record)),
                Fact(label=_("peserta saat itu"), value=record.members),
                Fact(label=_("peserta sekarang"), value=cliff.members),
                Fact(label=_("belum bisa dihitung iurannya"), value=cliff.unpriced),
                Fact(label=_("keadaan"), value=self.state(record)),
            ],
            sections=[_prices(cliff)],
        )


def waiting_sponsors(user: User, branch: Branch) -> list[Section]:
    """How many sponsors of a branch end when: for the first page; none: no section."""
    opened = SponsorAlert.objects.visible_to(user).open(as_of=clock.today())
    counted = (
        opened.filter(payer__office__branch=branch)
        .values("last_month")
        .annotate(sponsors=Count("payer", distinct=True))
        .order_by("last_month")
        .values_list("last_month", "sponsors")
    )
    lists = f"{reverse('admin:retention_sponsoralert_changelist')}?open=yes"
    rows = [
        (format_html('<a href="{}">{}</a>', lists, day(last_day(last_month))), sponsors)
        for last_month, sponsors in counted
    ]
    section = Section(title=TITLE, columns=[_("terlindungi sampai"), _("jumlah")], rows=rows)
    return [section] if rows else []


def _first_price(line: AloneLine) -> str:
    first = line.spans[0]
    said = {"amount": format_rupiah(first.amount), "count": line.members}
    if first.until is None:
        return _("%(amount)s: %(count)d peserta") % said
    said["month"] = month(first.until)
    return _("%(amount)s sampai %(month)s: %(count)d peserta") % said


def _prices(cliff: SponsorCliff) -> Section:
    return Section(
        title=_("Bila membayar sendiri"),
        columns=[_("sektor"), _("peserta"), _("mulai"), _("sampai"), _("iuran sebulan")],
        rows=[
            (
                line.sector.label,
                line.members,
                month(span.since),
                month(span.until),
                format_rupiah(span.amount),
            )
            for line in cliff.lines
            for span in line.spans
        ],
        note=_("Menurut tarif yang berlaku sekarang, tanpa sponsor."),
    )
