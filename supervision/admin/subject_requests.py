"""Requests of people about their own data: what is asked, until when, and how it ended (R36)."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import (
    IdentityCheck,
    Member,
    Outcome,
    RequestKind,
    SubjectRequest,
)
from perisai import clock
from perisai.models import Role, User
from supervision.admin.filters import WordFilter
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import NOTHING, badge, instant, link, name_for
from supervision.admin.subject_acts import AskCopy, Decide, HandOver, Lift, is_open
from supervision.admin.words import Words

SECONDS_AN_HOUR = 3600
URGENT_HOURS = 24
REQUESTS_SHOWN = 20


class RequestKindFilter(WordFilter):
    """By what is asked."""

    title = gettext_lazy("permintaan")
    parameter_name = "kind"
    words: ClassVar[Words] = {kind.value: kind.label for kind in RequestKind}


class UndecidedFilter(SimpleListFilter):
    """Those that wait, or those that ended."""

    title = gettext_lazy("keadaan")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[Any]:
        """Open or ended."""
        return [("yes", gettext_lazy("terbuka")), ("no", gettext_lazy("selesai"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """By whether a decision is there."""
        if not self.value():
            return queryset
        return queryset.filter(decision__isnull=self.value() == "yes")


class SubjectRequestAdmin(ScopedAdmin[SubjectRequest]):
    """What people asked, the most pressing first where only open ones are shown."""

    title = gettext_lazy("Permintaan atas data diri")
    readers = frozenset({Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR})
    acts = (AskCopy(), HandOver(), Decide(), Lift())
    keyset = ("-due_at", "-id")
    list_display = ("received", "what", "about", "state", "branch")
    list_filter = (UndecidedFilter, RequestKindFilter)
    list_select_related = ("member", "member__branch", "decision")

    def scoped(self, user: User) -> QuerySet[SubjectRequest]:
        """Of the members that the user may see."""
        return SubjectRequest.objects.visible_to(user).with_decision()

    @admin.display(description=gettext_lazy("diterima"))
    def received(self, request: SubjectRequest) -> str:
        """Since when the clock runs."""
        return instant(request.received_at)

    @admin.display(description=gettext_lazy("permintaan"))
    def what(self, request: SubjectRequest) -> str:
        """Its kind."""
        return str(RequestKind(request.kind).label)

    @admin.display(description=gettext_lazy("peserta"))
    def about(self, request: SubjectRequest) -> SafeString:
        """The member's page."""
        return link(request.member, str(request.member_id)[-12:])

    @admin.display(description=gettext_lazy("keadaan"))
    def state(self, request: SubjectRequest) -> SafeString:
        """Ended, or the hours that are left."""
        return state_badge(request, now=clock.now())

    @admin.display(description=gettext_lazy("Kantor Cabang"))
    def branch(self, request: SubjectRequest) -> str:
        """Who answers for the member."""
        return request.member.branch.name

    def called(self, record: SubjectRequest, user: User) -> str:
        """By its kind."""
        return str(RequestKind(record.kind).label)

    def detail(self, record: SubjectRequest, user: User) -> Detail:
        """One request, with its alarms, copies and decision."""
        now = clock.now()
        return Detail(
            title=self.called(record, user),
            facts=[
                Fact(label=_("keadaan"), value=state_badge(record, now=now)),
                Fact(
                    label=_("peserta"),
                    value=link(record.member, name_for(user, record.member.full_name)),
                ),
                Fact(label=_("kata-kata peserta"), value=record.words or NOTHING),
                Fact(
                    label=_("identitas diperiksa lewat"),
                    value=IdentityCheck(record.identity_check).label,
                ),
                Fact(label=_("dicatat oleh"), value=record.taken_by.username),
                Fact(label=_("diterima"), value=instant(record.received_at)),
                Fact(label=_("batas waktu"), value=instant(record.due_at)),
            ],
            sections=[_decision_of(record), _copies_of(record), _alarms_of(record)],
        )


def state_badge(request: SubjectRequest, *, now: datetime) -> SafeString:
    """How it ended, or how many hours are left; reads `decision`: select it for many."""
    if not is_open(request):
        outcome = Outcome(request.decision.outcome)
        return badge(outcome.label, "good" if outcome is Outcome.DONE else "quiet")
    left = (request.due_at - now).total_seconds() / SECONDS_AN_HOUR
    if left < 0:
        return badge(_("lewat batas waktu"), "bad")
    hours = int(left)
    words = _("sisa %(hours)d jam") % {"hours": hours}
    return badge(words, "warn" if left < URGENT_HOURS else "quiet")


def waiting_requests(user: User) -> list[Section]:
    """Undecided requests, the most pressing first: for the first page; none: no section."""
    now = clock.now()
    waiting = (
        SubjectRequest.objects.visible_to(user)
        .undecided()
        .select_related("member__branch", "decision")
    )
    rows = [
        (
            link(request, instant(request.due_at)),
            RequestKind(request.kind).label,
            state_badge(request, now=now),
            request.member.branch.name,
        )
        for request in waiting.order_by("due_at", "id")[:REQUESTS_SHOWN]
    ]
    section = Section(
        title=_("Permintaan yang menunggu"),
        columns=[_("batas waktu"), _("permintaan"), _("keadaan"), _("Kantor Cabang")],
        rows=rows,
    )
    return [section] if rows else []


def requests_of(member: Member) -> Section:
    """What a member asked."""
    asked = SubjectRequest.objects.filter(member=member).with_decision()
    return Section(
        title=_("Permintaan atas data diri"),
        columns=[_("diterima"), _("permintaan"), _("keadaan")],
        rows=[
            (
                link(request, instant(request.received_at)),
                RequestKind(request.kind).label,
                state_badge(request, now=clock.now()),
            )
            for request in asked.order_by("-received_at")[:REQUESTS_SHOWN]
        ],
    )


def _decision_of(request: SubjectRequest) -> Section:
    ended = [] if is_open(request) else [request.decision]
    return Section(
        title=_("Keputusan"),
        columns=[_("waktu"), _("keputusan"), _("oleh"), _("alasan")],
        rows=[
            (
                instant(row.decided_at),
                Outcome(row.outcome).label,
                row.decided_by.username,
                row.reason,
            )
            for row in ended
        ],
    )


def _copies_of(request: SubjectRequest) -> Section:
    copies = request.copies.select_related("made_by").defer("content").order_by("-id")
    return Section(
        title=_("Salinan"),
        columns=[_("diminta"), _("oleh"), _("siap"), _("diserahkan"), _("dihapus")],
        rows=[
            (
                instant(copy.asked_at),
                copy.made_by.username,
                instant(copy.built_at),
                instant(copy.handed_at),
                instant(copy.gone_at),
            )
            for copy in copies
        ],
    )


def _alarms_of(request: SubjectRequest) -> Section:
    return Section(
        title=_("Peringatan"),
        columns=[_("setelah jam"), _("waktu")],
        rows=[
            (alarm.hours, instant(alarm.raised_at)) for alarm in request.alarms.order_by("hours")
        ],
    )
