"""Who is still covered three, six and twelve months after the first payment, counted by hand."""

from datetime import date, datetime, time, timedelta

import pytest

from enrollment.models import Member
from payments.services.reversal import reverse
from perisai.models import Agent
from retention.services.cohorts import Cohort, KeptAt, cohorts
from tests.factories.payments import (
    WIB,
    PostAgentFactory,
    cared_for_member,
    imported_member,
    paid,
    reversal_of,
)
from tests.factories.perisai import AgentFactory
from tests.statements import counted

pytestmark = pytest.mark.django_db
JULY = date(2026, 7, 1)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(10), tzinfo=WIB)


def began(agent: Agent, months: int, day: date = date(2026, 7, 10)) -> Member:
    """A new member who pays that many months at once."""
    member = cared_for_member(agent)
    paid(member, PostAgentFactory.create(), months=months, now=noon(day))
    return member


def test_a_cohort_is_counted_once_its_month_has_ended() -> None:
    agent = AgentFactory.create()
    for months in (1, 3, 6):
        began(agent, months)
    began(agent, 1, date(2026, 10, 5))
    imported_member(agent)
    began(AgentFactory.create(), 1)
    branch = agent.office.branch_id

    def first(as_of: date) -> list[tuple[int, int]]:
        return [(kept.old_enough, kept.covered) for kept in cohorts(branch, as_of=as_of)[0].kept]

    assert first(date(2026, 10, 31)) == [(0, 0), (0, 0), (0, 0)]
    assert first(date(2026, 11, 1)) == [(3, 1), (0, 0), (0, 0)]  # October: six months alone
    with counted() as statements:
        found = cohorts(branch, as_of=date(2027, 2, 1))
    assert len(statements) == 1
    assert [(one.month, one.people) for one in found] == [(JULY, 3), (date(2026, 10, 1), 1)]
    assert found[0] == Cohort(
        month=JULY,
        people=3,
        kept=(
            KeptAt(months=3, old_enough=3, covered=1),
            KeptAt(months=6, old_enough=3, covered=0),
            KeptAt(months=12, old_enough=0, covered=0),
        ),
    )


def test_a_payment_that_was_taken_back_begins_no_cohort() -> None:
    agent = AgentFactory.create()
    member = cared_for_member(agent)
    payment = paid(member, PostAgentFactory.create(), now=noon(date(2026, 7, 10)))
    assert len(cohorts(agent.office.branch_id, as_of=date(2026, 8, 1))) == 1
    reverse(reversal_of(payment), now=noon(date(2026, 7, 10)) + timedelta(minutes=20))
    assert cohorts(agent.office.branch_id, as_of=date(2026, 8, 1)) == []
