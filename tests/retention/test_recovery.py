"""What came of follow-ups, of members and of who lapsed: small worlds, counted by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from enrollment.models import ClosedReason, Member
from payments.services.reversal import reverse
from perisai.models import Agent, Branch, OutboxMessage
from retention.models import REMINDER, Contact, Decision, FollowUp
from retention.reminding import ReminderWhy
from retention.services.recovery import (
    FEW,
    OTHERS,
    Asked,
    Rate,
    RecoveryBy,
    RecoveryLine,
    Within,
    WonBack,
    recovery,
    stayed,
    total,
    without_small,
    won_back,
)
from tests.factories.payments import (
    WIB,
    PostAgentFactory,
    cared_for_member,
    imported_member,
    paid,
    reversal_of,
)
from tests.factories.perisai import AgentFactory, OfficeFactory
from tests.factories.retention import AttemptFactory, FollowUpFactory, ReminderLineFactory
from tests.statements import counted

AUGUST = date(2026, 8, 1)
SEPTEMBER = date(2026, 9, 1)
OPENED = date(2026, 10, 1)
AS_OF = date(2027, 1, 15)
FAR_VILLAGE = "3515142002"
Windows = list[tuple[int, int]]


def noon(day: date) -> datetime:
    return datetime.combine(day, time(10), tzinfo=WIB)


def pays(member: Member, day: date, months: int = 1) -> None:
    paid(member, PostAgentFactory.create(), months=months, now=noon(day))


def owing(agent: Agent, **columns: Any) -> FollowUp:
    """September unpaid, found on the first of October."""
    return FollowUpFactory.create(member=cared_for_member(agent, paid_through=AUGUST, **columns))


def tried(follow_up: FollowUp, day: date, **said: Any) -> None:
    AttemptFactory.create(member=follow_up.member, tried_at=noon(day), **said)


def reminded(follow_up: FollowUp, *, is_sent: bool | None) -> None:
    """On the day of the opening; None: the message is gone by now."""
    line = ReminderLineFactory.create(
        member=follow_up.member, day=OPENED, why=ReminderWhy.GRACE_1, unpaid_since=SEPTEMBER
    )
    if is_sent is not None:
        now = timezone.now()
        OutboxMessage.objects.create(
            kind=REMINDER,
            subject_id=line.reminder_id,
            due_at=now,
            sent_at=now if is_sent else None,
        )


@dataclass(frozen=True)
class World:
    """A branch of two agents with five follow-ups."""

    branch: Branch
    first: Agent
    second: Agent

    def lines(self, by: RecoveryBy, **changes: Any) -> list[RecoveryLine]:
        asked: dict[str, Any] = {"branch_id": self.branch.pk, "as_of": AS_OF} | changes
        return recovery(Asked(**asked), by)

    def counts(self, by: RecoveryBy, **changes: Any) -> dict[str, tuple[int, Windows]]:
        return {line.key: (line.opened, windows(line)) for line in self.lines(by, **changes)}


def windows(line: RecoveryLine) -> Windows:
    return [(window.old_enough, window.recovered) for window in line.windows]


@pytest.fixture
def world(db: None) -> World:
    """Paid after 19, 40 and 75 days, the last by a new episode; never; and one too young."""
    first = AgentFactory.create()
    second = AgentFactory.create(office=first.office)
    promised, met_nobody = owing(first), owing(first, village_id=FAR_VILLAGE)
    came_back, never = owing(second), owing(second)
    tried(
        promised,
        date(2026, 10, 10),
        contact=Contact.MET_MEMBER,
        decision=Decision.PROMISED,
        promise_on=date(2026, 10, 20),
    )
    tried(promised, date(2026, 10, 25))
    tried(met_nobody, date(2026, 10, 5))
    tried(never, date(2026, 10, 6))
    reminded(promised, is_sent=True)
    reminded(met_nobody, is_sent=False)
    reminded(never, is_sent=None)
    pays(promised.member, date(2026, 10, 20))
    pays(met_nobody.member, date(2026, 11, 10))
    pays(came_back.member, date(2026, 12, 15))
    young = cared_for_member(second, paid_through=date(2026, 10, 1))
    FollowUpFactory.create(
        member=young, unpaid_since=date(2026, 11, 1), opened_on=date(2026, 12, 20)
    )
    pays(young, date(2026, 12, 22))
    owing(AgentFactory.create())
    return World(branch=first.office.branch, first=first, second=second)


def test_by_outcome_of_the_last_attempt_before_the_payment(world: World) -> None:
    assert world.counts(RecoveryBy.OUTCOME) == {
        "promised": (1, [(1, 1), (1, 1), (1, 1)]),
        "not_home": (2, [(2, 0), (2, 1), (2, 1)]),
        "": (2, [(1, 0), (1, 0), (1, 1)]),
    }


def test_by_whether_a_reminder_went_out(world: World) -> None:
    assert world.counts(RecoveryBy.REMINDER) == {
        "sent": (1, [(1, 1), (1, 1), (1, 1)]),
        "unknown": (1, [(1, 0), (1, 0), (1, 0)]),
        "none": (3, [(2, 0), (2, 1), (2, 2)]),
    }


def test_by_the_agent_of_that_time(world: World) -> None:
    assert world.counts(RecoveryBy.AGENT) == {
        world.first.number: (2, [(2, 1), (2, 2), (2, 2)]),
        world.second.number: (3, [(2, 0), (2, 0), (2, 1)]),
    }


def test_by_village_with_its_name(world: World) -> None:
    counts = world.counts(RecoveryBy.VILLAGE)
    assert counts[FAR_VILLAGE] == (1, [(1, 0), (1, 1), (1, 1)])
    assert sum(opened for opened, _windows in counts.values()) == 5
    assert all(line.name for line in world.lines(RecoveryBy.VILLAGE))


@pytest.mark.parametrize("by", RecoveryBy)
def test_the_groups_add_up_to_the_branch_by_one_statement(by: RecoveryBy, world: World) -> None:
    with counted() as statements:
        lines = world.lines(by)
    assert len(statements) == 1
    whole = total(lines)
    assert (whole.opened, windows(whole)) == (5, [(4, 1), (4, 2), (4, 3)])


def test_a_follow_up_counts_only_once_it_is_old_enough(world: World) -> None:
    def whole(as_of: date) -> Windows:
        return windows(total(world.lines(RecoveryBy.AGENT, as_of=as_of)))

    assert whole(date(2026, 10, 30)) == [(0, 0), (0, 0), (0, 0)]
    assert whole(date(2026, 10, 31)) == [(4, 1), (0, 0), (0, 0)]
    assert whole(date(2026, 11, 30)) == [(4, 1), (4, 2), (0, 0)]


def test_of_one_month(world: World) -> None:
    def opened(month: date) -> int:
        return total(world.lines(RecoveryBy.AGENT, month=month)).opened

    months = [date(2026, number, 1) for number in (9, 10, 11, 12)]
    assert [opened(month) for month in months] == [0, 4, 0, 1]


@pytest.mark.django_db
def test_a_reversal_moves_a_recovered_one_back() -> None:
    member = imported_member(paid_through=AUGUST)
    FollowUpFactory.create(member=member)
    payment = paid(member, PostAgentFactory.create(), now=noon(date(2026, 10, 20)))
    asked = Asked(branch_id=member.branch_id, as_of=AS_OF)
    assert windows(total(recovery(asked, RecoveryBy.AGENT))) == [(1, 1)] * 3
    reverse(reversal_of(payment), now=noon(date(2026, 10, 20)) + timedelta(minutes=20))
    assert windows(total(recovery(asked, RecoveryBy.AGENT))) == [(1, 0)] * 3


@pytest.mark.django_db
def test_money_that_counts_on_a_day_before_the_opening_recovered_nothing() -> None:
    agent = AgentFactory.create()
    pays(owing(agent).member, date(2026, 9, 30))
    pays(owing(agent).member, OPENED)
    asked = Asked(branch_id=agent.office.branch_id, as_of=AS_OF)
    assert windows(total(recovery(asked, RecoveryBy.AGENT))) == [(1, 1)] * 3


@pytest.mark.django_db
def test_an_attempt_after_the_longest_window_changes_no_group() -> None:
    follow_up = owing(AgentFactory.create())
    tried(follow_up, date(2026, 12, 30), contact=Contact.NO_ANSWER)
    tried(follow_up, date(2026, 12, 31))
    asked = Asked(branch_id=follow_up.member.branch_id, as_of=AS_OF)
    assert [line.key for line in recovery(asked, RecoveryBy.OUTCOME)] == ["no_answer"]


@pytest.mark.django_db
def test_other_kinds_of_follow_ups_are_not_counted_twice() -> None:
    follow_up = owing(AgentFactory.create())
    FollowUpFactory.create(member=follow_up.member, kind="promise_broken")
    FollowUpFactory.create(member=follow_up.member, kind="data")
    asked = Asked(branch_id=follow_up.member.branch_id, as_of=AS_OF)
    assert total(recovery(asked, RecoveryBy.OUTCOME)).opened == 1


@pytest.mark.django_db
def test_the_retention_rate_of_a_month() -> None:
    agent = AgentFactory.create()

    def member(**columns: Any) -> Member:
        return cared_for_member(agent, **columns)

    kept, left, died = (member(paid_through=AUGUST) for _ in range(3))
    pays(kept, date(2026, 9, 10), months=2)
    for one in (left, died):
        pays(one, date(2026, 9, 10))
    Member.objects.filter(pk=died.pk).update(
        closed_on=date(2026, 10, 10), closed_reason=ClosedReason.DECEASED
    )
    pays(member(), date(2026, 10, 5))
    imported_member(agent)  # covered from March 2025 to October 2026
    with counted() as statements:
        found = stayed(agent.office.branch_id, month=OPENED)
    assert len(statements) == 1
    assert found.month_before == Rate(covered=3, before=4, gone=1, kept=2)
    assert (found.month_before.rate(), found.month_before.kept_rate()) == (1.0, 2 / 3)
    assert found.year_before == Rate(covered=3, before=1, gone=0, kept=1)
    assert stayed(OfficeFactory.create().branch_id, month=OPENED).month_before.rate() is None


@pytest.mark.django_db
def test_who_lapsed_in_twelve_months_and_who_came_back() -> None:
    agent = AgentFactory.create()

    def last_paid(day: date) -> Member:
        before = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
        member = cared_for_member(agent, paid_through=before)
        pays(member, day)
        return member

    last_paid(date(2026, 8, 10))  # lapses on the first of December
    pays(last_paid(date(2026, 8, 10)), date(2026, 12, 15))
    last_paid(date(2026, 9, 10))  # only in January
    closed = last_paid(date(2026, 8, 10))
    Member.objects.filter(pk=closed.pk).update(
        closed_on=date(2026, 11, 3), closed_reason=ClosedReason.CLAIMED_OUT
    )
    imported_member(agent, paid_through=date(2025, 8, 1))  # lapsed in December 2025
    imported_member(agent, paid_through=date(2025, 9, 1))  # lapsed in January 2026
    with counted() as statements:
        found = won_back(agent.office.branch_id, as_of=date(2026, 12, 20))
    assert (found, len(statements)) == (WonBack(lapsed=3, came_back=1), 1)
    assert found.share() == 1 / 3


def line(key: str, people: int) -> RecoveryLine:
    within = tuple(Within(days=days, old_enough=people, recovered=0) for days in (30, 60, 90))
    return RecoveryLine(key=key, name=key, opened=people, people=people, windows=within)


@given(st.lists(st.integers(min_value=1, max_value=12), max_size=12))
def test_few_people_are_told_of_together(sizes: list[int]) -> None:
    lines = [line(str(number), people) for number, people in enumerate(sizes)]
    shown = without_small(lines)
    assert total(shown).windows == total(lines).windows
    if sum(sizes) >= FEW:
        assert min(one.people for one in shown) >= FEW
    assert len([one for one in shown if one.key == OTHERS]) <= 1


def test_without_small_groups_nothing_changes() -> None:
    lines = [line("a", 9), line("b", FEW)]
    assert without_small(lines) == lines
    assert [one.key for one in without_small([*lines, line("c", 1)])] == ["a", OTHERS]


Printed = Callable[..., list[str]]


@pytest.fixture
def printed(world: World) -> Printed:
    def run(**options: Any) -> list[str]:
        out = StringIO()
        said = {"branch": world.branch.code, "as_of": AS_OF.isoformat()} | options
        call_command("recovery", stdout=out, **said)
        return out.getvalue().splitlines()

    return run


def test_the_command_prints_csv_and_no_village_of_few(printed: Printed, world: World) -> None:
    rows = printed()
    assert rows[0] == "by,key,opened,old_30,recovered_30,old_60,recovered_60,old_90,recovered_90"
    assert f"agent,{world.first.number},2,2,1,2,2,2,2" in rows
    assert "agent,total,5,4,1,4,2,4,3" in rows
    assert [row for row in rows if row.startswith("village")] == [
        "village,others,5,<5,<5,<5,<5,<5,<5"
    ]
    assert "agent,total,1,0,0,0,0,0,0" in printed(month="2026-12")


@pytest.mark.parametrize("wrong", [{"branch": "none"}, {"month": "12"}, {"as_of": "today"}])
def test_the_command_refuses_what_it_does_not_know(wrong: dict[str, str], printed: Printed) -> None:
    with pytest.raises(CommandError, match="is not"):
        printed(**wrong)
