"""Faults that need others beside a push: a real deadlock, a hand-over of a whole book."""

from threading import Barrier
from uuid import UUID

import pytest

from sync import registry
from sync.models import Book, Conflict, Operation, Outbox
from sync.registry import Op, Result
from sync.services import book
from tests.sync.pebbles import KIND, hand, lay_many, polish_op
from tests.sync.phones import Phone, new_ids, op, owner
from tests.sync.test_push_races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("pebbles")]

BOOK = 5_000
AT_A_TIME = 500
WORK = 20
MOST = 1024 * 1024


def test_f8_deadlock_injected(phone: Phone, other: Phone) -> None:
    """Two operations lock two records crosswise: PostgreSQL ends one, which then runs once."""
    stones = new_ids(2)
    pair = [phone, other]
    mine = {owner(one): [stone] for one, stone in zip(pair, stones, strict=True)}
    for agent_id, laid in mine.items():
        lay_many(agent_id, laid, text="0")
    meet, met, runs = Barrier(2), set[UUID](), list[UUID]()

    def cross(operation: Op) -> Result:
        runs.append(operation.op_id)
        with book.recording() as changes:
            for stone in operation.data["stones"]:
                held = Conflict.objects.select_for_update(no_key=True).get(pk=stone)
                if operation.op_id not in met:
                    met.add(operation.op_id)
                    meet.wait(timeout=20)  # each holds its first: now they cross
                held.reason = str(int(held.reason) + 1)
                held.save(update_fields=["reason"])
            changes.put(operation.agent_id, KIND, mine[operation.agent_id])
        return Result(word="applied")

    registry.operation("pebble.cross", v=1, on="")(cross)
    orders = [[str(one) for one in stones], [str(one) for one in reversed(stones)]]

    def send(number: int) -> str:
        sent = op(1, "pebble.cross", data={"stones": orders[number]})
        word = "retry"
        while word == "retry":  # a machine that stands still lets a lock time out: it comes again
            word = str(pair[number].push(sent)[0]["result"])
        return word

    assert at_once(2, send) == ["applied", "applied"]
    assert len(runs) >= 3
    assert set(Conflict.objects.filter(pk__in=stones).values_list("reason", flat=True)) == {"2"}
    for one in pair:
        assert Outbox.objects.get(device=one.device).last_seq == 1
        assert Book.objects.get(agent=owner(one)).version == 2


def pull_all(*phones: Phone) -> None:
    for one in phones:
        one.pull(max_bytes=MOST)
        assert one.agrees()


def ids_of(phone: Phone, weight: str = "") -> set[UUID]:
    """What the phone holds, all or of one weight."""
    rows = phone.rows.items()
    return {UUID(row_id) for (_, row_id), (_, row) in rows if weight in {"", row["weight"]}}


def test_f9_hand_over_of_5000_during_sync(phone: Phone, other: Phone) -> None:
    """While a whole book goes to another agent both phones pull, and the first works on it."""
    stones = new_ids(BOOK)
    parts = [stones[start : start + AT_A_TIME] for start in range(0, BOOK, AT_A_TIME)]
    lay_many(owner(phone), stones)
    phone.pull(max_bytes=MOST)
    worked = stones[:: BOOK // WORK]
    said: list[str] = []

    def give() -> None:
        for part in parts:
            hand(owner(phone), owner(other), part)

    def work() -> None:
        for seq, stone in enumerate(worked, start=1):
            (result,) = phone.push(polish_op(seq, stone))
            said.append(result["result"])
            if seq % 5 == 0:
                phone.pull(max_bytes=MOST)

    def take() -> None:
        for _ in range(4):
            other.pull(max_bytes=MOST)

    at_once(3, lambda number: (give, work, take)[number]())
    pull_all(phone, other)

    assert (len(phone.rows), len(other.rows)) == (0, BOOK)
    assert ids_of(other) == set(stones)
    assert set(said) <= {"applied", "redirected"}
    polished = Conflict.objects.filter(kind=KIND, reason="9").values_list("pk", flat=True)
    assert set(polished) == set(worked)
    assert Operation.objects.filter(device=phone.device).count() == len(worked)
    assert ids_of(other, weight="9") == set(worked)
