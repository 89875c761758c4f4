"""The first page: exact numbers of thirty days per agent, of one branch."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.cover import CoverDay
from enrollment.models import Member, Registration
from perisai.ids import new_id
from perisai.models import Agent, Role
from supervision.services.dashboard import BranchNumbers, Numbers, branch_numbers
from tests.factories.enrollment import MemberFactory
from tests.factories.payments import PostAgentFactory, cared_for_member, paid
from tests.factories.perisai import AgentFactory, BranchFactory, OfficeFactory, UserFactory
from tests.factories.retention import FollowUpFactory
from tests.supervision.conftest import As
from tests.supervision.world import Corner

pytestmark = pytest.mark.django_db
DAY = CoverDay(as_of=date(2026, 11, 20), due_on=date(2026, 11, 16))


@pytest.fixture
def agent(db: None) -> Agent:
    """An agent of a branch in which nothing happened."""
    return AgentFactory.create()


def numbers_of(agent: Agent, day: CoverDay = DAY) -> Numbers:
    """The agent's line."""
    lines = whole(agent, day).lines
    return next(line.numbers for line in lines if line.agent == agent)


def whole(agent: Agent, day: CoverDay = DAY) -> BranchNumbers:
    """The branch's numbers."""
    return branch_numbers(agent.office.branch_id, day=day)


def registered(agent: Agent, captured_at: datetime, member: Member | None) -> None:
    """A form that the agent captured, accepted if there is a member."""
    Registration.objects.create(
        op_id=new_id(),
        agent=agent,
        member=member,
        verdict="accepted" if member else "held",
        captured_at=captured_at,
    )


def test_a_branch_without_anything_shows_zeros(agent: Agent) -> None:
    found = whole(agent)
    assert (found.since, found.until) == (date(2026, 10, 22), date(2026, 11, 20))
    assert [line.numbers for line in found.lines] == [Numbers()]
    assert found.total == Numbers()
    assert found.cover == {}


def test_registrations_are_accepted_forms_of_the_window_in_official_days(agent: Agent) -> None:
    member = MemberFactory.create(agent=agent)
    registered(agent, datetime(2026, 10, 21, 17, 0, tzinfo=UTC), member)  # 22 October in Jakarta
    registered(agent, datetime(2026, 11, 20, 16, 59, 59, tzinfo=UTC), member)
    registered(agent, datetime(2026, 10, 21, 16, 59, 59, tzinfo=UTC), member)
    registered(agent, datetime(2026, 11, 20, 17, 0, tzinfo=UTC), member)
    registered(agent, datetime(2026, 11, 1, tzinfo=UTC), None)
    assert numbers_of(agent) == Numbers(registrations=2)


def test_payments_are_counted_once_and_their_contributions_summed(agent: Agent) -> None:
    outlet = PostAgentFactory.create()
    paid(cared_for_member(agent, paid_through=date(2026, 10, 1)), outlet, months=3)
    paid(cared_for_member(agent, paid_through=date(2026, 10, 1)), outlet)
    assert numbers_of(agent) == Numbers(payments=2, contributions=33_600 + 8_400)
    later = CoverDay(as_of=date(2026, 12, 31), due_on=date(2026, 12, 15))
    assert numbers_of(agent, later).payments == 0


def test_lapses_are_of_the_window_and_not_of_who_came_back(agent: Agent) -> None:
    for through in (date(2026, 7, 1), date(2026, 6, 1), date(2026, 8, 1)):
        MemberFactory.create(agent=agent, paid_through=through)
    MemberFactory.create(
        agent=agent,
        paid_through=date(2026, 7, 1),
        closed_on=date(2026, 11, 1),
        closed_reason="withdrawn",
    )
    assert numbers_of(agent).lapses == 1  # paid through July: lapsed on the first of November
    december = CoverDay(as_of=date(2026, 12, 30), due_on=date(2026, 12, 15))
    assert numbers_of(agent, december).lapses == 1
    two_firsts = CoverDay(as_of=date(2027, 3, 1), due_on=date(2027, 3, 15))
    MemberFactory.create(agent=agent, paid_through=date(2026, 10, 1))
    MemberFactory.create(agent=agent, paid_through=date(2026, 11, 1))
    assert numbers_of(agent, two_firsts).lapses == 2


def test_follow_ups_count_while_they_are_open(agent: Agent) -> None:
    member = MemberFactory.create(agent=agent, paid_through=date(2026, 8, 1))
    FollowUpFactory.create(member=member)
    FollowUpFactory.create(member=member, unpaid_since=date(2026, 8, 1))
    assert numbers_of(agent).open_follow_ups == 1
    Member.objects.filter(pk=member.pk).update(paid_through=date(2026, 9, 1))
    assert numbers_of(agent).open_follow_ups == 0


def test_cover_is_counted_by_derived_state(agent: Agent) -> None:
    for through in (None, date(2026, 11, 1), date(2026, 10, 1), date(2026, 8, 1), date(2026, 1, 1)):
        MemberFactory.create(agent=agent, paid_through=through)
    MemberFactory.create(
        agent=agent, closed_on=date(2026, 11, 1), closed_reason="deceased", paid_through=None
    )
    assert {str(state): count for state, count in whole(agent).cover.items()} == {
        "registered_unpaid": 1,
        "active": 1,
        "overdue": 1,
        "grace_2": 1,
        "lapsed": 1,
    }


def test_another_branch_is_not_in_it_and_the_total_is_the_sum(agent: Agent) -> None:
    colleague = AgentFactory.create(office=OfficeFactory.create(branch=agent.office.branch))
    outlet = PostAgentFactory.create()
    for one in (agent, colleague, AgentFactory.create()):
        paid(cared_for_member(one, paid_through=date(2026, 10, 1)), outlet)
    found = whole(agent)
    assert {line.agent for line in found.lines} == {agent, colleague}
    assert found.total == Numbers(payments=2, contributions=16_800)


def test_six_statements_for_any_number_of_agents(agent: Agent) -> None:
    AgentFactory.create_batch(20, office=agent.office)
    with CaptureQueriesContext(connection) as statements:
        whole(agent)
    assert len(statements) == 6


def test_the_page_shows_the_branch_of_the_supervisor_whatever_is_asked(
    corner: Corner, elsewhere: Corner, as_user: As
) -> None:
    browser = as_user(corner.supervisor)
    text = browser.get(f"/admin/?branch={elsewhere.branch.code}").content.decode()
    assert corner.agent.number in text
    assert elsewhere.agent.number not in text
    assert "<select" not in text
    assert "Rp8.400" in text


def test_a_national_user_chooses_a_branch(corner: Corner, elsewhere: Corner, as_user: As) -> None:
    browser = as_user(UserFactory.create(role=Role.NATIONAL))
    for here, there in ((corner, elsewhere), (elsewhere, corner)):
        text = browser.get(f"/admin/?branch={here.branch.code}").content.decode()
        assert here.agent.number in text
        assert there.agent.number not in text


def test_a_national_user_of_a_country_without_branches_sees_the_menu(as_user: As) -> None:
    text = as_user(UserFactory.create(role=Role.NATIONAL)).get("/admin/").content.decode()
    assert "Peserta" in text


@pytest.mark.usefixtures("business_day")
def test_a_branch_without_agents_has_its_page(as_user: As) -> None:
    supervisor = UserFactory.create(role=Role.SUPERVISOR, branch=BranchFactory.create())
    text = as_user(supervisor).get("/admin/").content.decode()
    assert "Belum ada agen" in text
