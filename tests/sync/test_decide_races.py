"""Decisions beside each other, beside a push, and a loss that is reported in mid-push."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from perisai import clock
from perisai.models import Device, RevokedReason, WipeOrder
from perisai.services.lost_devices import Revocation, revoke_device
from sync import registry
from sync.errors import CaseDecided
from sync.models import Book, CaseState, Conflict, Operation, Outbox
from sync.registry import Op, Result
from sync.services.waiting import run_overdue
from tests.sync.offices import case_of, rule, supervisor_of
from tests.sync.pebbles import KIND, laid, lay, lay_op, polish_op
from tests.sync.phones import Body, Phone, op, owner
from tests.sync.test_push_races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("pebbles")]

LOST_AT = "2026-11-19T00:00:00+00:00"
BEFORE, AFTER = "2026-11-18T09:00:00.000+07:00", "2026-11-20T09:00:00.000+07:00"


def words(phone: Phone) -> list[tuple[int, str, str]]:
    found = Operation.objects.filter(device=phone.device).order_by("seq")
    return list(found.values_list("seq", "result", "code"))


@pytest.mark.parametrize("others", ["apply", "refuse"])
def test_of_two_who_decide_at_once_one_is_heard(phone: Phone, others: Any) -> None:
    sent = lay_op(1, fault="conflict")
    phone.push(sent)
    case = case_of(sent)
    deciders = [supervisor_of(phone) for _ in range(4)]

    def decide(number: int) -> str:
        try:
            return rule(case, others if number % 2 else "apply", by=deciders[number]).state
        except CaseDecided as late:
            return late.code

    said = at_once(4, decide)

    assert said.count("case_decided") == 3
    case.refresh_from_db()
    (heard,) = [word for word in said if word != "case_decided"]
    row = Operation.objects.get(op_id=sent["op_id"])
    assert (case.state, row.result) == (
        heard,
        "applied" if heard == CaseState.APPLIED else "rejected",
    )
    assert laid() == (heard == CaseState.APPLIED)
    phone.pull()
    assert phone.agrees()


@pytest.mark.parametrize("turn", range(5))
def test_a_decision_beside_the_authors_push_leaves_nobody_waiting(phone: Phone, turn: int) -> None:
    held = lay_op(1, fault="conflict")
    phone.push(held)
    by, case = supervisor_of(phone), case_of(held)
    batch = [
        lay_op(seq, depends_on=[held["op_id"]]) if seq % 2 else polish_op(seq, held["entity_id"])
        for seq in range(2, 12)
    ]

    def work(number: int) -> Any:
        return rule(case, "apply", by=by).state if number else phone.push(*batch)

    results, state = at_once(2, work)

    assert (state, len(results)) == (CaseState.APPLIED, 10)
    assert {word for _, word, _ in words(phone)} == {"applied"}
    assert (run_overdue(), laid()) == (0, 6)
    phone.pull()
    assert phone.agrees()


def lay_then(happens: Callable[[], object], *, at_seq: int, batch: list[Body]) -> None:
    """Lay pebbles; while that of one place is laid, something happens elsewhere and commits."""

    def handler(operation: Op) -> Result:
        if str(operation.op_id) == batch[at_seq - 1]["op_id"]:
            at_once(1, lambda _: happens())
        return lay(operation)

    registry._kinds.pop(("pebble.lay", 1))
    registry.operation("pebble.lay", v=1, on=KIND, creates=True)(handler)


def revoking(phone: Phone, wipe: WipeOrder) -> Callable[[], Device]:
    order = Revocation(
        reason=RevokedReason.LOST, wipe=wipe, lost_at=datetime.fromisoformat(LOST_AT)
    )
    return lambda: revoke_device(phone.device.pk, order, agent_id=owner(phone), now=clock.now())


def test_a_phone_that_must_wipe_is_stopped_in_mid_push(phone: Phone) -> None:
    batch = [lay_op(seq, at=BEFORE) for seq in range(1, 6)]
    lay_then(revoking(phone, WipeOrder.WIPE), at_seq=3, batch=batch)

    answer = phone.send(batch).json()

    assert (answer["ack_seq"], answer["complete"]) == (3, False)
    assert [result["result"] for result in answer["results"]] == ["applied"] * 3
    assert (laid(), len(words(phone))) == (3, 3)
    assert Outbox.objects.get(device=phone.device).last_seq == 3
    refused = phone.send(batch)
    assert (refused.status_code, refused.json()["code"], refused.json()["wipe"]) == (
        *(403, "device_revoked"),
        "wipe",
    )
    assert laid() == 3


def test_a_phone_reported_lost_in_mid_push_loses_nothing(phone: Phone) -> None:
    batch = [
        *(lay_op(seq, at=BEFORE) for seq in (1, 2, 3)),
        lay_op(4, at=AFTER),
        op(5, at=AFTER),
        lay_op(6, at=AFTER),
    ]
    lay_then(revoking(phone, WipeOrder.DRAIN_THEN_WIPE), at_seq=2, batch=batch)

    results = phone.push(*batch)

    assert [(one["result"], one.get("code", "")) for one in results] == [
        *[("applied", "")] * 3,
        ("conflict", "device_lost"),
        ("applied", ""),
        ("conflict", "device_lost"),
    ]
    assert laid() == 3
    held = Conflict.objects.filter(kind="device_lost", state=CaseState.OPEN)
    assert {str(case.entity_id) for case in held} == {
        batch[3]["entity_id"],
        batch[5]["entity_id"],
    }
    assert [one.body for one in Operation.objects.order_by("seq")] == batch


def test_decisions_and_pushes_of_many_agents_do_not_lock_each_other_out(
    phone: Phone, other: Phone
) -> None:
    sent = {one: [lay_op(seq, fault="conflict") for seq in range(1, 5)] for one in (phone, other)}
    for one, ops in sent.items():
        one.push(*ops)
    by = {one: supervisor_of(one) for one in (phone, other)}

    def work(number: int) -> Any:
        one = (phone, other)[number % 2]
        if number < 2:
            return [rule(case_of(held), "apply", by=by[one]).state for held in sent[one]]
        return one.push(*[lay_op(seq) for seq in range(5, 9)])

    at_once(4, work)

    assert (laid(owner(phone)), laid(owner(other))) == (8, 8)
    assert [Book.objects.get(agent=owner(one)).version for one in (phone, other)] == [8, 8]
    connection.close()
    for one in (phone, other):
        one.pull()
        assert one.agrees()
