"""R32: members change hands; history stays, both books are told, nobody is lost."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction

from enrollment.errors import AgentTakesNobody, BookFull
from enrollment.models import Assignment, HandOver, Member
from enrollment.services import handover
from enrollment.services.handover import hand_over, plan_hand_over
from perisai.errors import Invalid, NotFound
from perisai.models import Agent, AgentState, Role, User
from sync.models import Book, BookEntry
from sync.services import book
from tests.factories.enrollment import AssignmentFactory, MemberFactory
from tests.factories.perisai import AgentFactory, DeviceFactory, OfficeFactory, UserFactory
from tests.sync.phones import phone_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)


@pytest.fixture
def giver() -> Agent:
    return AgentFactory.create()


@pytest.fixture
def taker(giver: Agent) -> Agent:
    """Of another office of the same branch."""
    return AgentFactory.create(office=OfficeFactory.create(branch=giver.office.branch))


@pytest.fixture
def supervisor(giver: Agent) -> User:
    return UserFactory.create(role=Role.SUPERVISOR, branch=giver.office.branch)


def served(agent: Agent, count: int) -> list[UUID]:
    """Members in an agent's care and book."""
    members = [MemberFactory.create(agent=agent).pk for _ in range(count)]
    for pk in members:
        AssignmentFactory.create(member_id=pk, agent=agent)
    with book.recording() as changes:
        changes.put(agent.pk, "member", members)
    return members


def give(members: list[UUID], taker: Agent, by: User, reason: str = "Agen lama pindah") -> HandOver:
    found = hand_over(members, to_agent=taker, by=by, reason=reason, now=NOW)
    assert found is not None
    return found


def test_r32_a_hand_over_moves_members_and_keeps_their_history(
    giver: Agent, taker: Agent, supervisor: User
) -> None:
    members = served(giver, 2)
    stays = served(giver, 1)

    decision = give(members, taker, supervisor)

    assert (decision.by, decision.member_count, decision.reason) == (
        supervisor,
        2,
        "Agen lama pindah",
    )
    assert set(Member.objects.served_by(taker.pk).values_list("pk", flat=True)) == set(members)
    assert list(Member.objects.served_by(giver.pk).values_list("pk", flat=True)) == stays
    history = Assignment.objects.filter(member=members[0]).order_by("from_on")
    assert list(history.values_list("agent", "from_on", "hand_over")) == [
        (giver.pk, date(2024, 1, 2), None),
        (taker.pk, date(2026, 11, 20), decision.pk),
    ]


def test_both_phones_are_told(giver: Agent, taker: Agent, supervisor: User) -> None:
    old, new = (phone_of(DeviceFactory.create(agent=agent)) for agent in (giver, taker))
    (member,) = served(giver, 1)
    old.pull()
    assert ("member", str(member)) in old.rows

    give([member], taker, supervisor)

    (page,) = old.pull()
    assert [(c["op"], c["reason"]) for c in page["changes"]] == [("drop", "reassigned")]
    new.pull()
    assert list(new.rows) == [("member", str(member))]
    assert old.agrees()
    assert new.agrees()


def test_a_hand_over_said_twice_moves_once(giver: Agent, taker: Agent, supervisor: User) -> None:
    members = served(giver, 2)
    give(members, taker, supervisor)
    versions = list(Book.objects.order_by("agent").values_list("version", flat=True))

    assert hand_over(members, to_agent=taker, by=supervisor, reason="Lagi", now=NOW) is None

    assert list(Book.objects.order_by("agent").values_list("version", flat=True)) == versions
    assert (HandOver.objects.count(), Assignment.objects.count()) == (1, 4)


def test_a_member_without_an_agent_gets_one(giver: Agent, taker: Agent, supervisor: User) -> None:
    alone = MemberFactory.create(branch=giver.office.branch).pk
    give([alone], taker, supervisor)
    entry = BookEntry.objects.get(entity_id=alone)
    assert (entry.book.agent, entry.is_present) == (taker, True)


def test_a_second_hand_over_of_one_day_is_the_days_word(
    giver: Agent, taker: Agent, supervisor: User
) -> None:
    members = served(giver, 1)
    give(members, taker, supervisor)
    back = give(members, giver, supervisor)
    newest = Assignment.objects.filter(member=members[0]).latest("from_on")
    assert (newest.agent, newest.hand_over) == (giver, back)


def test_many_members_go_in_several_transactions_under_one_decision(
    giver: Agent, taker: Agent, supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "AT_ONCE", 2)
    members = served(giver, 5)
    decision = give(members, taker, supervisor)
    assert (HandOver.objects.count(), decision.assignments.count()) == (1, 5)
    assert Book.objects.get(agent=taker).version == 3


def nothing_moved(members: list[UUID], giver: Agent) -> bool:
    mine = Member.objects.served_by(giver.pk).filter(pk__in=members)
    return mine.count() == len(members) and HandOver.objects.count() == 0


@pytest.mark.parametrize("state", [AgentState.SUSPENDED, AgentState.ENDED])
def test_who_does_not_work_gets_nobody(
    giver: Agent, taker: Agent, supervisor: User, state: AgentState
) -> None:
    members = served(giver, 1)
    taker.state = state
    with pytest.raises(AgentTakesNobody):
        give(members, taker, supervisor)
    assert nothing_moved(members, giver)


def test_a_book_that_would_be_too_full_is_refused(
    giver: Agent, taker: Agent, supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "BOOK_ROWS", 2)
    served(taker, 1)
    members = served(giver, 2)
    plan = plan_hand_over(members, to_agent=taker, by=supervisor)
    assert (len(plan.moving), plan.rows_after, plan.is_too_much) == (2, 3, True)
    with pytest.raises(BookFull):
        give(members, taker, supervisor)
    assert nothing_moved(members, giver)


@pytest.mark.parametrize("reason", ["", " ", "x" * 501])
def test_a_hand_over_needs_a_reason(
    giver: Agent, taker: Agent, supervisor: User, reason: str
) -> None:
    members = served(giver, 1)
    with pytest.raises(Invalid):
        give(members, taker, supervisor, reason)
    assert nothing_moved(members, giver)


@pytest.mark.parametrize("role", [Role.NATIONAL, Role.AGENT, Role.FINANCE])
def test_nobody_but_a_supervisor_hands_over(giver: Agent, taker: Agent, role: Role) -> None:
    members = served(giver, 1)
    with pytest.raises(NotFound):
        give(members, taker, UserFactory.create(role=role))
    assert nothing_moved(members, giver)


def test_neither_members_nor_agents_of_another_branch_are_known(
    giver: Agent, taker: Agent, supervisor: User
) -> None:
    members = served(giver, 1)
    far = AgentFactory.create()
    theirs = served(far, 1)
    for wanted, agent in ((members, far), (members + theirs, taker)):
        with pytest.raises(NotFound):
            give(wanted, agent, supervisor)
    assert nothing_moved(members, giver)
    assert nothing_moved(theirs, far)


def test_a_decision_is_kept_as_it_was_taken(giver: Agent, taker: Agent, supervisor: User) -> None:
    decision = give(served(giver, 1), taker, supervisor)
    decision.member_count = 7
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        decision.save(update_fields=["member_count"])
    decision.refresh_from_db()
    assert decision.member_count == 1
