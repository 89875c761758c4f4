"""Follow-ups with their derived state and priority, and the attempts made on them."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.cover import cover_case
from enrollment.services.cover_days import cover_day
from payments.rupiah import format_rupiah
from perisai import clock
from perisai.models import Role, User
from retention.models import ClosingReason, FollowUp
from retention.priority import WorkItem
from retention.services.follow_up_closing import close_follow_up
from retention.services.follow_ups import work_items
from retention.services.price_changes import price_changes
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.filters import CoverStateFilter, OpennessFilter, WorkKindFilter
from supervision.admin.scoped import Detail, Fact, KeysetLines, ScopedAdmin, Section
from supervision.admin.showing import (
    NOTHING,
    badge,
    cover_badge,
    day,
    instant,
    link,
    masked,
    month,
    name_for,
)
from supervision.admin.words import (
    APPROACHES,
    CONTACTS,
    DECISIONS,
    PRIORITY_PARTS,
    WORK_KINDS,
    say,
)
from supervision.services.scope import attempts_visible_to

ATTEMPTS_SHOWN: Final = 20


class WorkLines(KeysetLines):
    """Follow-ups, each with its member's line of the work list as it is today."""

    def get_results(self, request: HttpRequest) -> None:
        """The page, and the lines of its members in a fixed number of statements."""
        super().get_results(request)
        ids = {follow_up.member_id for follow_up in self.result_list}
        items = work_items(ids, as_of=clock.today())
        for follow_up in self.result_list:
            follow_up.work_item = items.get(follow_up.member_id)


class ClosingForm(forms.Form):
    """Why; a code, since a typed text might say too much of a person."""

    reason = forms.ChoiceField(label=gettext_lazy("Alasan"), choices=ClosingReason.choices)


class CloseFollowUp(Act[FollowUp]):
    """Nobody shall be sent there for this any more, though nothing was paid."""

    name = "close"
    title = gettext_lazy("Tutup tindak lanjut")
    doers = frozenset({Role.SUPERVISOR})
    is_grave = True
    form = ClosingForm
    explanation = gettext_lazy("Hanya untuk bulan ini; bulan berikutnya dimulai lagi.")

    def is_offered(self, record: FollowUp | None, user: User) -> bool:
        """While it is open."""
        return record is not None and _is_open(record)

    def carry_out(self, record: FollowUp, asked: Asked) -> Done:
        """By whom and when is kept in the row."""
        reason = ClosingReason(asked.data["reason"])
        close_follow_up(record.pk, reason, by=asked.user, as_of=clock.today())
        return Done(message=gettext_lazy("Tindak lanjut ditutup."))


class FollowUpAdmin(ScopedAdmin[FollowUp]):
    """What the sweep noted: open until a payment, a closing or a person ends it (R16)."""

    title = gettext_lazy("Tindak lanjut")
    readers = frozenset({Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR})
    acts = (CloseFollowUp(),)
    list_filter = (OpennessFilter, WorkKindFilter, CoverStateFilter)
    list_select_related = ("member", "member__agent")
    search_fields = ("member__agent__number__istartswith", "regency_code__exact")
    search_help_text = gettext_lazy("Nomor agen atau kode kabupaten/kota")

    def scoped(self, user: User) -> QuerySet[FollowUp]:
        """Of the members that the user may see, each with its stage and whether it is open."""
        today = cover_day(clock.today())
        found = FollowUp.objects.visible_to(user).with_openness(as_of=today.as_of)
        return found.annotate(cover_state=cover_case(today, "member__"))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """With priorities, which are computed when they are read."""
        return WorkLines

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The name is whole for the branch's supervisor alone (R37)."""
        is_supervisor = getattr(request.user, "role", None) == Role.SUPERVISOR
        name = "whole_name" if is_supervisor else "masked_name"
        columns = ("kind_word", "since", "stage", "priority", "opened", "agent_number", "state")
        return [name, *columns]

    @admin.display(description=gettext_lazy("peserta"))
    def whole_name(self, follow_up: FollowUp) -> str:
        """As registered."""
        return follow_up.member.full_name

    @admin.display(description=gettext_lazy("peserta"))
    def masked_name(self, follow_up: FollowUp) -> str:
        """Initials."""
        return masked("name", follow_up.member.full_name)

    @admin.display(description=gettext_lazy("jenis"))
    def kind_word(self, follow_up: FollowUp) -> str:
        """Why."""
        return say(WORK_KINDS, follow_up.kind)

    @admin.display(description=gettext_lazy("tahap"))
    def stage(self, follow_up: FollowUp) -> SafeString:
        """How far the lapse has gone today."""
        return cover_badge(str(getattr(follow_up, "cover_state", "")))

    @admin.display(description=gettext_lazy("prioritas"))
    def priority(self, follow_up: FollowUp) -> str:
        """The points of the member's line in the agent's work list."""
        return _points(getattr(follow_up, "work_item", None))

    @admin.display(description=gettext_lazy("belum dibayar sejak"))
    def since(self, follow_up: FollowUp) -> str:
        """The first unpaid month."""
        return month(follow_up.unpaid_since)

    @admin.display(description=gettext_lazy("dibuka"))
    def opened(self, follow_up: FollowUp) -> str:
        """The day of the sweep that found it."""
        return day(follow_up.opened_on)

    @admin.display(description=gettext_lazy("agen sekarang"))
    def agent_number(self, follow_up: FollowUp) -> str:
        """It counts for the member's present agent."""
        agent = follow_up.member.agent
        return agent.number if agent else NOTHING

    @admin.display(description=gettext_lazy("keadaan"))
    def state(self, follow_up: FollowUp) -> SafeString:
        """Derived when read."""
        return openness_badge(follow_up)

    def detail(self, record: FollowUp, user: User) -> Detail:
        """One follow-up with the attempts on its unpaid month."""
        member = record.member
        name = name_for(user, member.full_name)
        item = work_items([member.pk], as_of=clock.today()).get(member.pk)
        return Detail(
            title=f"{name}, {month(record.unpaid_since)}",
            facts=[
                Fact(label=_("peserta"), value=link(member, name)),
                Fact(label=_("jenis"), value=say(WORK_KINDS, record.kind)),
                Fact(label=_("tahap"), value=self.stage(record)),
                Fact(label=_("prioritas"), value=_points(item)),
                Fact(label=_("belum dibayar sejak"), value=month(record.unpaid_since)),
                Fact(label=_("iuran akan naik"), value=_rise_of(member.pk)),
                Fact(label=_("masa kepesertaan ke"), value=record.episode_no),
                Fact(label=_("dibuka"), value=day(record.opened_on)),
                Fact(label=_("keadaan"), value=openness_badge(record)),
                Fact(label=_("ditutup petugas"), value=day(record.closed_on)),
                Fact(label=_("ditutup oleh"), value=_closer(record)),
                Fact(label=_("alasan"), value=_reason(record)),
                Fact(
                    label=_("agen sekarang"),
                    value=link(member.agent, member.agent.number) if member.agent else NOTHING,
                ),
            ],
            sections=[_parts(item), attempts_on(record.member_id, user)],
        )


def openness_badge(follow_up: FollowUp) -> SafeString:
    """Open or done, from the annotation `is_open`."""
    is_open = _is_open(follow_up)
    return badge(_("terbuka"), "warn") if is_open else badge(_("selesai"), "good")


def _is_open(follow_up: FollowUp) -> bool:
    return bool(getattr(follow_up, "is_open", False))


def _points(item: WorkItem | None) -> str:
    """Nothing for who is not in the work list; a word for who is not scored (R36)."""
    if item is None:
        return NOTHING
    return _("tidak dinilai") if item.priority is None else str(item.priority)


def _rise_of(member_id: UUID) -> str:
    """From when the member's months cost more, if that is soon (R35)."""
    step = price_changes([member_id], as_of=clock.today()).get(member_id)
    if step is None:
        return NOTHING
    return _("mulai %(month)s %(becomes)s, sebelumnya %(was)s") % {
        "month": month(step.month),
        "becomes": format_rupiah(step.becomes),
        "was": format_rupiah(step.was),
    }


def _closer(follow_up: FollowUp) -> str:
    return follow_up.closed_by.get_username() if follow_up.closed_by else NOTHING


def _reason(follow_up: FollowUp) -> str:
    reason = follow_up.closed_reason
    return str(ClosingReason(reason).label) if reason else NOTHING


def _parts(item: WorkItem | None) -> Section:
    """What the priority is the sum of; the phone shows the same."""
    parts = item.parts.items() if item is not None else ()
    return Section(
        title=_("Prioritas hari ini"),
        columns=[_("bagian"), _("nilai")],
        rows=[(say(PRIORITY_PARTS, name), points) for name, points in parts],
        note=_("Jumlahnya dibatasi antara 0 dan 100."),
    )


def attempts_on(member_id: UUID, user: User) -> Section:
    """The newest attempts on a member, without their notes."""
    attempts = attempts_visible_to(user).filter(member=member_id).select_related("agent")
    return Section(
        title=_("Kunjungan"),
        columns=[
            _("waktu"),
            _("agen"),
            _("cara"),
            _("kontak"),
            _("hasil"),
            _("janji"),
            _("untuk bulan"),
        ],
        rows=[
            (
                instant(row.tried_at),
                row.agent.number,
                say(APPROACHES, row.channel),
                say(CONTACTS, row.contact),
                say(DECISIONS, row.decision) if row.decision else NOTHING,
                day(row.promise_on),
                month(row.unpaid_since),
            )
            for row in attempts.order_by("-tried_at", "-id")[:ATTEMPTS_SHOWN]
        ],
        note=_("%(most)s terakhir") % {"most": ATTEMPTS_SHOWN},
    )
