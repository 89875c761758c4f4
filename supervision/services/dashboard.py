"""What a branch's agents brought in thirty days, and where their members stand today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, F, Sum

from enrollment.cover import CoverDay, CoverState, cover_case
from enrollment.models import Member, Registration, Verdict
from payments.models import CoverMonth
from perisai.clock import official_zone
from perisai.models import Agent
from perisai.months import add_months, month_of
from retention.models import FollowUp

WINDOW: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Counts of thirty days, contributions in whole rupiah, and follow-ups open today."""

    registrations: int = 0
    payments: int = 0
    contributions: int = 0
    lapses: int = 0
    open_follow_ups: int = 0

    def __add__(self, other: "Numbers") -> "Numbers":
        return Numbers(
            registrations=self.registrations + other.registrations,
            payments=self.payments + other.payments,
            contributions=self.contributions + other.contributions,
            lapses=self.lapses + other.lapses,
            open_follow_ups=self.open_follow_ups + other.open_follow_ups,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLine:
    """One agent's numbers; the name is personal data."""

    agent: Agent
    numbers: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchNumbers:
    """A branch over a window of days, both ends included, and its members by state today."""

    since: date
    until: date
    lines: Sequence[AgentLine]
    total: Numbers
    cover: Mapping[CoverState, int]


def branch_numbers(branch_id: int, *, day: CoverDay) -> BranchNumbers:
    """The branch's dashboard: six statements, however many agents and members.

    Registrations are accepted forms by the day of capture and the agent who captured them.
    Payments and contributions are unreversed cover months by the day that counts and the agent
    credited (R32). A lapse is a live member whose cover ended in the window and who has not come
    back; it and follow-ups count for the present agent.
    """
    since = day.as_of - WINDOW + timedelta(days=1)
    registrations = _registrations(branch_id, since=since, until=day.as_of)
    money = _money(branch_id, since=since, until=day.as_of)
    lapses = _lapses(branch_id, since=since, day=day)
    follow_ups = _open_follow_ups(branch_id, as_of=day.as_of)
    lines = [
        AgentLine(
            agent=agent,
            numbers=Numbers(
                registrations=registrations.get(agent.pk, 0),
                payments=money.get(agent.pk, (0, 0))[0],
                contributions=money.get(agent.pk, (0, 0))[1],
                lapses=lapses.get(agent.pk, 0),
                open_follow_ups=follow_ups.get(agent.pk, 0),
            ),
        )
        for agent in Agent.objects.filter(office__branch=branch_id)
    ]
    return BranchNumbers(
        since=since,
        until=day.as_of,
        lines=lines,
        total=sum((line.numbers for line in lines), start=Numbers()),
        cover=_cover(branch_id, day=day),
    )


def _registrations(branch_id: int, *, since: date, until: date) -> dict[UUID, int]:
    begin = datetime.combine(since, time.min, official_zone())
    end = datetime.combine(until + timedelta(days=1), time.min, official_zone())
    forms = Registration.objects.filter(
        agent__office__branch=branch_id,
        verdict=Verdict.ACCEPTED,
        captured_at__gte=begin,
        captured_at__lt=end,
    )
    return dict(forms.values("agent").annotate(n=Count("id")).values_list("agent", "n"))


def _money(branch_id: int, *, since: date, until: date) -> dict[UUID, tuple[int, int]]:
    months = CoverMonth.objects.filter(
        agent__office__branch=branch_id,
        counted_on__range=(since, until),
        reversed_at__isnull=True,
    )
    found = months.values("agent").annotate(
        payments=Count("payment", distinct=True), rupiah=Sum(F("jkk") + F("jkm") + F("jht"))
    )
    return {row["agent"]: (row["payments"], row["rupiah"]) for row in found}


def _lapses(branch_id: int, *, since: date, day: CoverDay) -> dict[UUID, int]:
    """Cover lapses on the first of a month: at most two of them lie in the window."""
    firsts = {month_of(day.as_of), add_months(month_of(since), 1), month_of(since)}
    ended = [
        add_months(first, -day.lapse_after - 1) for first in firsts if since <= first <= day.as_of
    ]
    gone = Member.objects.live().filter(
        branch=branch_id, agent__isnull=False, paid_through__in=ended
    )
    return dict(gone.values("agent").annotate(n=Count("id")).values_list("agent", "n"))


def _open_follow_ups(branch_id: int, *, as_of: date) -> dict[UUID, int]:
    """Members with at least one: several kinds of a member are one visit."""
    opened = FollowUp.objects.open(as_of=as_of)
    opened = opened.filter(member__branch=branch_id, member__agent__isnull=False)
    return dict(
        opened.values("member__agent")
        .annotate(n=Count("member", distinct=True))
        .values_list("member__agent", "n")
    )


def _cover(branch_id: int, *, day: CoverDay) -> dict[CoverState, int]:
    members = Member.objects.live().filter(branch=branch_id)
    found = members.values(state=cover_case(day)).annotate(n=Count("id"))
    counted = {row["state"]: row["n"] for row in found}
    return {state: counted[state] for state in CoverState if state in counted}
