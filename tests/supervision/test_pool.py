"""R32: members without a working agent, and how the branch gives them one."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment.models import HandOverProposal, Member
from perisai import clock
from perisai.models import Agent, AgentState, Role
from tests.factories.enrollment import MemberFactory
from tests.factories.perisai import AgentFactory, UserFactory
from tests.factories.retention import FollowUpFactory
from tests.supervision.conftest import As
from tests.supervision.world import AUGUST, Corner, list_url

pytestmark = pytest.mark.django_db
POOL, PROPOSALS = "retention_poolmember", "enrollment_handoverproposal"
REASON = "Agen lama sudah berakhir."
MOST = 15


@pytest.fixture
def taker(corner: Corner) -> Agent:
    """Another agent of the branch."""
    return AgentFactory.create(office=corner.agent.office)


@pytest.fixture
def alone(corner: Corner) -> Member:
    """A member of the branch without an agent, who owes since September."""
    member = MemberFactory.create(
        branch=corner.branch, full_name="DEWI SENDIRI", paid_through=AUGUST
    )
    FollowUpFactory.create(member=member)
    return member


def ended(agent: Agent) -> None:
    Agent.objects.filter(pk=agent.pk).update(state=AgentState.ENDED, ended_on=clock.today())


def act(browser: Client, name: str, **data: Any) -> Any:
    return browser.post(reverse(f"admin:{POOL}_list_act", args=[name]), data)


def test_the_pool_names_who_needs_a_visit_and_who_answers(
    corner: Corner, alone: Member, as_user: As
) -> None:
    browser = as_user(corner.supervisor)
    text = browser.get(list_url(POOL)).content.decode()
    assert "DEWI SENDIRI" in text
    assert corner.supervisor.username in text
    assert corner.member.full_name not in text
    assert reverse("admin:enrollment_member_change", args=[alone.pk]) in text

    ended(corner.agent)
    text = browser.get(list_url(POOL)).content.decode()
    assert corner.member.full_name in text
    assert corner.agent.number in text


def test_all_without_an_agent_are_shown_on_demand(corner: Corner, as_user: As) -> None:
    MemberFactory.create(branch=corner.branch, full_name="RUDI LUNAS")
    browser = as_user(corner.supervisor)
    shown = [browser.get(list_url(POOL) + query).content.decode() for query in ("", "?visit=any")]
    assert ["RUDI LUNAS" in text for text in shown] == [False, True]


@pytest.mark.parametrize("role", [Role.NATIONAL, Role.AUDITOR])
def test_others_see_initials_and_no_acts(role: Role, alone: Member, as_user: As) -> None:
    assert alone.agent is None
    browser = as_user(UserFactory.create(role=role))
    text = browser.get(list_url(POOL)).content.decode()
    assert ("DEWI" in text, "D*** S******" in text) == (False, True)
    assert act(browser, "deal-out", reason=REASON).status_code == 403


@pytest.mark.usefixtures("alone")
def test_another_branch_sees_nobody(elsewhere: Corner, as_user: As) -> None:
    assert "DEWI" not in as_user(elsewhere.supervisor).get(list_url(POOL)).content.decode()


def test_the_pool_is_dealt_out_and_all_of_it_confirmed(
    corner: Corner, alone: Member, taker: Agent, as_user: As
) -> None:
    ended(corner.agent)
    browser = as_user(corner.supervisor)
    answer = act(browser, "deal-out", only_visits="on", reason=REASON)
    assert (answer.status_code, answer.headers["Location"]) == (302, list_url(PROPOSALS))
    proposal = HandOverProposal.objects.get(to_agent=taker)
    assert set(proposal.members) == {alone.pk, corner.member.pk}
    assert Member.objects.served_by(taker.pk).count() == 0
    page = reverse(f"admin:{PROPOSALS}_change", args=[proposal.pk])
    text = browser.get(page).content.decode()
    for words in ("tanpa agen yang bekerja", "DEWI SENDIRI", "Dapat dilaksanakan."):
        assert words in text

    confirm = reverse(f"admin:{PROPOSALS}_list_act", args=["confirm-dealt"])
    assert browser.post(confirm).status_code == 302
    assert Member.objects.served_by(taker.pk).count() == 2


def test_all_are_confirmed_with_a_fresh_code_alone(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor, has_stepped_up=False)
    url = reverse(f"admin:{PROPOSALS}_list_act", args=["confirm-dealt"])
    assert browser.post(url).headers["Location"].startswith("/admin/step-up/")


def test_some_are_handed_to_an_agent_who_is_named(
    corner: Corner, alone: Member, taker: Agent, as_user: As
) -> None:
    browser = as_user(corner.supervisor)
    said = {"to_agent": str(taker.pk), "reason": REASON}
    assert act(browser, "hand-over", **said).status_code == 422
    assert act(browser, "hand-over", members=[str(corner.member.pk)], **said).status_code == 422
    assert act(browser, "hand-over", members=[str(alone.pk)], **said).status_code == 302
    assert HandOverProposal.objects.get(to_agent=taker).members == [alone.pk]


def test_one_agents_members_are_dealt_out_from_her_page(
    corner: Corner, taker: Agent, as_user: As
) -> None:
    browser = as_user(corner.supervisor)
    url = reverse("admin:perisai_agent_act", args=[corner.agent.pk, "deal-out"])
    answer = browser.post(url, {"reason": REASON})
    assert answer.headers["Location"] == list_url(PROPOSALS)
    proposal = HandOverProposal.objects.get(to_agent=taker)
    assert (proposal.from_agent, proposal.proposed_by) == (corner.agent, corner.supervisor)
    assert proposal.member_count == Member.objects.served_by(corner.agent.pk).live().count()


def test_what_the_system_proposed_says_so(corner: Corner, alone: Member, as_user: As) -> None:
    proposal = HandOverProposal.objects.create(
        to_agent=corner.agent, members=[alone.pk], reason=REASON, member_count=1
    )
    page = reverse(f"admin:{PROPOSALS}_change", args=[proposal.pk])
    browser = as_user(corner.supervisor)
    assert "sistem" in browser.get(page).content.decode()
    with CaptureQueriesContext(connection) as statements:
        browser.get(page)
    assert len(statements) <= 20


def test_the_list_costs_the_same_however_many(corner: Corner, alone: Member, as_user: As) -> None:
    browser = as_user(corner.supervisor)

    def cost() -> int:
        with CaptureQueriesContext(connection) as statements:
            browser.get(list_url(POOL))
        return len(statements)

    cost()
    before = cost()
    for _ in range(20):
        FollowUpFactory.create(
            member=MemberFactory.create(branch=corner.branch, paid_through=AUGUST)
        )
    assert cost() == before <= MOST


@pytest.mark.parametrize(("language", "title"), [("id", "Peserta tanpa agen"), ("en", "Members")])
def test_it_has_its_title_in_both_languages(
    language: str, title: str, corner: Corner, as_user: As
) -> None:
    answer = as_user(corner.supervisor).get(list_url(POOL), HTTP_ACCEPT_LANGUAGE=language)
    assert f"<h1>{title}" in answer.content.decode()
