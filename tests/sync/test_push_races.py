"""Sends beside each other, each in a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any, TypeVar
from uuid import UUID

import pytest
from django.db import connection, transaction

from perisai import clock
from perisai.errors import DeviceRevoked
from perisai.models import Device, DeviceState, WipeOrder
from sync import registry
from sync.models import Book, Operation, Outbox
from sync.services.envelope import parse_push
from sync.services.inbox import Sender, receive
from tests.factories.perisai import DeviceFactory
from tests.payments.website import eventually
from tests.sync.offices import case_of, rule, supervisor_of
from tests.sync.pebbles import KIND, drop, laid, lay_many, lay_op
from tests.sync.phones import Phone, phone_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("pebbles")]

SENDS = 8
T = TypeVar("T")


def at_once(count: int, work: Callable[[int], T]) -> list[T]:
    """Run it in threads that start together."""
    ready = Barrier(count)

    def run(number: int) -> T:
        try:
            ready.wait()
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_f4_parallel_sends_of_one_batch(phone: Phone) -> None:
    batch = [lay_op(seq) for seq in range(1, 7)]

    answers: list[Any] = at_once(SENDS, lambda _: phone.send(batch).json())

    assert [answer["ack_seq"] for answer in answers] == [6] * SENDS
    assert all(answer["complete"] for answer in answers)
    for place in range(6):
        results = [answer["results"][place] for answer in answers]
        assert sorted(result["result"] for result in results) == [
            "applied",
            *["duplicate"] * (SENDS - 1),
        ]
        versions = {result.get("ver") or result["first"]["ver"] for result in results}
        assert len(versions) == 1
    assert (laid(), Operation.objects.count()) == (6, 6)
    assert Outbox.objects.get(device=phone.device).last_seq == 6
    assert Book.objects.get(agent=phone.device.agent_id).version == 6


def test_one_operation_from_many_devices_happens_once(phone: Phone) -> None:
    twins = [phone_of(DeviceFactory.create(agent=phone.device.agent)) for _ in range(SENDS)]
    sent = lay_op(1)

    results = at_once(SENDS, lambda number: twins[number].push(sent)[0])

    assert sorted(result["result"] for result in results) == [
        "applied",
        *["duplicate"] * (SENDS - 1),
    ]
    assert (laid(), Operation.objects.filter(same_as=None).count()) == (1, 1)


def test_two_clones_of_one_storage_share_no_place(phone: Phone) -> None:
    batches = [[lay_op(seq) for seq in range(1, 6)] for _ in range(2)]

    answers = at_once(2, lambda number: phone.send(batches[number]))

    stored = Operation.objects.filter(device=phone.device).order_by("seq")
    assert list(stored.values_list("seq", flat=True)) == list(
        range(1, Outbox.objects.get(device=phone.device).last_seq + 1)
    )
    assert laid() == stored.count()
    told = sum(answer.json().get("ack_seq", 0) for answer in answers)
    refused = [answer.json()["code"] for answer in answers if answer.status_code == 409]
    assert told >= stored.count() - 1
    assert refused in ([], ["sequence_reused"])


def test_a_fault_that_commit_finds_parks_the_operation(phone: Phone) -> None:
    results = phone.push(lay_op(1), lay_op(2, fault="deferred"), lay_op(3))
    assert [result["result"] for result in results] == ["applied", "blocked", "applied"]
    assert results[1]["code"] == "parked"
    assert (laid(), Book.objects.get(agent=phone.device.agent_id).version) == (2, 2)


def test_what_waited_and_fails_at_commit_is_parked_and_stops_nobody(phone: Phone) -> None:
    held = lay_op(1, fault="conflict")
    poison = lay_op(2, depends_on=[held["op_id"]], fault="deferred")
    behind = lay_op(3, depends_on=[held["op_id"]])
    phone.push(held, poison, behind)

    rule(case_of(held), "apply", by=supervisor_of(phone))

    stored = Operation.objects.order_by("seq").values_list("result", "code")
    assert list(stored) == [("applied", ""), ("blocked", "parked"), ("applied", "")]
    assert laid() == 2


SOMEBODY_QUEUES = """
    SELECT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'tuple' AND relation = 'sync_outbox'::regclass
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
"""


def somebody_waits_for_an_outbox() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(SOMEBODY_QUEUES)
        (found,) = cursor.fetchone()
    return bool(found)


def test_a_send_that_waited_hears_what_became_of_its_phone(phone: Phone) -> None:
    phone.push(lay_op(1))
    mine = Device.objects.filter(pk=phone.device.pk)
    sender = Sender(device=phone.device, clock_offset_ms=0, received_at=clock.now())
    (sent,) = parse_push({"first_seq": 2, "ops": [lay_op(2)]}).ops

    def send() -> object:
        try:
            return receive(sent, sender, is_first=True)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Outbox.objects.select_for_update(no_key=True).get(device=phone.device)
            sending = pool.submit(send)
            eventually(somebody_waits_for_an_outbox)
            lost_at = clock.now() - timedelta(hours=1)
            mine.update(state=DeviceState.LOST, wipe=WipeOrder.WIPE, lost_at=lost_at)
        with pytest.raises(DeviceRevoked):
            sending.result()
    assert (laid(), Operation.objects.count()) == (1, 1)


def test_f39_row_leaves_between_the_two_reads(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    pebbles = [UUID(lay_op(1)["entity_id"]) for _ in range(3)]
    lay_many(phone.device.agent_id, pebbles)
    read = registry._rows[KIND]

    def leave_first(agent_id: UUID, ids: Any) -> Any:
        monkeypatch.setitem(registry._rows, KIND, read)
        at_once(1, lambda _: drop(agent_id, pebbles[1:2]))
        return read(agent_id, ids)

    monkeypatch.setitem(registry._rows, KIND, leave_first)
    first, second = phone.pull()
    assert [UUID(change["id"]) for change in first["changes"]] == [pebbles[0], pebbles[2]]
    assert (first["more"], "digest" in first, second["changes"][0]["op"]) == (True, False, "drop")
    assert phone.agrees()


def test_phones_that_page_while_rows_change_agree_in_the_end(phone: Phone) -> None:
    agent_id = phone.device.agent_id
    rows = [UUID(lay_op(1)["entity_id"]) for _ in range(90)]
    lay_many(agent_id, rows[:60], text="x" * 300)

    def work(number: int) -> None:
        if number == 0:
            for row in rows[60:]:
                lay_many(agent_id, [row], text="x" * 300)
                drop(agent_id, [rows[rows.index(row) - 60]])
        else:
            for _ in range(6):
                phone.pull(max_bytes=16_384)

    at_once(2, work)
    phone.pull(max_bytes=16_384)
    assert phone.agrees()
    assert {UUID(row) for _, row in phone.rows} == set(rows[30:])
