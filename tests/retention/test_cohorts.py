"""Who is still covered three, six and twelve months after the first payment, counted by hand:
by month, agent and payer.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import pytest

from enrollment.models import Member
from payments.services.reversal import reverse
from payments.tariff import PayerKind
from perisai.models import Agent
from retention.services.cohorts import Cohort, CohortBy, KeptAt, cohorts
from tests.factories.enrollment import AssignmentFactory
from tests.factories.payments import (
    WIB,
    MemberPayerFactory,
    PayerFactory,
    PostAgentFactory,
    cared_for_member,
    imported_member,
    paid,
    reversal_of,
)
from tests.factories.perisai import AgentFactory, OfficeFactory
from tests.statements import counted

pytestmark = pytest.mark.django_db
MONTH, AGENT, PAYER = CohortBy.MONTH, CohortBy.AGENT, CohortBy.PAYER


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
        july = cohorts(branch, as_of=as_of)[MONTH][0]
        return [(kept.old_enough, kept.covered) for kept in july.kept]

    assert first(date(2026, 10, 31)) == [(0, 0), (0, 0), (0, 0)]
    assert first(date(2026, 11, 1)) == [(3, 1), (0, 0), (0, 0)]  # October: six months alone
    with counted() as statements:
        found = cohorts(branch, as_of=date(2027, 2, 1))
    assert len(statements) == 1
    assert [(one.key, one.people) for one in found[MONTH]] == [("2026-07", 3), ("2026-10", 1)]
    assert found[MONTH][0] == Cohort(
        key="2026-07",
        people=3,
        kept=(
            KeptAt(months=3, old_enough=3, covered=1),
            KeptAt(months=6, old_enough=3, covered=0),
            KeptAt(months=12, old_enough=0, covered=0),
        ),
    )


def test_by_agent_and_payer_everybody_counts_once_from_her_own_first_month() -> None:
    """Who began in October is no three months old in January: she is in the group, not in its
    share.
    """
    first, second = AgentFactory.create_batch(2, office=OfficeFactory.create())
    began(first, 6)
    began(first, 6, date(2026, 10, 5))
    for months in (1, 6):
        sponsor = PayerFactory.create(office=first.office, kind=PayerKind.APBDES)
        member = cared_for_member(second)
        MemberPayerFactory.create(member=member, payer=sponsor)
        paid(member, PostAgentFactory.create(), months=months, now=noon(date(2026, 7, 10)))
    handed_on = cared_for_member(second)
    AssignmentFactory.create(member=handed_on, agent=first, from_on=date(2026, 7, 20))
    paid(handed_on, PostAgentFactory.create(), now=noon(date(2026, 8, 3)))

    found = cohorts(first.office.branch_id, as_of=date(2027, 1, 15))
    assert {by: sum(one.people for one in groups) for by, groups in found.items()} == {
        MONTH: 5,
        AGENT: 5,
        PAYER: 5,
    }
    assert after_three(found[AGENT]) == {first.number: (3, 2, 1), second.number: (2, 2, 1)}
    assert after_three(found[PAYER]) == {"self": (3, 2, 1), "apbdes": (2, 2, 1)}
    assert after_three(found[MONTH]) == {
        "2026-07": (3, 3, 2),
        "2026-08": (1, 1, 0),
        "2026-10": (1, 0, 0),
    }


def after_three(groups: Iterable[Cohort]) -> dict[str, tuple[int, int, int]]:
    """People, who of them are three months on, and who of those was covered then."""
    return {one.key: (one.people, one.kept[0].old_enough, one.kept[0].covered) for one in groups}


def test_a_payment_that_was_taken_back_begins_no_cohort() -> None:
    agent = AgentFactory.create()
    member = cared_for_member(agent)
    payment = paid(member, PostAgentFactory.create(), now=noon(date(2026, 7, 10)))
    branch, on = agent.office.branch_id, date(2026, 8, 1)
    assert [len(groups) for groups in cohorts(branch, as_of=on).values()] == [1, 1, 1]
    reverse(reversal_of(payment), now=noon(date(2026, 7, 10)) + timedelta(minutes=20))
    assert not any(cohorts(branch, as_of=on).values())
