"""R32: whom nobody looks after is dealt to the branch's agents; a supervisor confirms."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from enrollment.models import HandOver, HandOverProposal, Member
from enrollment.services import hand_over_proposals as proposals
from enrollment.services.hand_over_proposals import (
    confirm_dealt,
    confirm_hand_over,
    drop_hand_over,
)
from perisai.errors import NotFound
from perisai.models import Agent, AgentState, AgentVillage, Branch, Role, User
from perisai.services.agent_states import reinstate_agent, suspend_agent
from perisai.services.agents import Decision
from retention import tasks
from retention.models import EscalationReason
from retention.services import hand_out
from retention.services.hand_out import (
    HandOut,
    pool_of,
    propose_by_night,
    propose_hand_out,
    try_hand_out,
)
from tests.factories.enrollment import HandOverProposalFactory, MemberFactory
from tests.factories.perisai import AgentFactory, BranchFactory, OfficeFactory, UserFactory
from tests.factories.retention import EscalationFactory, FollowUpFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
HERE, NEXT_DOOR, FAR = "3515142001", "3515142002", "1671011001"


@pytest.fixture
def branch() -> Branch:
    return BranchFactory.create()


@pytest.fixture
def supervisor(branch: Branch) -> User:
    return UserFactory.create(role=Role.SUPERVISOR, branch=branch)


def agent_of(branch: Branch, *villages: str, **changes: Any) -> Agent:
    agent = AgentFactory.create(office=OfficeFactory.create(branch=branch), **changes)
    for village in villages:
        AgentVillage.objects.create(agent=agent, village_id=village)
    return agent


def gone(branch: Branch) -> Agent:
    """An agent who has ended."""
    return agent_of(branch, state=AgentState.ENDED, ended_on=date(2026, 11, 1))


def cared(agent: Agent, count: int = 1, *, owes: bool = True, **changes: Any) -> list[UUID]:
    """Members of an agent, who need a visit unless they have paid."""
    said = {"paid_through": date(2026, 8, 1) if owes else date(2026, 12, 1)} | changes
    members = [MemberFactory.create(agent=agent, **said) for _ in range(count)]
    for member in members if owes else ():
        FollowUpFactory.create(member=member)
    return [member.pk for member in members]


def cared_by_nobody(branch: Branch) -> UUID:
    """A member without an agent who needs a visit."""
    member = MemberFactory.create(branch=branch, paid_through=date(2026, 8, 1))
    FollowUpFactory.create(member=member, agent=None)
    return member.pk


def wanted(branch: Branch, **changes: Any) -> HandOut:
    return HandOut(branch_id=branch.pk, reason="Agen lama berakhir", **changes)


def named() -> dict[Agent, set[UUID]]:
    """By agent, whom the open proposals name."""
    return {one.to_agent: set(one.members) for one in HandOverProposal.objects.unsettled()}


def test_members_of_who_is_gone_are_proposed_to_the_nearest(
    branch: Branch, supervisor: User
) -> None:
    near, next_door = agent_of(branch, HERE), agent_of(branch, NEXT_DOOR)
    old = gone(branch)
    here, there = cared(old, 2), cared(old, 1, village_id=NEXT_DOOR)
    nobodys = MemberFactory.create(branch=branch, paid_through=date(2026, 12, 1)).pk
    found = propose_hand_out(wanted(branch, by=supervisor), now=NOW)
    assert (found.proposals, found.members, found.left) == (2, 4, 0)
    assert named() == {near: {*here, nobodys}, next_door: set(there)}
    first = HandOverProposal.objects.order_by("to_agent__number")[0]
    assert (first.proposed_by, first.reason, first.from_agent) == (
        supervisor,
        "Agen lama berakhir",
        None,
    )
    assert set(pool_of(branch.pk).values_list("pk", flat=True)) == {*here, *there, nobodys}


def test_the_dry_run_writes_nothing(branch: Branch) -> None:
    near = agent_of(branch, HERE)
    members = cared(gone(branch), 3)
    dealt = try_hand_out(wanted(branch), now=NOW)
    assert {agent: set(taken) for agent, taken in dealt.taken.items()} == {near.pk: set(members)}
    assert HandOverProposal.objects.count() == 0


def test_nobody_of_another_branch_takes_part(branch: Branch, supervisor: User) -> None:
    elsewhere = agent_of(BranchFactory.create(), HERE)
    theirs = cared(gone(elsewhere.branch), 2)
    mine = cared(gone(branch), 2)
    found = propose_hand_out(wanted(branch, by=supervisor), now=NOW)
    assert (found.proposals, found.left) == (0, 2)
    assert set(pool_of(branch.pk).values_list("pk", flat=True)) == set(mine)
    assert not set(theirs) & set(mine)


@pytest.mark.parametrize("state", [AgentState.ENDED, AgentState.SUSPENDED])
def test_who_does_not_work_gives_and_takes_nothing(
    branch: Branch, supervisor: User, state: AgentState
) -> None:
    ended_on = date(2026, 11, 1) if state == AgentState.ENDED else None
    old = agent_of(branch, HERE, state=state, ended_on=ended_on)
    far = agent_of(branch, FAR)
    members = cared(old, 2)
    propose_hand_out(wanted(branch, by=supervisor), now=NOW)
    assert named() == {far: set(members)}


def test_the_limit_of_visits_counts_what_an_agent_has_and_awaits(
    branch: Branch, supervisor: User, settings: Settings
) -> None:
    settings.FOLLOWUP_MOST_PER_AGENT = 5
    near = agent_of(branch, HERE)
    cared(near, 2)
    HandOverProposalFactory.create(
        from_agent=agent_of(branch, FAR, state=AgentState.SUSPENDED),
        to_agent=near,
        member_count=1,
        proposed_by=supervisor,
    )
    cared(gone(branch), 4)
    found = propose_hand_out(wanted(branch, by=supervisor), now=NOW)
    assert (found.members, found.left) == (2, 2)


def test_members_who_owe_nothing_are_dealt_out_beyond_the_limit_of_visits(
    branch: Branch, supervisor: User, settings: Settings
) -> None:
    settings.FOLLOWUP_MOST_PER_AGENT = 1
    near = agent_of(branch, HERE)
    old = gone(branch)
    visits, others = cared(old, 2), cared(old, 3, owes=False)
    found = propose_hand_out(wanted(branch, by=supervisor), now=NOW)
    assert (found.members, found.left) == (4, 1)
    assert set(others) < named()[near]
    only = propose_hand_out(wanted(branch, by=supervisor, only_visits=True), now=NOW)
    assert (only.members, only.left) == (0, 1)
    assert len(set(visits) & named()[near]) == 1


def test_a_second_run_proposes_nothing_new(branch: Branch, supervisor: User) -> None:
    agent_of(branch, HERE)
    cared(gone(branch), 3)
    runs = [propose_hand_out(wanted(branch, by=supervisor), now=NOW) for _ in range(2)]
    assert [run.members for run in runs] == [3, 0]


def test_many_go_in_proposals_of_the_size_that_one_person_may_confirm(
    branch: Branch, supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hand_out, "ALONE", 2)
    agent_of(branch, HERE)
    members = cared(gone(branch), 5)
    found = propose_hand_out(wanted(branch, by=supervisor), now=NOW)
    pages = [set(one.members) for one in HandOverProposal.objects.all()]
    assert (found.proposals, sorted(map(len, pages))) == (3, [1, 2, 2])
    assert set.union(*pages) == set(members)


def test_confirmed_members_move_with_the_reason(branch: Branch, supervisor: User) -> None:
    near = agent_of(branch, HERE)
    members = cared(gone(branch), 2)
    propose_hand_out(wanted(branch, by=supervisor), now=NOW)
    proposal = HandOverProposal.objects.get()
    confirm_hand_over(proposal.pk, by=supervisor, now=NOW)
    assert set(Member.objects.served_by(near.pk).values_list("pk", flat=True)) == set(members)
    decision = HandOver.objects.get()
    assert (decision.reason, decision.by, decision.member_count) == (
        "Agen lama berakhir",
        supervisor,
        2,
    )
    assert pool_of(branch.pk).count() == 0


def test_who_found_an_agent_meanwhile_stays_with_her(branch: Branch, supervisor: User) -> None:
    near, other = agent_of(branch, HERE), agent_of(branch, FAR)
    members = cared(gone(branch), 3)
    propose_hand_out(wanted(branch, by=supervisor), now=NOW)
    Member.objects.filter(pk=members[0]).update(agent=other)
    confirm_hand_over(HandOverProposal.objects.get().pk, by=supervisor, now=NOW)
    assert Member.objects.served_by(near.pk).count() == 2
    assert Member.objects.served_by(other.pk).count() == 1


def test_all_that_wait_are_confirmed_up_to_what_one_person_may_give(
    branch: Branch, supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposals, "ALONE", 4)
    agents = [agent_of(branch, village) for village in (HERE, NEXT_DOOR, FAR)]
    old = gone(branch)
    for village in (HERE, NEXT_DOOR, FAR):
        cared(old, 2, village_id=village)
    propose_hand_out(wanted(branch, by=supervisor), now=NOW)
    assert confirm_dealt(by=supervisor, now=NOW) == (2, 4)
    assert confirm_dealt(by=supervisor, now=NOW) == (1, 2)
    assert confirm_dealt(by=supervisor, now=NOW) == (0, 0)
    assert [Member.objects.served_by(agent.pk).count() for agent in agents] == [2, 2, 2]
    with pytest.raises(NotFound):
        confirm_dealt(by=UserFactory.create(), now=NOW)


def test_what_cannot_be_carried_out_any_more_is_dropped(branch: Branch, supervisor: User) -> None:
    near = agent_of(branch, HERE)
    cared(gone(branch), 1)
    propose_hand_out(wanted(branch, by=supervisor), now=NOW)
    Agent.objects.filter(pk=near.pk).update(state=AgentState.SUSPENDED)
    assert confirm_dealt(by=supervisor, now=NOW) == (0, 0)
    assert HandOverProposal.objects.unsettled().count() == 0


def silent(branch: Branch, *villages: str) -> Agent:
    """An agent of whom the supervisor was told."""
    agent = agent_of(branch, *villages)
    told = {"reason": EscalationReason.SILENT_AGENT, "follow_up": None, "branch": branch}
    EscalationFactory.create(agent=agent, since=date(2026, 10, 1), **told)
    return agent


def test_the_night_proposes_visits_of_the_pool_and_of_who_is_silent(branch: Branch) -> None:
    near, quiet = agent_of(branch, HERE), silent(branch, HERE)
    pool = cared(gone(branch), 2)
    cared(gone(branch), 2, owes=False)
    visits = cared(quiet, 2)
    cared(quiet, 1, owes=False)
    found = propose_by_night(branch.pk, now=NOW)
    assert (found.proposals, found.members, found.left) == (2, 4, 0)
    rows = HandOverProposal.objects.order_by("created_at")
    assert [(one.from_agent, one.to_agent, one.proposed_by) for one in rows] == [
        (None, near, None),
        (quiet, near, None),
    ]
    assert [set(one.members) for one in rows] == [set(pool), set(visits)]
    assert propose_by_night(branch.pk, now=NOW).members == 0


def test_the_night_says_what_became_of_the_agent(branch: Branch, supervisor: User) -> None:
    near = agent_of(branch, HERE)
    resting, suspended = agent_of(branch, HERE), agent_of(branch, HERE)
    said = Decision(by=supervisor, at=NOW, reason="tiga bulan tanpa hasil")
    members = {
        "dinonaktifkan setelah tinjauan": cared(resting, 2),
        "ditangguhkan": cared(suspended, 1),
        "berakhir": cared(gone(branch), 1),
        "Tanpa agen": [cared_by_nobody(branch)],
    }
    suspend_agent(resting, said, is_idle=True)
    suspend_agent(suspended, said)
    assert propose_by_night(branch.pk, now=NOW).members == 5
    rows = HandOverProposal.objects.all()
    assert {one.to_agent for one in rows} == {near}
    assert {frozenset(one.members): one.reason for one in rows}.keys() == {
        frozenset(those) for those in members.values()
    }
    for words, those in members.items():
        (reason,) = (one.reason for one in rows if set(one.members) == set(those))
        assert words in reason


def test_who_works_again_after_a_rest_is_not_resting_when_suspended_for_another_reason(
    branch: Branch, supervisor: User
) -> None:
    agent_of(branch, HERE)
    old = agent_of(branch, HERE)
    cared(old, 1)
    first = Decision(by=supervisor, at=NOW - timedelta(days=400), reason="tanpa hasil")
    suspend_agent(old, first, is_idle=True)
    reinstate_agent(old, Decision(by=supervisor, at=NOW - timedelta(days=30)))
    suspend_agent(old, Decision(by=supervisor, at=NOW, reason="diperiksa"))
    propose_by_night(branch.pk, now=NOW)
    assert "ditangguhkan" in HandOverProposal.objects.get().reason


def test_the_night_leaves_alone_whom_somebody_dropped_lately(
    branch: Branch, supervisor: User
) -> None:
    agent_of(branch, HERE)
    cared(gone(branch), 1)
    propose_by_night(branch.pk, now=NOW)
    drop_hand_over(HandOverProposal.objects.get().pk, by=supervisor, now=NOW)
    nights = [propose_by_night(branch.pk, now=NOW + timedelta(days=n)).members for n in (29, 30)]
    assert nights == [0, 1]


def test_the_task_does_one_branch(branch: Branch) -> None:
    agent_of(branch, HERE)
    cared(gone(branch), 1)
    tasks.hand_out_branch(branch.pk)
    assert HandOverProposal.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "claim"),
    [
        pytest.param({"members": []}, "says_who_moves", id="nobody named"),
        pytest.param(
            {"members": [UUID(int=n) for n in range(501)]}, "says_who_moves", id="too many"
        ),
        pytest.param(
            {"members": [UUID(int=1)], "villages": [HERE]}, "says_who_moves", id="villages too"
        ),
    ],
)
def test_the_database_knows_what_a_proposal_may_name(
    branch: Branch, supervisor: User, changes: dict[str, Any], claim: str
) -> None:
    said = {"to_agent": agent_of(branch), "reason": "x", "member_count": 1, **changes}
    with pytest.raises(IntegrityError, match=claim), transaction.atomic():
        HandOverProposal.objects.create(proposed_by=supervisor, **said)


def test_the_system_names_those_who_move(branch: Branch) -> None:
    giver = agent_of(branch)
    claim = "hand_over_proposal_of_nobody_names_members"
    with pytest.raises(IntegrityError, match=claim), transaction.atomic():
        HandOverProposalFactory.create(from_agent=giver, proposed_by=None)


def at_once(call: Callable[[], int], count: int) -> list[int]:
    together = Barrier(count)

    def run(_: int) -> int:
        try:
            together.wait(timeout=10)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=count) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.django_db(transaction=True)
def test_simultaneous_hand_outs_propose_each_member_once() -> None:
    branch = BranchFactory.create()
    agent_of(branch, HERE)
    members = cared(gone(branch), 6)
    counts = at_once(lambda: propose_by_night(branch.pk, now=NOW).members, 3)
    assert sorted(counts) == [0, 0, 6]
    assert HandOverProposal.objects.get().members == sorted(members)
