"""Members change hands while the phones of both agents send and pull."""

from typing import Any
from uuid import UUID

import pytest

from enrollment.models import Member
from enrollment.services import handover
from enrollment.services.handover import hand_over
from perisai import clock
from perisai.ids import new_id
from perisai.models import Role
from retention.models import Attempt
from sync.services import book
from tests.factories.enrollment import MemberFactory
from tests.factories.perisai import AgentFactory, DeviceFactory, UserFactory
from tests.sync.phones import Phone, op, phone_of
from tests.sync.test_push_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
MEMBERS, AT_A_TIME = 24, 4
SMALL = 16_384


def visit(seq: int, member: UUID) -> dict[str, Any]:
    said = {"channel": "visit", "contact": "not_home", "unpaid_since": None}
    data = {"member_id": str(member), **said}
    return op(seq, "follow_up.attempt", entity_id=new_id(), data=data)


def held(phone: Phone) -> dict[UUID, int]:
    """The members that a phone holds, with the visits to each."""
    return {UUID(row_id): row["attempts"] for (_, row_id), (_, row) in phone.rows.items()}


def test_f9_hand_over_of_members_during_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every visit is kept once and counts on the member, wherever she is by then."""
    giver = AgentFactory.create()
    taker = AgentFactory.create(office=giver.office)
    old, new = (phone_of(DeviceFactory.create(agent=agent)) for agent in (giver, taker))
    members = [one.pk for one in MemberFactory.create_batch(MEMBERS, agent=giver)]
    with book.recording() as changes:
        changes.put(giver.pk, "member", members)
    old.pull()
    by = UserFactory.create(role=Role.SUPERVISOR, branch=giver.office.branch)
    monkeypatch.setattr(handover, "AT_ONCE", AT_A_TIME)
    said: list[str] = []

    def give() -> None:
        hand_over(members, to_agent=taker, by=by, reason="Pindah desa", now=clock.now())

    def work() -> None:
        for seq, member in enumerate(members[::2], start=1):
            (result,) = old.push(visit(seq, member))
            said.append(result["result"])
            old.pull(max_bytes=SMALL)

    def take() -> None:
        for _ in range(6):
            new.pull(max_bytes=SMALL)

    at_once(3, lambda number: (give, work, take)[number]())
    for phone in (old, new):
        phone.pull(max_bytes=SMALL)
        assert phone.agrees()

    assert set(said) <= {"applied", "redirected"}
    assert held(old) == {}
    assert held(new) == dict.fromkeys(members, 0) | dict.fromkeys(members[::2], 1)
    assert set(Member.objects.filter(agent=taker).values_list("pk", flat=True)) == set(members)
    assert sorted(Attempt.objects.values_list("member", flat=True)) == sorted(members[::2])
    assert set(Attempt.objects.values_list("agent", flat=True)) == {giver.pk}
