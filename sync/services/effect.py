"""The effect of one operation, or the reason why there is none."""

import traceback
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError
from psycopg.errors import QueryCanceled
from psycopg_pool import PoolTimeout

from perisai.errors import DomainError, FieldError, Invalid, Unavailable
from sync import registry
from sync.errors import NotInBook, SealedUnsupported, UnknownDependency, UnsupportedKind
from sync.models import BookEntry, Conflict, DropReason, Operation, OperationNeed, ResultWord
from sync.registry import Kind, Op, Result, Step
from sync.services import book
from sync.services.envelope import UUID_SHAPE, SentOp
from sync.services.results import Outcome, needs, outcome_of, parked, rejected

log = structlog.get_logger(__name__)

EFFECTIVE = frozenset({ResultWord.APPLIED, ResultWord.MERGED, ResultWord.REDIRECTED})
STILL_THERE = frozenset({DropReason.CLOSED, DropReason.OUT_OF_WINDOW})


class _Waits(Exception):
    """Other operations must be applied first."""

    def __init__(self, op_ids: list[UUID]) -> None:
        super().__init__()
        self.op_ids = op_ids


class _Undone(Exception):
    """The handler says that nothing is to be applied; carries its result out of the savepoint."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.result = result


def take_effect(sent: SentOp, op: Op, row: Operation) -> Outcome:
    """Run one operation inside its transaction; whatever it is, it has an outcome.

    A refused effect is rolled back to its savepoint. Raises only what makes the whole transaction
    worth repeating: Unavailable, a deadlock, a lock not granted, a lost connection.
    """
    try:
        return outcome_of(_carry_out(sent, op))
    except _Waits as waits:
        wanted = [OperationNeed(operation=row, needs=op_id) for op_id in waits.op_ids]
        OperationNeed.objects.bulk_create(wanted)
        return needs(waits.op_ids)
    except _Undone as undone:
        return _undone(undone.result, op, row)
    except Unavailable:
        raise
    except DomainError as refusal:
        return rejected(refusal)
    except Exception as fault:  # a poison operation must not stop those behind it
        if is_passing(fault):
            raise
        note_parked(sent, fault)
        return parked()


def hold_after_loss(sent: SentOp, op: Op, row: Operation) -> Outcome:
    """What was made on a device after it was lost: a person decides whose hand it was.

    Notes and filled places go through: by a note the phone tells that it is wiped.
    """
    kind = registry.kind_of(sent.kind, sent.v)
    if kind is None or not kind.on:
        return take_effect(sent, op, row)
    return _undone(_named(Result(word="conflict", code="device_lost"), op, kind), op, row)


def is_passing(fault: Exception) -> bool:
    """Whether the same statement may succeed later: database away, lock, deadlock.

    A statement that ran into its timeout would do so again.
    """
    is_ours = isinstance(fault, OperationalError | InterfaceError | PoolTimeout)
    return is_ours and not isinstance(fault.__cause__, QueryCanceled)


def note_parked(sent: SentOp, fault: BaseException | None) -> None:
    """Tell operators which operation failed, and where; never with what data."""
    frames = traceback.extract_tb(fault.__traceback__) if fault else []
    diagnosis = getattr(fault.__cause__ if fault else None, "diag", None)
    log.error(
        "operation_parked",
        op_id=str(sent.op_id),
        kind=sent.kind,
        fault=type(fault).__name__ if fault else "worker_died",
        constraint=getattr(diagnosis, "constraint_name", None),
        where=[f"{frame.filename}:{frame.lineno}" for frame in frames[-3:]],
    )


def _carry_out(sent: SentOp, op: Op) -> Result:
    kind = _kind_of(sent)
    _check_dependencies(sent, op.agent_id)
    _check_place(op, kind)
    try:
        return _run(op, kind)
    except NotInBook:  # it moved between the look at the book and the handler's own lock
        _check_place(op, kind)
        return _run(op, kind)


def _kind_of(sent: SentOp) -> Kind:
    if "sealed" in sent.body:
        raise SealedUnsupported
    kind = registry.kind_of(sent.kind, sent.v)
    if kind is None:
        raise UnsupportedKind
    pointer = _zero_in(sent.data, "/data")
    if pointer is not None:
        raise Invalid(errors=(FieldError(pointer=pointer, code="control_character"),))
    return kind


def _zero_in(value: object, pointer: str) -> str | None:
    """Where a text holds U+0000, which no column can."""
    if isinstance(value, str):
        return pointer if "\0" in value else None
    inner: Iterable[tuple[object, object]] = ()
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = (_zero_in(item, f"{pointer}/{key}") for key, item in inner)
    return next((place for place in found if place), None)


def _check_dependencies(sent: SentOp, agent_id: UUID) -> None:
    """Raises UnknownDependency for an operation that this agent never sent, or waits."""
    if not sent.depends_on:
        return
    found = Operation.objects.filter(op_id__in=sent.depends_on, agent=agent_id, same_as=None)
    results = dict(found.values_list("op_id", "result"))
    if any(op_id not in results for op_id in sent.depends_on):
        raise UnknownDependency
    waits_for = [op_id for op_id in sent.depends_on if results[op_id] not in EFFECTIVE]
    if waits_for:
        raise _Waits(waits_for)


def _check_place(op: Op, kind: Kind) -> None:
    """The record must be in this agent's book: unknown and foreign are one answer.

    Read from BookEntry alone. A record whose own making still waits makes this one wait too.
    """
    if kind.creates or not kind.on:
        return
    record = _record_of(op, kind)
    entry = BookEntry.objects.filter(
        book__agent=op.agent_id, entity=kind.on, entity_id=record
    ).values_list("is_present", "reason")
    for is_present, reason in entry:
        if is_present or reason in STILL_THERE:
            return
        raise NotInBook
    waits_for = _makers_that_wait(op.agent_id, record, kind.on)
    if waits_for:
        raise _Waits(waits_for)
    raise NotInBook


def _record_of(op: Op, kind: Kind) -> UUID:
    if kind.key == "entity_id":
        return op.entity_id
    value = op.data.get(kind.key)
    if isinstance(value, str) and UUID_SHAPE.fullmatch(value):
        return UUID(value)
    code: Literal["required", "not_an_id"] = "required" if value is None else "not_an_id"
    raise Invalid(errors=(FieldError(pointer=f"/data/{kind.key}", code=code),))


def _makers_that_wait(agent_id: UUID, record: UUID, entity: str) -> list[UUID]:
    """The newest of this agent's operations that would make the record, none of them applied."""
    makers = [name for name, v in registry.known_kinds() if _makes(name, v, entity)]
    found = Operation.objects.filter(
        agent=agent_id, entity_id=record, kind__in=makers, same_as=None
    )
    results = list(found.order_by("received_at", "seq").values_list("op_id", "result"))
    if not results or any(result in EFFECTIVE for _, result in results):
        return []
    return [results[-1][0]]


def _makes(name: str, v: int, entity: str) -> bool:
    kind = registry.kind_of(name, v)
    return kind is not None and kind.creates and kind.on == entity


def _run(op: Op, kind: Kind) -> Result:
    """Handler and steps in one savepoint; a result without an effect leaves none behind."""
    with book.recording():
        result = kind.handler(op)
        if result.word not in EFFECTIVE:
            raise _Undone(_named(result, op, kind))
        for step in registry.steps_of(kind.name, kind.v):
            result = _take_step(step, op, result)
    return _named(result, op, kind)


def _take_step(step: Step, op: Op, result: Result) -> Result:
    """A rule of a higher app that says no adds a warning and never undoes the handler."""
    try:
        with book.recording():
            return step(op, result)
    except Unavailable:
        raise
    except DomainError as refusal:
        return replace(result, warnings=(*result.warnings, refusal.code))


def _named(result: Result, op: Op, kind: Kind) -> Result:
    """A result says which record it is about."""
    return replace(
        result,
        entity=result.entity or kind.on,
        entity_id=result.entity_id or op.entity_id,
    )


def _undone(result: Result, op: Op, row: Operation) -> Outcome:
    """A conflict opens the case that a person decides, of its own kind or that of the code."""
    if result.word == "rejected":
        return rejected(Invalid(), code=result.code or Invalid.code)
    if result.word != "conflict":
        return outcome_of(result)
    case = Conflict.objects.create(
        kind=result.case or result.code,
        entity=result.entity,
        entity_id=result.entity_id or op.entity_id,
        other_id=result.other_id,
        agent_id=op.agent_id,
        operation=row,
    )
    return outcome_of(result, conflict_id=case.pk)
