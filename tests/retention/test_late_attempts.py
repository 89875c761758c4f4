"""Attempts of a former agent: kept on the member's present record, credited to who made them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from enrollment.models import Member
from enrollment.services.handover import hand_over
from perisai import clock
from perisai.ids import new_id
from perisai.models import Role
from retention.models import Attempt
from sync.models import BookEntry, Conflict
from sync.services import book
from tests.factories.enrollment import MemberFactory
from tests.factories.perisai import AgentFactory, DeviceFactory, UserFactory
from tests.sync.phones import Body, Phone, op, owner, phone_of

pytestmark = pytest.mark.django_db

HANDED_AT = datetime(2026, 7, 1, 2, tzinfo=UTC)


@pytest.fixture
def old() -> Phone:
    return phone_of(DeviceFactory.create(agent=AgentFactory.create()))


@pytest.fixture
def new(old: Phone) -> Phone:
    colleague = AgentFactory.create(office=old.device.agent.office)
    return phone_of(DeviceFactory.create(agent=colleague))


@pytest.fixture
def member(old: Phone, new: Phone) -> Member:
    """Handed over by a supervisor, on the first of July."""
    found = MemberFactory.create(agent=old.device.agent)
    with book.recording() as changes:
        changes.put(owner(old), "member", [found.pk])
    old.pull()
    by = UserFactory.create(role=Role.SUPERVISOR, branch=found.branch)
    hand_over(
        [found.pk], to_agent=new.device.agent, by=by, reason="Agen lama pindah", now=clock.now()
    )
    BookEntry.objects.filter(book__agent=owner(old)).update(changed_at=HANDED_AT)
    return found


def attempt(seq: int, member: Member, *, days: int, **said: Any) -> Body:
    at = (HANDED_AT + timedelta(days=days)).isoformat(timespec="milliseconds")
    data = {
        "member_id": str(member.pk),
        "unpaid_since": None,
        "channel": "visit",
        "contact": "met_member",
    }
    return op(seq, "follow_up.attempt", entity_id=new_id(), at=at, data=data | said)


@pytest.mark.parametrize("days", [-1, 14, 15, 90])
def test_f10_late_work_is_answered_on_a_member(
    old: Phone, new: Phone, member: Member, days: int
) -> None:
    (result,) = old.push(attempt(1, member, days=days))

    assert (result["result"], result["code"], result["into"], result["credited"]) == (
        "redirected",
        "reassigned",
        str(member.pk),
        days <= 14,
    )
    assert Attempt.objects.get().agent == old.device.agent
    new.pull()
    assert new.rows["member", str(member.pk)][1]["attempts"] == 1
    old.pull()
    assert old.rows == {}
    assert old.agrees()
    assert new.agrees()


def test_an_attempt_of_three_months_later_is_no_work_of_hers(old: Phone, member: Member) -> None:
    (result,) = old.push(attempt(1, member, days=91))
    assert (result["result"], result["problem"]["code"]) == ("rejected", "not_in_book")
    assert Attempt.objects.count() == 0


def test_a_death_that_a_former_agent_reports_is_a_case(old: Phone, member: Member) -> None:
    (result,) = old.push(attempt(1, member, days=1, decision="deceased"))
    assert result["result"] == "redirected"
    assert Conflict.objects.get().kind == "claim_help"


def test_f11_moved_member_leaves_the_phone_for_good(old: Phone, new: Phone, member: Member) -> None:
    assert ("member", str(member.pk)) in old.rows
    (page,) = old.pull()
    assert [(c["op"], c["reason"]) for c in page["changes"]] == [("drop", "reassigned")]
    assert old.rows == {}
    assert old.client.get(f"/api/v1/members/{member.pk}").status_code == 404
    old.cursor = None
    old.pull()
    assert old.rows == {}
    new.pull()
    assert list(new.rows) == [("member", str(member.pk))]
    assert old.agrees()
    assert new.agrees()


def test_another_agents_attempt_is_no_late_work(member: Member) -> None:
    stranger = phone_of(DeviceFactory.create(agent=AgentFactory.create()))
    (result,) = stranger.push(attempt(1, member, days=1))
    assert (result["result"], result["problem"]["code"]) == ("rejected", "not_in_book")
    assert Attempt.objects.count() == 0
