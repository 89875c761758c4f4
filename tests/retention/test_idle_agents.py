"""R31: who brought no new member and no contribution for full months, derived from facts."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from enrollment.models import Registration, Verdict
from payments.models import Payment
from payments.services.reversal import reverse
from perisai.ids import new_id
from perisai.models import Agent, AgentEvent, AgentEventKind, AgentState
from retention.services.idle_agents import (
    agents_to_warn,
    idle_agents,
    idle_months,
    with_activity,
)
from tests.factories.enrollment import MemberFactory
from tests.factories.payments import WIB, PostAgentFactory, cared_for_member, paid, reversal_of
from tests.factories.perisai import AgentFactory
from tests.statements import counted

pytestmark = pytest.mark.django_db
NEW_YEAR = date(2024, 1, 2)
JULY_31 = date(2026, 7, 31)


def agent_since(day: date = NEW_YEAR, **changes: Any) -> Agent:
    """One whom we know since the day of the appointment."""
    said: dict[str, Any] = {"appointed_on": day, "created_at": noon(day)} | changes
    return AgentFactory.create(**said)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(10), tzinfo=WIB)


def registered(agent: Agent, at: datetime, verdict: Verdict = Verdict.ACCEPTED) -> None:
    member = None if verdict == Verdict.HELD else MemberFactory.create(agent=agent)
    Registration.objects.create(
        op_id=new_id(), agent=agent, member=member, verdict=verdict, captured_at=at
    )


def contributed(agent: Agent, day: date) -> Payment:
    """A member of hers pays the running month."""
    before = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
    member = cared_for_member(agent, paid_through=before)
    return paid(member, PostAgentFactory.create(), now=noon(day))


def idle(as_of: date) -> set[Agent]:
    return set(idle_agents(as_of=as_of))


def warned(as_of: date) -> set[Agent]:
    return set(agents_to_warn(as_of=as_of))


def test_r31_zero_in_three_full_months_is_reviewed_on_the_next_first() -> None:
    agent = agent_since()
    contributed(agent, JULY_31)
    days = [date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1)]
    assert [agent in idle(day) for day in days] == [False, False, False, True]
    assert [agent in warned(day) for day in days] == [False, True, True, False]
    (found,) = idle_agents(as_of=date(2026, 11, 1))
    active_on = getattr(found, "active_on", None)
    assert active_on == JULY_31
    assert idle_months(JULY_31, as_of=date(2026, 11, 1)) == 3


def test_a_contribution_in_the_month_of_the_review_does_not_undo_it() -> None:
    agent = agent_since()
    contributed(agent, JULY_31)
    contributed(agent, date(2026, 11, 5))
    assert idle(date(2026, 11, 20)) == {agent}
    assert idle(date(2026, 12, 1)) == set()


@pytest.mark.parametrize("brings", [contributed, lambda who, day: registered(who, noon(day))])
def test_who_brings_something_in_the_running_month_is_warned_no_more(
    brings: Callable[[Agent, date], Any],
) -> None:
    agent = agent_since()
    contributed(agent, JULY_31)
    brings(agent, date(2026, 9, 30))
    assert (warned(date(2026, 11, 30)), warned(date(2026, 12, 1))) == (set(), {agent})
    brings(agent, date(2026, 12, 2))
    assert warned(date(2026, 12, 31)) == set()


def test_the_month_of_the_start_and_the_months_before_it_do_not_count() -> None:
    agent = agent_since(date(2026, 8, 10))
    assert (warned(date(2026, 10, 31)), idle(date(2026, 11, 1))) == (set(), set())
    assert (warned(date(2026, 11, 1)), idle(date(2026, 12, 1))) == ({agent}, {agent})


def test_nobody_was_idle_before_she_was_brought_in() -> None:
    agent = agent_since(created_at=noon(date(2026, 9, 15)))
    assert idle(date(2026, 12, 31)) == set()
    assert idle(date(2027, 1, 1)) == {agent}


def test_a_return_begins_anew() -> None:
    agent = agent_since()
    AgentEvent.objects.create(
        agent=agent,
        kind=AgentEventKind.REINSTATED,
        at=noon(date(2026, 10, 5)),
        old_state=AgentState.SUSPENDED,
        old_office=agent.office,
    )
    assert idle(date(2027, 1, 31)) == set()
    assert idle(date(2027, 2, 1)) == {agent}


@pytest.mark.parametrize("state", [AgentState.SUSPENDED, AgentState.ENDED])
def test_who_does_not_work_is_not_idle(state: AgentState) -> None:
    agent_since(state=state, ended_on=JULY_31 if state == AgentState.ENDED else None)
    assert idle(date(2026, 11, 1)) == set()


def test_a_new_member_is_a_result_and_a_form_that_is_held_is_none() -> None:
    agent = agent_since()
    registered(agent, noon(JULY_31))
    registered(agent, noon(date(2026, 10, 1)), Verdict.HELD)
    registered(agent, noon(date(2026, 10, 1)), Verdict.MERGED)
    assert idle(date(2026, 11, 1)) == {agent}
    registered(agent, noon(date(2026, 10, 31)))
    assert idle(date(2026, 11, 1)) == set()


def test_the_month_of_a_form_is_that_of_the_official_zone() -> None:
    agent = agent_since()
    registered(agent, datetime(2026, 7, 31, 17, tzinfo=UTC))  # August in Jakarta
    assert (idle(date(2026, 11, 1)), idle(date(2026, 12, 1))) == (set(), {agent})


def test_a_payment_that_was_taken_back_does_not_count() -> None:
    agent = agent_since()
    contributed(agent, JULY_31)
    payment = contributed(agent, date(2026, 10, 20))
    assert idle(date(2026, 11, 1)) == set()
    reverse(reversal_of(payment), now=noon(date(2026, 10, 20)) + timedelta(minutes=20))
    assert idle(date(2026, 11, 1)) == {agent}


def test_by_acquisition_alone_contributions_do_not_count(settings: Settings) -> None:
    agent = agent_since()
    registered(agent, noon(JULY_31))
    contributed(agent, date(2026, 10, 20))
    days = date(2026, 10, 31), date(2026, 11, 1)
    assert (warned(days[0]), idle(days[1])) == (set(), set())
    settings.AGENT_IDLE_TEST = "acquisition"
    assert (warned(days[0]), idle(days[1])) == ({agent}, {agent})


def test_other_numbers_of_months(settings: Settings) -> None:
    settings.AGENT_IDLE_MONTHS, settings.AGENT_IDLE_WARN = 5, 4
    agent = agent_since()
    contributed(agent, JULY_31)
    assert (warned(date(2026, 12, 1)), idle(date(2026, 12, 31))) == ({agent}, set())
    assert (warned(date(2027, 1, 1)), idle(date(2027, 1, 1))) == (set(), {agent})


def test_a_branch_or_the_country_is_one_statement() -> None:
    agents = [agent_since() for _ in range(3)]
    here = agents[0].office.branch
    with counted() as statements:
        assert idle(date(2026, 11, 1)) == set(agents)
    assert len(statements) == 1
    found = idle_agents(as_of=date(2026, 11, 1)).filter(office__branch=here)
    assert list(found) == [agents[0]]


def test_every_agent_has_a_last_day_and_the_running_month_counts_not_yet() -> None:
    agent = agent_since()
    contributed(agent, date(2026, 11, 5))
    (found,) = with_activity(Agent.objects.filter(pk=agent.pk), as_of=date(2026, 11, 20))
    assert getattr(found, "active_on", None) == NEW_YEAR
    days = [date(2026, 11, 5), date(2026, 10, 31), date(2026, 9, 1), date(2025, 11, 30)]
    assert [idle_months(day, as_of=date(2026, 11, 20)) for day in days] == [0, 0, 1, 11]
