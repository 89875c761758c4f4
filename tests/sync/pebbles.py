"""Pebbles: something for a test agent to lay down and polish, with every kind of fault.

A pebble is a case row, so that no table is made for tests; its weight stands in `reason`.
"""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected

from perisai.errors import FieldError, Invalid, Unavailable
from perisai.ids import new_id
from sync import registry
from sync.errors import NotInBook
from sync.models import Conflict
from sync.registry import Late, Op, Result, Row
from sync.services import book
from sync.services.decide import stop_held
from tests.sync.phones import Body, op

KIND = "pebble"
TAKEN_BACK = "pebble_taken_back"
LATE: dict[str, Late] = {
    "pebble.polish": "add",
    "pebble.carve": "edit",
    "pebble.free": "always",
}


class Faults:
    """How often something goes wrong before it goes well."""

    def __init__(self) -> None:
        self.left: dict[str, int] = {}

    def happens(self, name: str) -> bool:
        """True as often as a test asked for."""
        self.left[name] = self.left.get(name, 0) - 1
        return self.left[name] >= 0


faults = Faults()


def laid(agent_id: UUID | None = None) -> int:
    """How many pebbles there are, of one agent or of all."""
    found = Conflict.objects.filter(kind=KIND)
    return found.filter(agent=agent_id).count() if agent_id else found.count()


def lay_many(agent_id: UUID, ids: list[UUID], *, text: str = "1") -> None:
    """Pebbles by one transaction: one version."""
    with book.recording() as changes:
        Conflict.objects.bulk_create(
            Conflict(
                pk=pebble, kind=KIND, entity=KIND, entity_id=pebble, agent_id=agent_id, reason=text
            )
            for pebble in ids
        )
        changes.put(agent_id, KIND, ids)


def drop(agent_id: UUID, ids: list[UUID]) -> None:
    """Take pebbles out of a book."""
    with book.recording() as changes:
        Conflict.objects.filter(pk__in=ids).update(kind="gone")
        changes.drop(agent_id, KIND, ids, reason="closed")


def hand(giver: UUID, taker: UUID, ids: list[UUID], *, into: UUID | None = None) -> None:
    """Pebbles go to another book; with `into` they end as that one."""
    with book.recording() as changes:
        Conflict.objects.filter(pk__in=ids).update(agent=taker)
        if into is None:
            changes.drop(giver, KIND, ids, reason="reassigned")
            changes.put(taker, KIND, ids)
        else:
            changes.drop(giver, KIND, ids, reason="merged", into_id=into)


def lay_op(seq: int, *, weight: int = 1, **members: object) -> Body:
    """An operation that lays a pebble of its own id."""
    extra = {key: members.pop(key) for key in ("fault", "other") if key in members}
    entity_id = members.pop("entity_id", new_id())
    return op(seq, "pebble.lay", entity_id=entity_id, data={"weight": weight} | extra, **members)


def polish_op(seq: int, pebble: object, **members: Any) -> Body:
    """An operation on a pebble that lies there, additive unless it is of another kind."""
    kind = members.pop("kind", "pebble.polish")
    data = {"pebble_id": str(pebble), "weight": 9}
    return op(seq, kind, data=data, **members)


def lay(operation: Op) -> Result:
    """The pebble's own handler."""
    weight = operation.data["weight"]
    if weight < 0:
        raise Invalid(errors=(FieldError(pointer="/data/weight", code="too_light"),))
    if operation.decision == "merge":
        into = {"into": str(other_of(operation))}
        return Result(word="redirected", code="merged", extra=into)
    with book.recording() as changes:
        Conflict.objects.create(
            pk=operation.entity_id,
            kind=KIND,
            entity=KIND,
            entity_id=operation.entity_id,
            agent_id=operation.agent_id,
            reason=str(weight),
        )
        changes.put(operation.agent_id, KIND, [operation.entity_id])
        fail(str(operation.data.get("fault", "")), operation)
    if operation.data.get("fault") == "conflict" and operation.decision is None:
        return Result(word="conflict", code="pebble_taken", other_id=other_of(operation))
    return Result(word="applied", rev=1, warnings=("light",) if weight == 0 else ())


def other_of(operation: Op) -> UUID:
    """The pebble that was there first."""
    return UUID(operation.data.get("other", str(operation.op_id)))


def fail(fault: str, operation: Op) -> None:
    """After the effect was written, so that only a rollback can undo it."""
    if fault in FAULTS:
        FAULTS[fault](operation)


def _bug(operation: Op) -> None:
    raise ZeroDivisionError("NIK 3515000000000001")


def _constraint(operation: Op) -> None:
    Conflict.objects.create(
        pk=operation.entity_id, kind=KIND, entity_id=new_id(), agent_id=operation.agent_id
    )


def _deferred(operation: Op) -> None:
    """The foreign key is judged at COMMIT, outside the savepoint."""
    Conflict.objects.create(kind="odd", entity_id=new_id(), agent_id=new_id())


def _timeout(operation: Op) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '20ms'")
        cursor.execute("SELECT pg_sleep(5)")


def _death(operation: Op) -> None:
    if faults.happens("death"):
        raise SystemExit


def _deadlock(operation: Op) -> None:
    if faults.happens("deadlock"):
        raise OperationalError from DeadlockDetected()


def _away(operation: Op) -> None:
    raise Unavailable


FAULTS: dict[str, Callable[[Op], None]] = {
    "bug": _bug,
    "constraint": _constraint,
    "deferred": _deferred,
    "timeout": _timeout,
    "death": _death,
    "deadlock": _deadlock,
    "away": _away,
}


def polish(operation: Op) -> Result:
    """Changes a pebble under a lock of its own."""
    pebble_id = UUID(operation.data["pebble_id"])
    if operation.late is not None and operation.late.code == "held":
        stop_held(operation, code=TAKEN_BACK, now=operation.received_at)
        return Result(word="applied", entity_id=pebble_id)
    with book.recording() as changes:
        if faults.happens("moved"):
            raise NotInBook
        pebble = Conflict.objects.select_for_update(no_key=True).filter(pk=pebble_id).first()
        if pebble is None or not operation.may_work_on(pebble.agent_id):
            raise NotInBook
        pebble.reason = str(operation.data["weight"])
        pebble.save(update_fields=["reason"])
        changes.put(pebble.agent_id, KIND, [pebble_id])
    return Result(word="applied", entity_id=pebble_id, rev=2)


def rows(agent_id: UUID, ids: Iterable[UUID]) -> Callable[[], dict[UUID, Row]]:
    """Only what lies in this agent's book."""
    mine = Conflict.objects.filter(kind=KIND, agent=agent_id, entity_id__in=list(ids))
    found = list(mine.values_list("entity_id", "reason"))
    return lambda: {row_id: {"weight": text} for row_id, text in found}


@pytest.fixture
def pebbles(monkeypatch: pytest.MonkeyPatch) -> Faults:
    """The kinds and the entity, registered for one test."""
    kept = ("_kinds", "_upcasters", "_steps", "_rows", "_additions", "_config", "_rulings", "_seen")
    for name in kept:
        monkeypatch.setattr(registry, name, dict(getattr(registry, name)))
    registry.operation("pebble.lay", v=1, on=KIND, creates=True)(lay)
    for name, late in LATE.items():
        registry.operation(name, v=1, on=KIND, key="pebble_id", late=late)(polish)
    registry.rows(KIND)(rows)
    faults.left = {}
    return faults
