"""R31: a supervisor decides about agents who brought nothing; who is to be reviewed is derived."""

from datetime import date, datetime, time
from typing import Any

import pytest
from django.db import Error, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment.models import HandOverProposal
from perisai import clock
from perisai.errors import AgentHasEnded, AgentReturnsLater, NotFound
from perisai.models import Agent, AgentState, Branch, Role, User
from perisai.services.agent_states import reinstate_agent
from perisai.services.agents import Decision
from retention.services.hand_out import propose_by_night
from retention.services.idle_warnings import warn_agents
from supervision.errors import AgentNotToReview
from supervision.models import AgentReview, KeptBecause, ReviewDecision
from supervision.services.agent_reviews import (
    ReviewsWaiting,
    agents_to_review,
    deactivate_idle_agent,
    end_agent_for_fraud,
    keep_agent,
    reviews_waiting,
    warned_agents,
)
from tests.factories.enrollment import MemberFactory
from tests.factories.payments import WIB
from tests.factories.perisai import AgentFactory, OfficeFactory, UserFactory
from tests.factories.retention import FollowUpFactory
from tests.statements import counted
from tests.supervision.conftest import As
from tests.supervision.world import Corner, list_url

pytestmark = pytest.mark.django_db
FIRST = date(2026, 11, 1)
JULY = date(2026, 7, 20)
REASON = "tiga bulan tanpa hasil"


def noon(day: date) -> datetime:
    return datetime.combine(day, time(10), tzinfo=WIB)


def begun(branch: Branch, day: date = JULY) -> Agent:
    """Somebody who began on a day and brought nothing."""
    office = OfficeFactory.create(branch=branch)
    agent: Agent = AgentFactory.create(office=office, appointed_on=day, created_at=noon(day))
    return agent


@pytest.fixture
def supervisor(db: None) -> User:
    return UserFactory.create(role=Role.SUPERVISOR)


@pytest.fixture
def agent(supervisor: User) -> Agent:
    """Zero in August, September and October."""
    return begun(branch_of(supervisor))


def branch_of(supervisor: User) -> Branch:
    assert supervisor.branch is not None
    return supervisor.branch


def by(supervisor: User, day: date = FIRST) -> Decision:
    return Decision(by=supervisor, at=noon(day), reason=REASON)


def waiting(user: User, as_of: date = FIRST) -> list[Agent]:
    return list(agents_to_review(user, as_of=as_of))


def test_r31_deactivated_on_the_first_returns_six_months_later(
    supervisor: User, agent: Agent
) -> None:
    assert waiting(supervisor, date(2026, 10, 31)) == []
    assert waiting(supervisor) == [agent]
    review = deactivate_idle_agent(agent, by(supervisor))
    agent.refresh_from_db()
    assert agent.state == AgentState.SUSPENDED
    assert (review.month, review.decision, review.active_on) == (FIRST, "deactivated", JULY)
    assert waiting(supervisor) == []
    with pytest.raises(AgentReturnsLater, match="2027-05-01"):
        reinstate_agent(agent, by(supervisor, date(2027, 4, 30)))
    reinstate_agent(agent, by(supervisor, date(2027, 5, 1)))
    assert waiting(supervisor, date(2027, 8, 31)) == []
    assert waiting(supervisor, date(2027, 9, 1)) == [agent]


def test_visits_of_who_was_deactivated_go_to_others_and_say_why(
    supervisor: User, agent: Agent
) -> None:
    branch = branch_of(supervisor)
    other = begun(branch, date(2026, 10, 3))
    member = MemberFactory.create(agent=agent, paid_through=date(2026, 8, 1))
    FollowUpFactory.create(member=member)
    assert propose_by_night(branch.pk, now=noon(FIRST)).members == 0
    deactivate_idle_agent(agent, by(supervisor))
    assert propose_by_night(branch.pk, now=noon(date(2026, 11, 2))).members == 1
    proposal = HandOverProposal.objects.get()
    assert (proposal.to_agent, proposal.members) == (other, [member.pk])
    assert "dinonaktifkan setelah tinjauan" in proposal.reason


def test_who_is_kept_is_asked_for_again_in_the_next_month(supervisor: User, agent: Agent) -> None:
    review = keep_agent(agent, KeptBecause.ON_LEAVE, by=supervisor, now=noon(FIRST))
    assert (review.decision, review.kept_because) == ("kept", "on_leave")
    agent.refresh_from_db()
    assert agent.state == AgentState.ACTIVE
    assert waiting(supervisor, date(2026, 11, 30)) == []
    with pytest.raises(AgentNotToReview), transaction.atomic():
        deactivate_idle_agent(agent, by(supervisor, date(2026, 11, 30)))
    agent.refresh_from_db()
    assert (agent.state, AgentReview.objects.count()) == (AgentState.ACTIVE, 1)
    assert waiting(supervisor, date(2026, 12, 1)) == [agent]
    deactivate_idle_agent(agent, by(supervisor, date(2026, 12, 1)))
    assert AgentReview.objects.filter(agent=agent).count() == 2


def test_who_is_not_idle_is_not_decided_about(supervisor: User, agent: Agent) -> None:
    with pytest.raises(AgentNotToReview):
        deactivate_idle_agent(agent, by(supervisor, date(2026, 10, 31)))
    agent.refresh_from_db()
    assert (agent.state, AgentReview.objects.count()) == (AgentState.ACTIVE, 0)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR])
def test_nobody_but_the_branchs_supervisor_reviews(role: Role, agent: Agent) -> None:
    stranger = UserFactory.create(role=role)
    with pytest.raises(NotFound):
        deactivate_idle_agent(agent, by(stranger))
    with pytest.raises(NotFound):
        keep_agent(agent, KeptBecause.LEAN_SEASON, by=stranger, now=noon(FIRST))
    assert AgentReview.objects.count() == 0


def test_fraud_ends_at_once_and_for_ever(supervisor: User, agent: Agent) -> None:
    keep_agent(agent, KeptBecause.ACTIVE_AGAIN, by=supervisor, now=noon(FIRST))
    review = end_agent_for_fraud(agent, by(supervisor, date(2026, 11, 2)))
    agent.refresh_from_db()
    assert (agent.state, agent.ended_on) == (AgentState.ENDED, date(2026, 11, 2))
    assert (review.decision, review.active_on) == (ReviewDecision.FRAUD, None)
    with pytest.raises(AgentHasEnded):
        reinstate_agent(agent, by(supervisor, date(2030, 1, 1)))
    with pytest.raises(AgentHasEnded):
        end_agent_for_fraud(agent, by(supervisor, date(2026, 11, 3)))


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AUDITOR])
def test_fraud_is_not_for_another_branch_nor_for_who_reads_alone(role: Role, agent: Agent) -> None:
    with pytest.raises(NotFound):
        end_agent_for_fraud(agent, by(UserFactory.create(role=role)))
    agent.refresh_from_db()
    assert agent.state == AgentState.ACTIVE


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_review_stays_as_it_was_decided(change: str, supervisor: User, agent: Agent) -> None:
    review = keep_agent(agent, KeptBecause.OTHER_DUTIES, by=supervisor, now=noon(FIRST))
    rows = AgentReview.objects.filter(pk=review.pk)
    with pytest.raises(Error, match="Cannot update or delete"), transaction.atomic():
        rows.update(month=date(2026, 12, 1)) if change == "update" else rows.delete()
    assert rows.get().month == FIRST


def test_a_branchs_numbers_are_one_statement(supervisor: User, agent: Agent) -> None:
    branch = branch_of(supervisor)
    begun(branch, date(2026, 8, 3))
    begun(branch, date(2026, 10, 3))
    begun(OfficeFactory.create().branch)
    with counted() as statements:
        found = reviews_waiting(branch.pk, as_of=FIRST)
    assert (found, len(statements)) == (ReviewsWaiting(to_review=1, warned=1), 1)
    assert len(list(warned_agents(supervisor, as_of=FIRST))) == 1
    keep_agent(agent, KeptBecause.WORK_NOT_SEEN, by=supervisor, now=noon(FIRST))
    assert reviews_waiting(branch.pk, as_of=FIRST).to_review == 0


# --- The pages, on the twentieth of November ---------------------------------------------------


def chosen(browser: Client, query: str) -> set[Any]:
    lines = browser.get(f"{list_url('perisai_agent')}?{query}").context["cl"]
    return set(lines.result_list)


def act(browser: Client, agent: Agent, name: str, **said: Any) -> Any:
    return browser.post(reverse("admin:perisai_agent_act", args=[agent.pk, name]), said)


def test_the_list_of_agents_shows_who_waits(corner: Corner, elsewhere: Corner, as_user: As) -> None:
    idle, late = begun(corner.branch), begun(corner.branch, date(2026, 8, 3))
    begun(elsewhere.branch)
    browser = as_user(corner.supervisor)
    assert chosen(browser, "idle=review") == {idle}
    assert chosen(browser, "idle=warned") == {late}
    assert chosen(browser, "idle=gone") == set()
    text = browser.get(list_url("perisai_agent")).content.decode()
    assert ("3 bulan" in text, "2 bulan" in text) == (True, True)
    page = reverse("admin:perisai_agent_change", args=[late.pk])
    shown = "<dt>peringatan terakhir</dt><dd>November 2026</dd>"
    assert shown not in browser.get(page).content.decode()
    warn_agents(corner.branch.pk, as_of=clock.today())
    assert shown in browser.get(page).content.decode()


def test_the_first_page_counts_who_waits_until_it_is_decided(corner: Corner, as_user: As) -> None:
    idle = begun(corner.branch)
    browser = as_user(corner.supervisor)
    link = f"{list_url('perisai_agent')}?idle=review"
    assert link in browser.get("/admin/").content.decode()
    assert act(browser, idle, "review-keep", reason="bored").status_code == 422
    assert act(browser, idle, "review-keep", reason="on_leave").status_code == 302
    assert link not in browser.get("/admin/").content.decode()
    review = AgentReview.objects.get(agent=idle)
    assert (review.decided_by, review.decided_at) == (corner.supervisor, clock.now())
    text = browser.get(reverse("admin:perisai_agent_change", args=[idle.pk])).content.decode()
    assert ("sedang cuti" in text, "review-keep" in text) == (True, False)


def test_the_pages_of_an_idle_agent_stay_within_their_statements(
    corner: Corner, as_user: As
) -> None:
    idle = begun(corner.branch)
    browser = as_user(corner.supervisor)
    page = reverse("admin:perisai_agent_change", args=[idle.pk])
    for url, most in (
        (page, 20),
        (f"{list_url('perisai_agent')}?idle=review", 15),
        ("/admin/", 20),
    ):
        with CaptureQueriesContext(connection) as statements:
            assert browser.get(url).status_code == 200
        assert len(statements) <= most, url


def test_a_supervisor_deactivates_on_the_page(corner: Corner, as_user: As) -> None:
    idle = begun(corner.branch)
    browser = as_user(corner.supervisor)
    assert act(browser, idle, "review-deactivate", reason="pendek").status_code == 422
    assert act(browser, idle, "review-deactivate", reason=REASON).status_code == 302
    idle.refresh_from_db()
    assert idle.state == AgentState.SUSPENDED
    assert "dinonaktifkan" in browser.get(list_url("supervision_agentreview")).content.decode()


def test_fraud_needs_a_fresh_code(corner: Corner, as_user: As) -> None:
    answer = act(as_user(corner.supervisor, has_stepped_up=False), corner.agent, "end-for-fraud")
    assert answer.headers["Location"].startswith("/admin/step-up/")
    answer = act(as_user(corner.supervisor), corner.agent, "end-for-fraud", reason=REASON)
    corner.agent.refresh_from_db()
    assert (answer.status_code, corner.agent.state) == (302, AgentState.ENDED)
