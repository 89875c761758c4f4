"""What the tests of escalations begin with, and what they read."""

from datetime import UTC, date, datetime
from typing import Any, Final

from perisai.models import Agent
from retention.models import Contact, Escalation, FollowUp
from retention.services.escalation import escalate
from tests.factories.enrollment import MemberFactory
from tests.factories.perisai import AgentFactory
from tests.factories.retention import AttemptFactory, FollowUpFactory

AUGUST: Final = date(2026, 8, 1)
OPENED: Final = date(2026, 10, 1)
DUE: Final = date(2026, 10, 15)


def known_agent(created_at: datetime = datetime(2024, 1, 2, 5, tzinfo=UTC), **said: Any) -> Agent:
    """An agent whom the system has known for long, unless said otherwise."""
    return AgentFactory.create(created_at=created_at, **said)


def owing(agent: Agent, **changes: Any) -> FollowUp:
    """September unpaid, found by the sweep of the first of October."""
    member = MemberFactory.create(agent=agent, paid_through=AUGUST)
    return FollowUpFactory.create(member=member, **changes)


def tried(follow_up: FollowUp, day: date, contact: Contact = Contact.NOT_HOME, **said: Any) -> None:
    """An attempt about the month, at noon in Jakarta."""
    AttemptFactory.create(
        member=follow_up.member,
        unpaid_since=follow_up.unpaid_since,
        contact=contact,
        tried_at=datetime(day.year, day.month, day.day, 5, tzinfo=UTC),
        **said,
    )


def told() -> list[tuple[str, date, date]]:
    """What was told, since when, on which day."""
    rows = Escalation.objects.order_by("pk").values_list("reason", "since", "raised_on")
    return [(str(reason), since, on) for reason, since, on in rows]


def opened(as_of: date = DUE) -> int:
    return Escalation.objects.open(as_of=as_of).count()


def raised(agent: Agent, as_of: date = DUE) -> int:
    return escalate(agent.office.branch_id, as_of=as_of)
