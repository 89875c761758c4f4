"""R29: which member an agent is, named by her branch."""

from datetime import UTC, date, datetime, timedelta

import pytest

from enrollment.errors import AgentIsAnotherMember, MemberIsAnotherAgent
from enrollment.models import AgentMembership, Member
from enrollment.services.memberships import name_membership
from perisai.errors import AgentHasEnded, DomainError, NotFound
from perisai.models import Agent, AgentState, Role
from perisai.services.agents import Decision
from tests.factories.enrollment import AgentMembershipFactory, MemberFactory
from tests.factories.perisai import AgentFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
TODAY = date(2026, 11, 20)


@pytest.fixture
def agent() -> Agent:
    return AgentFactory.create()


def by_branch(agent: Agent, at: datetime = NOW) -> Decision:
    return Decision(by=UserFactory.create(role=Role.SUPERVISOR, branch=agent.office.branch), at=at)


def member_of(agent: Agent) -> Member:
    return MemberFactory.create(branch=agent.office.branch)


def test_r29_naming_another_member_ends_the_first_the_day_before(agent: Agent) -> None:
    first, second = member_of(agent), member_of(agent)
    for _ in range(2):
        name_membership(agent, first.kpj, by_branch(agent))
    name_membership(agent, second.kpj, by_branch(agent, NOW + timedelta(days=10)))
    rows = AgentMembership.objects.order_by("from_on").values_list("member", "from_on", "to_on")
    assert list(rows) == [
        (first.pk, TODAY, TODAY + timedelta(days=9)),
        (second.pk, TODAY + timedelta(days=10), None),
    ]


def test_r29_two_namings_on_one_day_are_refused(agent: Agent) -> None:
    first, second = member_of(agent), member_of(agent)
    name_membership(agent, first.kpj, by_branch(agent))
    with pytest.raises(AgentIsAnotherMember):
        name_membership(agent, second.kpj, by_branch(agent))
    assert AgentMembership.objects.get().member == first


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        ("foreign member", NotFound),
        ("unknown", NotFound),
        ("foreign agent", NotFound),
        ("another agent's", MemberIsAnotherAgent),
        ("ended", AgentHasEnded),
    ],
)
def test_r29_refused_naming_changes_nothing(
    agent: Agent, case: str, refusal: type[DomainError]
) -> None:
    member, decision = member_of(agent), by_branch(agent)
    kpj = member.kpj
    if case == "foreign member":
        kpj = MemberFactory.create().kpj
    elif case == "unknown":
        kpj = "90000000000"
    elif case == "foreign agent":
        agent = AgentFactory.create()
    elif case == "another agent's":
        AgentMembershipFactory.create(agent=AgentFactory.create(), member=member)
    else:
        Agent.objects.update(state=AgentState.ENDED, ended_on=TODAY)
    with pytest.raises(refusal):
        name_membership(agent, kpj, decision)
    assert not AgentMembership.objects.filter(agent=agent).exists()
