"""R32: a supervisor gives members to another agent, after a dry run; many with a second person."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from enrollment.errors import HandOverNeedsSecondPerson
from enrollment.models import Assignment, HandOver, HandOverProposal, Member
from enrollment.services import hand_over_proposals as proposals
from enrollment.services.hand_over_proposals import (
    carry_out_proposal,
    carry_out_waiting,
    confirm_hand_over,
)
from perisai import clock
from perisai.models import Agent, AgentState, Role, User
from retention.services.visit_load import visits_by_agent
from sync.models import BookEntry
from tests.factories.enrollment import HandOverProposalFactory, MemberFactory
from tests.factories.perisai import AgentFactory, UserFactory
from tests.supervision.conftest import As
from tests.supervision.world import Corner, detail_url

pytestmark = pytest.mark.django_db
REASON = "Agen lama pindah ke kota lain."
PAGE = "enrollment_handoverproposal"


@pytest.fixture
def taker(corner: Corner) -> Agent:
    """Another agent of the branch."""
    return AgentFactory.create(office=corner.agent.office)


def act(browser: Client, page: str, record: Any, name: str, **data: Any) -> Any:
    return browser.post(reverse(f"admin:{page}_act", args=[record.pk, name]), data)


def propose(browser: Client, giver: Agent, taker: Agent, **data: Any) -> HandOverProposal:
    """As the form of the agent's page does."""
    known = set(HandOverProposal.objects.values_list("pk", flat=True))
    said = {"to_agent": str(taker.pk), "reason": REASON} | data
    answer = act(browser, "perisai_agent", giver, "hand-over", **said)
    assert answer.status_code == 302, answer.content.decode()
    proposal = HandOverProposal.objects.exclude(pk__in=known).get()
    assert answer.headers["Location"] == detail_url(PAGE, proposal.pk)
    return proposal


def held(agent: Agent) -> int:
    return Member.objects.served_by(agent.pk).count()


def visits_of(agent: Agent) -> int:
    return visits_by_agent([agent.pk], as_of=clock.today()).get(agent.pk, 0)


def colleague(corner: Corner) -> User:
    return UserFactory.create(role=Role.SUPERVISOR, branch=corner.branch)


def test_r32_members_are_tried_first_and_then_given(
    corner: Corner, taker: Agent, as_user: As
) -> None:
    browser, count = as_user(corner.supervisor), held(corner.agent)
    proposal = propose(browser, corner.agent, taker)
    assert (held(corner.agent), held(taker)) == (count, 0)
    page = browser.get(detail_url(PAGE, proposal.pk)).content.decode()
    assert "Dapat dilaksanakan." in page
    assert act(browser, PAGE, proposal, "confirm").status_code == 302
    assert (held(corner.agent), held(taker)) == (0, count)
    decision = HandOver.objects.get()
    assert (decision.reason, decision.by, decision.member_count) == (
        REASON,
        corner.supervisor,
        count,
    )
    assert Assignment.objects.filter(hand_over=decision, agent=taker).count() == count
    assert BookEntry.objects.filter(book__agent=taker, is_present=True).count() == count
    proposal.refresh_from_db()
    assert (proposal.confirmed_by, proposal.done_at) == (corner.supervisor, clock.now())


def test_r32_the_members_of_one_village_are_given_alone(
    corner: Corner, taker: Agent, as_user: As
) -> None:
    moving = MemberFactory.create(agent=corner.agent, village_id="3515142002")
    browser, count = as_user(corner.supervisor), held(corner.agent)
    proposal = propose(browser, corner.agent, taker, villages=["3515142002"])
    act(browser, PAGE, proposal, "confirm")
    assert list(Member.objects.served_by(taker.pk)) == [moving]
    assert held(corner.agent) == count - 1


def test_r32_one_member_is_given_from_her_own_page(
    corner: Corner, taker: Agent, as_user: As
) -> None:
    browser, count = as_user(corner.supervisor), held(corner.agent)
    said = {"to_agent": str(taker.pk), "reason": REASON}
    assert act(browser, "enrollment_member", corner.member, "hand-over", **said).status_code == 302
    proposal = HandOverProposal.objects.get(member=corner.member)
    act(browser, PAGE, proposal, "confirm")
    assert list(Member.objects.served_by(taker.pk)) == [corner.member]
    assert held(corner.agent) == count - 1


def test_r32_an_ended_agents_members_can_still_be_given(
    corner: Corner, taker: Agent, as_user: As
) -> None:
    count = held(corner.agent)
    Agent.objects.filter(pk=corner.agent.pk).update(state=AgentState.ENDED, ended_on=clock.today())
    browser = as_user(corner.supervisor)
    act(browser, PAGE, propose(browser, corner.agent, taker), "confirm")
    assert held(taker) == count


def test_r32_many_members_need_a_second_person_and_a_worker(
    corner: Corner, taker: Agent, as_user: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposals, "ALONE", 1)
    browser, count = as_user(corner.supervisor), held(corner.agent)
    proposal = propose(browser, corner.agent, taker)
    assert act(browser, PAGE, proposal, "confirm").status_code == 422
    with pytest.raises(HandOverNeedsSecondPerson):
        confirm_hand_over(proposal.pk, by=corner.supervisor, now=clock.now())
    assert act(as_user(colleague(corner)), PAGE, proposal, "confirm").status_code == 302
    assert held(taker) == 0
    assert carry_out_waiting(clock.now()) == 1
    assert held(taker) == count
    assert carry_out_waiting(clock.now() + timedelta(hours=1)) == 0


def test_r32_the_database_knows_that_many_need_a_second_person(corner: Corner) -> None:
    proposal = HandOverProposalFactory.create(
        from_agent=corner.agent, proposed_by=corner.supervisor, member_count=501
    )
    row = HandOverProposal.objects.filter(pk=proposal.pk)
    claim = "hand_over_proposal_of_many_confirmed_by_another"
    with pytest.raises(IntegrityError, match=claim), transaction.atomic():
        row.update(confirmed_by=corner.supervisor, confirmed_at=clock.now())
    assert row.update(confirmed_by=colleague(corner), confirmed_at=clock.now()) == 1


def test_it_is_offered_to_the_second_person_only(corner: Corner, as_user: As) -> None:
    proposal = HandOverProposalFactory.create(
        from_agent=corner.agent, proposed_by=corner.supervisor, member_count=501
    )
    url = reverse(f"admin:{PAGE}_act", args=[proposal.pk, "confirm"])
    page = detail_url(PAGE, proposal.pk)
    assert url not in as_user(corner.supervisor).get(page).content.decode()
    assert url in as_user(colleague(corner)).get(page).content.decode()


def test_a_hand_over_needs_a_fresh_code(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor, has_stepped_up=False)
    answer = act(browser, PAGE, corner.hand_over, "confirm")
    assert answer.headers["Location"].startswith("/admin/step-up/")
    assert HandOverProposal.objects.get(pk=corner.hand_over.pk).is_open


def test_a_full_book_is_refused_at_the_dry_run(
    corner: Corner, taker: Agent, as_user: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("enrollment.services.handover.BOOK_ROWS", 1)
    browser = as_user(corner.supervisor)
    said = {"to_agent": str(taker.pk), "reason": REASON}
    answer = act(browser, "perisai_agent", corner.agent, "hand-over", **said)
    assert (answer.status_code, "akan penuh" in answer.content.decode()) == (422, True)
    shown = browser.get(detail_url(PAGE, corner.hand_over.pk)).content.decode()
    assert "Tidak dapat dilaksanakan." in shown


def test_r32_more_visits_than_the_limit_are_warned_of_and_not_refused(
    corner: Corner, taker: Agent, as_user: As, settings: Settings
) -> None:
    browser, to_visit = as_user(corner.supervisor), visits_of(corner.agent)
    proposal = propose(browser, corner.agent, taker)
    settings.FOLLOWUP_MOST_PER_AGENT = to_visit
    assert "Dapat dilaksanakan." in browser.get(detail_url(PAGE, proposal.pk)).content.decode()

    settings.FOLLOWUP_MOST_PER_AGENT = to_visit - 1
    form = reverse("admin:perisai_agent_act", args=[corner.agent.pk, "hand-over"])
    load = f"(0 perlu dikunjungi, batas {to_visit - 1})"
    assert load in browser.get(form).content.decode()
    shown = browser.get(detail_url(PAGE, proposal.pk)).content.decode()
    assert "Pertimbangkan pembagian rata." in shown
    assert act(browser, PAGE, proposal, "confirm").status_code == 302
    assert visits_of(taker) == to_visit > 0


def test_another_branchs_agent_takes_nobody(corner: Corner, elsewhere: Corner, as_user: As) -> None:
    browser, count = as_user(corner.supervisor), held(elsewhere.agent)
    said = {"to_agent": str(elsewhere.agent.pk), "reason": REASON}
    answer = act(browser, "perisai_agent", corner.agent, "hand-over", **said)
    assert (answer.status_code, held(elsewhere.agent)) == (422, count)


def test_a_dropped_or_confirmed_proposal_is_settled(corner: Corner, as_user: As) -> None:
    browser, count = as_user(corner.supervisor), held(corner.agent)
    assert act(browser, PAGE, corner.hand_over, "drop").status_code == 302
    assert act(browser, PAGE, corner.hand_over, "confirm").status_code == 302
    proposal = HandOverProposal.objects.get(pk=corner.hand_over.pk)
    assert (proposal.dropped_at, proposal.confirmed_at) == (clock.now(), None)
    assert held(corner.agent) == count


def test_a_run_that_was_cut_off_is_taken_up_again(
    corner: Corner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as cut:
        cut.setattr(proposals, "carry_out_proposal", lambda *_, **__: False)
        confirm_hand_over(corner.hand_over.pk, by=corner.supervisor, now=clock.now())
    now, taker = clock.now(), corner.hand_over.to_agent
    HandOverProposal.objects.filter(pk=corner.hand_over.pk).update(claimed_at=now)
    assert not carry_out_proposal(corner.hand_over.pk, now=now + timedelta(minutes=14))
    assert held(taker) == 0
    assert carry_out_proposal(corner.hand_over.pk, now=now + timedelta(minutes=15))
    assert held(taker) > 0


def test_an_agent_who_left_meanwhile_ends_the_proposal(corner: Corner) -> None:
    taker, count = corner.hand_over.to_agent, held(corner.agent)
    HandOverProposal.objects.filter(pk=corner.hand_over.pk).update(
        confirmed_by=corner.supervisor, confirmed_at=clock.now()
    )
    Agent.objects.filter(pk=taker.pk).update(state=AgentState.SUSPENDED)
    assert carry_out_waiting(clock.now()) == 1
    proposal = HandOverProposal.objects.get(pk=corner.hand_over.pk)
    assert (proposal.refusal, proposal.done_at) == ("agent_takes_nobody", None)
    assert held(corner.agent) == count
