"""The effect of one operation, or the reason why there is none."""

import traceback
from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

import structlog
from billiard.exceptions import SoftTimeLimitExceeded
from psycopg.errors import QueryCanceled

from perisai.deadlines import is_away
from perisai.errors import DomainError, FieldError, Invalid, Unavailable
from sync import registry
from sync.errors import NotInBook, SealedUnsupported, UnknownDependency, UnsupportedKind
from sync.models import Conflict, Operation, OperationNeed
from sync.registry import Kind, Op, Result, Step
from sync.services import book
from sync.services.book_size import BOOK_LARGE, is_large
from sync.services.cases import show_case
from sync.services.envelope import SentOp
from sync.services.late_captures import report_late
from sync.services.place import (
    EFFECTIVE,
    Undone,
    Waits,
    placed,
    record_of,
    replaced_among,
    replacement_of,
)
from sync.services.results import Outcome, needs, outcome_of, parked, rejected

log = structlog.get_logger(__name__)


def take_effect(sent: SentOp, op: Op, row: Operation) -> Outcome:
    """Run one operation inside its transaction; whatever it is, it has an outcome.

    A refused effect is rolled back to its savepoint. Raises only what makes the whole transaction
    worth repeating: Unavailable, a deadlock, a lock not granted, a lost connection, a task's end.
    """
    try:
        return _run_or_wait(sent, op, row)
    except Undone as undone:
        return outcome_without_effect(undone.result, op, row)
    except (Unavailable, SoftTimeLimitExceeded):
        raise
    except DomainError as refusal:
        return rejected(refusal)
    except Exception as fault:  # a poison operation must not stop those behind it
        if is_passing(fault):
            raise
        note_parked(sent, fault)
        return parked()


def carry_out(sent: SentOp, op: Op) -> Result:
    """Handler and steps of one operation, on the record that it is about now.

    Raises Waits, Undone with a result that has no effect, and the refusals of the rules.
    """
    kind, op = _kind_of(sent), registry.modern(op)
    _check_dependencies(sent, op.agent_id)
    try:
        return _run(placed(op, kind), kind)
    except NotInBook:  # it moved between the look at the book and the handler's own lock
        return _run(placed(op, kind), kind)


def is_held_after_loss(sent: SentOp) -> bool:
    """Whether a person decides on it if it was made on a device after its loss.

    Notes and filled places go through: by a note the phone tells that it is wiped. So does what is
    never refused: who takes her consent back is heard at once, whoever brings her word.
    """
    kind = registry.kind_for(sent.kind, sent.v, sent.data)
    return kind is not None and bool(kind.on) and kind.late != "always"


def hold_after_loss(sent: SentOp, op: Op, row: Operation) -> Outcome:
    """What was made on a device after it was lost: a person decides whose hand it was.

    On a record that was never in its book nobody needs to: whoever holds the phone learns nothing
    of it, and no case of hers keeps anything about somebody else.
    """
    kind = registry.kind_for(sent.kind, sent.v, sent.data)
    if kind is None:
        raise AssertionError("only what has a kind is held")
    op, lost = registry.modern(op), Result(word="conflict", code="device_lost", entity=kind.on)
    try:
        lost = _named(lost, placed(op, kind), kind)
    except NotInBook as fault:
        return rejected(fault)
    except Undone:  # a record that left her book: the person who decides hears what it comes to
        lost = _named(lost, op, kind)
    except (Invalid, Waits):  # nobody knows yet what it is about: it names what it makes alone
        lost = replace(lost, entity_id=op.entity_id)
    return outcome_without_effect(lost, op, row)


def is_passing(fault: Exception) -> bool:
    """Whether the same statement may succeed later: it was not the operation that failed.

    A statement that ran into its timeout would do so again.
    """
    return is_away(fault) and not isinstance(fault.__cause__, QueryCanceled)


def note_parked(sent: SentOp | Operation, fault: BaseException | None) -> None:
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


def outcome_without_effect(result: Result, op: Op, row: Operation) -> Outcome:
    """A conflict opens the case that a person decides, of its own kind or that of the code.

    The author's phone sees on the record that a case about it is open.
    """
    if result.word == "rejected":
        return rejected(Invalid(), code=result.code or Invalid.code)
    if result.word != "conflict":
        return outcome_of(result)
    case = Conflict.objects.create(
        kind=result.case or result.code,
        entity=result.entity,
        entity_id=result.entity_id or op.entity_id,
        other_id=result.other_id,
        agent_id=row.agent_id,
        operation=row,
    )
    show_case(case)
    return outcome_of(result, conflict_id=case.pk)


def _run_or_wait(sent: SentOp, op: Op, row: Operation) -> Outcome:
    """Under a lock of what it waits for: who applies that one meanwhile sees who waits, or we see
    that it is applied.
    """
    try:
        return outcome_of(carry_out(sent, op))
    except Waits as waits:
        needed = Operation.objects.filter(op_id__in=waits.op_ids, same_as=None).order_by("pk")
        list(needed.select_for_update(no_key=True).values_list("result"))
    try:
        return outcome_of(carry_out(sent, op))
    except Waits as waits:
        wanted = [OperationNeed(operation=row, needs=op_id) for op_id in waits.op_ids]
        OperationNeed.objects.bulk_create(wanted)
        return needs(waits.op_ids)


def _kind_of(sent: SentOp) -> Kind:
    if "sealed" in sent.body:
        raise SealedUnsupported
    kind = registry.kind_for(sent.kind, sent.v, sent.data)
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
    if isinstance(value, dict) and any("\0" in key for key in value):
        return pointer  # a place that is named by such a key could not be written either
    found = (_zero_in(item, f"{pointer}/{key}") for key, item in inner)
    return next((place for place in found if place), None)


def _check_dependencies(sent: SentOp, agent_id: UUID) -> None:
    """Raises UnknownDependency for an operation that this agent never sent, or Waits."""
    if not sent.depends_on:
        return
    found = Operation.objects.filter(op_id__in=sent.depends_on, agent=agent_id, same_as=None)
    results = dict(found.values_list("op_id", "result"))
    if any(op_id not in results for op_id in sent.depends_on):
        raise UnknownDependency
    undone = [op_id for op_id in sent.depends_on if results[op_id] not in EFFECTIVE]
    replaced = replaced_among(undone, agent_id)
    waits_for = [
        op_id
        for op_id in undone
        if op_id not in replaced or replacement_of(op_id, agent_id) is None
    ]
    if waits_for:
        raise Waits(waits_for)


def _run(op: Op, kind: Kind) -> Result:
    """Handler and steps in one savepoint; a result without an effect leaves none behind."""
    with book.recording():
        result = kind.handler(op)
        if result.word not in EFFECTIVE:
            raise Undone(_named(result, op, kind))
        for step in registry.steps_of(kind.name, kind.v):
            result = _take_step(step, op, result)
        if kind.creates and is_large(op.agent_id):
            result = replace(result, warnings=(*result.warnings, BOOK_LARGE))
        result = _named(result, op, kind)
        _keep_alias(result, op, kind)
        report_late(op, kind, result)
    return _redirected(result, op, kind)


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
        entity_id=result.entity_id or _record_or_own(op, kind),
    )


def _record_or_own(op: Op, kind: Kind) -> UUID:
    try:
        return record_of(op, kind) if kind.on else op.entity_id
    except Invalid:
        return op.entity_id


def _keep_alias(result: Result, op: Op, kind: Kind) -> None:
    """What a phone made and the server put on another record: its own id stays an alias."""
    into = result.extra.get("into")
    if not kind.creates or result.word != "redirected" or into in {None, str(op.entity_id)}:
        return
    with book.recording() as changes:
        changes.drop(op.agent_id, kind.on, [op.entity_id], reason="merged", into_id=UUID(str(into)))


def _redirected(result: Result, op: Op, kind: Kind) -> Result:
    """Late work says on whose record it counts, and whether it is credited to its author."""
    if op.late is None or op.late.code == "held":
        return result
    code = "merged" if op.late.code == "merged" else "reassigned"
    into = {"into": str(record_of(op, kind)), "credited": op.late.is_credited}
    return replace(result, word="redirected", code=code, extra={**result.extra, **into})
