"""Reminders: whom a phone was told of on a day, and what became of the message; no number."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import Member
from perisai import clock
from perisai.models import Role, User
from perisai.models.outbox import NOBODY
from retention.models import IN_STATE, Reminder, ReminderLine, ReminderState
from retention.reminding import ReminderWhy
from supervision.admin import message_words
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import NOTHING, badge, day, instant, link, month, name_for
from supervision.admin.words import Words, say

LINES_SHOWN: Final = 20
DAYS_OFFERED: Final = 14
STATES: Final[Words] = {
    ReminderState.WAITING: gettext_lazy("menunggu"),
    ReminderState.SENT: gettext_lazy("terkirim"),
    ReminderState.GIVEN_UP: gettext_lazy("tidak terkirim"),
    ReminderState.UNKNOWN: gettext_lazy("tidak diketahui lagi"),
}
TONES: Final = {ReminderState.SENT: "good", ReminderState.GIVEN_UP: "warn"}
CODES: Final[Words] = {
    **message_words.CODES,
    NOBODY: gettext_lazy("tidak ada lagi yang perlu diingatkan"),
}


class ReminderStateFilter(SimpleListFilter):
    """Reminders by what became of their message."""

    title = gettext_lazy("keadaan")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Iterable[Any]:
        """Waiting, sent, given up, no longer known."""
        return list(STATES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those in the chosen state; nobody is in an unknown one."""
        state = self.value()
        if not state:
            return queryset
        if state not in ReminderState.values:
            return queryset.none()
        return queryset.filter(IN_STATE[ReminderState(state)])


class ReminderDayFilter(SimpleListFilter):
    """Reminders of one of the last two weeks' days."""

    title = gettext_lazy("hari")
    parameter_name = "day"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Iterable[Any]:
        """Tomorrow, to which an evening puts things off, and the days back from there."""
        newest = clock.today() + timedelta(days=1)
        days = [newest - timedelta(days=back) for back in range(DAYS_OFFERED)]
        return [(one.isoformat(), day(one)) for one in days]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the day; what is no day chooses nothing."""
        if not self.value():
            return queryset
        try:
            return queryset.filter(day=date.fromisoformat(str(self.value())))
        except ValueError:
            return queryset.none()


class ReminderAdmin(ScopedAdmin[Reminder]):
    """One message to one phone on one day, about members that the user may see."""

    title = gettext_lazy("Pengingat")
    readers = frozenset({Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR})
    list_display = ("on_day", "about", "state", "reason", "sent")
    list_filter = (ReminderStateFilter, ReminderDayFilter)

    def scoped(self, user: User) -> QuerySet[Reminder]:
        """Those about the user's members, each with its outcome and how many they are."""
        return Reminder.objects.visible_to(user).with_outcome().with_count_for(user)

    @admin.display(description=gettext_lazy("hari"))
    def on_day(self, reminder: Reminder) -> str:
        """In the members' zone."""
        return day(reminder.day)

    @admin.display(description=gettext_lazy("peserta"))
    def about(self, reminder: Any) -> int:  # a Reminder with its count
        """How many of the user's members it is about."""
        return int(reminder.members)

    @admin.display(description=gettext_lazy("keadaan"))
    def state(self, reminder: Reminder) -> SafeString:
        """Derived from its message."""
        return state_badge(reminder)

    @admin.display(description=gettext_lazy("sebab"))
    def reason(self, reminder: Any) -> str:  # a Reminder with its outcome
        """Why it was given up, or waits for another try."""
        return say(CODES, reminder.code) if reminder.code else NOTHING

    @admin.display(description=gettext_lazy("dikirim"))
    def sent(self, reminder: Any) -> str:  # a Reminder with its outcome
        """When it left."""
        return instant(reminder.sent_at)

    def called(self, record: Reminder, user: User) -> str:
        """By its day."""
        return f"{_('Pengingat')}, {day(record.day)}"

    def detail(self, record: Any, user: User) -> Detail:  # a Reminder with its outcome
        """One reminder and those of its members that the user may see."""
        return Detail(
            title=self.called(record, user),
            facts=[
                Fact(label=_("hari"), value=day(record.day)),
                Fact(label=_("zona waktu"), value=record.zone),
                Fact(label=_("keadaan"), value=state_badge(record)),
                Fact(label=_("sebab"), value=self.reason(record)),
                Fact(label=_("dikirim"), value=instant(record.sent_at)),
                Fact(label=_("percobaan"), value=record.attempts),
            ],
            sections=[_members_of(record, user)],
        )


def state_badge(told: Any) -> SafeString:  # with its outcome
    """Waiting, sent, given up, or no longer known, since messages are not kept for ever."""
    state = ReminderState.WAITING
    if told.message is None:
        state = ReminderState.UNKNOWN
    elif told.sent_at is not None:
        state = ReminderState.SENT
    elif told.given_up_at is not None:
        state = ReminderState.GIVEN_UP
    return badge(say(STATES, state), TONES.get(state, "quiet"))


def reminders_of(member: Member) -> Section:
    """The newest reminders about a member, and what became of them."""
    lines = ReminderLine.objects.filter(member=member).with_outcome().select_related("reminder")
    return Section(
        title=_("Pengingat"),
        columns=[_("hari"), _("alasan"), _("untuk bulan"), _("keadaan")],
        rows=[
            (
                link(line.reminder, day(line.day)),
                ReminderWhy(line.why).label,
                month(line.price_month or line.unpaid_since),
                state_badge(line),
            )
            for line in lines.order_by("-day")[:LINES_SHOWN]
        ],
        note=_("%(most)s terakhir") % {"most": LINES_SHOWN},
    )


def _members_of(reminder: Reminder, user: User) -> Section:
    lines = reminder.lines.all().visible_to(user).select_related("member__agent")
    return Section(
        title=_("Peserta"),
        columns=[_("peserta"), _("alasan"), _("untuk bulan"), _("agen sekarang")],
        rows=[
            (
                link(line.member, name_for(user, line.member.full_name)),
                ReminderWhy(line.why).label,
                month(line.price_month or line.unpaid_since),
                line.member.agent.number if line.member.agent else NOTHING,
            )
            for line in lines.order_by("member")[:LINES_SHOWN]
        ],
        note=_("%(most)s pertama") % {"most": LINES_SHOWN},
    )
