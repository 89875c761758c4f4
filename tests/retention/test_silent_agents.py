"""The supervisor is told of an agent who is not heard of while visits wait (R16)."""

from datetime import UTC, date, datetime

import pytest
from pytest_django import Settings

from perisai.models import Agent, AgentEvent, AgentEventKind, AgentState, Role, User
from sync.models import Outbox
from tests.factories.perisai import DeviceFactory, UserFactory
from tests.retention.escalated import DUE, known_agent, opened, owing, raised, told, tried

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("listening")]


@pytest.fixture
def agent() -> Agent:
    return known_agent()


@pytest.fixture
def supervisor(agent: Agent) -> User:
    return UserFactory.create(role=Role.SUPERVISOR, branch=agent.branch)


def heard(agent: Agent, pushed: date | None = None, pulled: date | None = None) -> Outbox:
    """A phone that called at noon."""
    calls = [
        datetime(day.year, day.month, day.day, 5, tzinfo=UTC) if day else None
        for day in (pushed, pulled)
    ]
    device = DeviceFactory.create(agent=agent)
    return Outbox.objects.create(device=device, last_push_at=calls[0], last_pull_at=calls[1])


@pytest.fixture
def listening(settings: Settings) -> None:
    """Only silence is told."""
    settings.AGENT_SILENT_AFTER = 10
    settings.FOLLOWUP_ESCALATE_AFTER = 90


def test_an_agent_who_is_not_heard_of_while_visits_wait(agent: Agent) -> None:
    phone = heard(agent, pushed=date(2026, 10, 3), pulled=date(2026, 10, 5))
    assert raised(agent) == 0
    owing(agent)
    assert raised(agent, date(2026, 10, 14)) == 0
    assert raised(agent) == 1
    assert (told(), opened()) == ([("silent_agent", date(2026, 10, 5), DUE)], 1)
    assert raised(agent, date(2026, 10, 16)) == 0

    phone.last_pull_at = datetime(2026, 10, 16, 5, tzinfo=UTC)
    phone.save()
    assert opened() == 0
    assert raised(agent, date(2026, 10, 26)) == 1
    assert told()[-1] == ("silent_agent", date(2026, 10, 16), date(2026, 10, 26))


def test_an_attempt_or_a_return_is_a_sign_of_life(agent: Agent, supervisor: User) -> None:
    tried(owing(agent), date(2026, 10, 6))
    assert [raised(agent, date(2026, 10, day)) for day in (15, 16)] == [0, 1]
    other = known_agent(office=agent.office)
    owing(other)
    AgentEvent.objects.create(
        agent=other,
        kind=AgentEventKind.REINSTATED,
        at=datetime(2026, 10, 8, 5, tzinfo=UTC),
        old_state=AgentState.SUSPENDED,
        old_office=other.office,
        by=supervisor,
    )
    assert [raised(agent, date(2026, 10, day)) for day in (17, 18)] == [0, 1]


def test_nobody_was_silent_before_she_was_brought_in() -> None:
    imported = known_agent(datetime(2026, 10, 5, 5, tzinfo=UTC), appointed_on=date(2019, 3, 1))
    owing(imported)
    assert [raised(imported, date(2026, 10, day)) for day in (5, 14, 15)] == [0, 0, 1]
    assert told() == [("silent_agent", date(2026, 10, 5), DUE)]


@pytest.mark.parametrize("state", [AgentState.SUSPENDED, AgentState.ENDED])
def test_who_does_not_work_is_not_called_silent(agent: Agent, state: AgentState) -> None:
    owing(agent)
    assert raised(agent) == 1
    other = known_agent(
        office=agent.office, state=state, ended_on=DUE if state == AgentState.ENDED else None
    )
    owing(other)
    assert raised(agent) == 0
    Agent.objects.filter(pk=agent.pk).update(state=AgentState.SUSPENDED)
    assert opened() == 0
