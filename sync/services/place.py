"""Where a record stands for the author of an operation, read from the books alone.

A record that left the author's book may still take her work (late work), under the class of the
kind and by the time at which the operation was made. Unknown and foreign records are one answer.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from django.db.models import Min, Subquery

from perisai.errors import FieldError, Invalid
from sync import registry
from sync.errors import NotInBook
from sync.models import (
    Acknowledgement,
    BookEntry,
    DropReason,
    Epoch,
    Operation,
    Outbox,
    ResultWord,
)
from sync.registry import Kind, LateWork, Op, Result
from sync.services.envelope import UUID_SHAPE

EFFECTIVE = frozenset({ResultWord.APPLIED, ResultWord.MERGED, ResultWord.REDIRECTED})
STILL_THERE = frozenset({"", DropReason.CLOSED, DropReason.OUT_OF_WINDOW})
CREDITED_WITHIN: Final = timedelta(days=14)
KEPT_WITHIN: Final = timedelta(days=90)
MOST_REPLACED: Final = 10  # how often a phone may have corrected one operation


class Waits(Exception):
    """Other operations must be applied first."""

    def __init__(self, op_ids: list[UUID]) -> None:
        super().__init__()
        self.op_ids = op_ids


class Undone(Exception):
    """Nothing is to be applied; carries the result out of the savepoint."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.result = result


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drop:
    """How a record left a book."""

    version: int
    dropped_at: datetime
    code: Literal["reassigned", "merged"]


def placed(op: Op, kind: Kind) -> Op:
    """The operation about the record that it is about now, with `late` if that left the book.

    Raises NotInBook, Invalid for what is no id, Waits while the record's own making waits, and
    Undone where a person must decide on the late work.
    """
    if kind.creates or not kind.on:
        return op
    if not kind.maker:
        return _at(op, kind, record_of(op, kind))
    maker = _made_by(op, kind)
    if maker.about_id is None:
        raise NotInBook
    if str(maker.entity_id) != op.data.get(kind.key):  # a correction has an id of its own
        op = replace(op, data={**op.data, kind.key: str(maker.entity_id)})
    return _at(op, kind, maker.about_id)


def record_of(op: Op, kind: Kind) -> UUID:
    """The record that the operation names, or on which hangs what it names. Raises Invalid."""
    if kind.key == "entity_id":
        return op.entity_id
    value = op.data.get(kind.key)
    if isinstance(value, str) and UUID_SHAPE.fullmatch(value):
        named = UUID(value)
        return named if kind.names is None else kind.names(named) or named
    code: Literal["required", "not_an_id"] = "required" if value is None else "not_an_id"
    raise Invalid(errors=(FieldError(pointer=f"/data/{kind.key}", code=code),))


def replaced_among(op_ids: Collection[UUID], agent_id: UUID) -> set[UUID]:
    """Those of these operations that the agent corrected by another one; one statement at most."""
    if not op_ids:
        return set()
    later = Operation.objects.filter(replaces__in=op_ids, agent=agent_id, same_as=None)
    return {op_id for op_id in later.values_list("replaces", flat=True) if op_id is not None}


def replacement_of(op_id: UUID, agent_id: UUID) -> Operation | None:
    """The applied operation that stands for a refused one, however often it was corrected."""
    wanted = [op_id]
    for _ in range(MOST_REPLACED):
        found = Operation.objects.filter(replaces__in=wanted, agent=agent_id, same_as=None)
        later = list(found.order_by("received_at", "seq").defer("body"))
        applied = [one for one in later if one.result in EFFECTIVE]
        if applied or not later:
            return applied[-1] if applied else None
        wanted = [one.op_id for one in later]
    return None


def _at(op: Op, kind: Kind, record: UUID) -> Op:
    entry = _entry(op.agent_id, kind.on, record)
    if entry is None:
        return _without_entry(op, kind, record)
    if entry.reason in STILL_THERE:
        return _about(op, kind, record)
    if entry.reason == DropReason.MERGED and entry.into_id is not None:
        return _at_merged(op, kind, entry)
    if entry.reason == DropReason.REASSIGNED:
        return _late(op, kind, record, _drop_of(entry, "reassigned"))
    raise NotInBook


def _entry(agent_id: UUID, entity: str, record: UUID) -> BookEntry | None:
    return BookEntry.objects.filter(book__agent=agent_id, entity=entity, entity_id=record).first()


def _drop_of(entry: BookEntry, code: Literal["reassigned", "merged"]) -> _Drop:
    return _Drop(version=entry.version, dropped_at=entry.changed_at, code=code)


def _at_merged(op: Op, kind: Kind, entry: BookEntry) -> Op:
    """Work on a merged record goes to the one that it was merged into, wherever that is."""
    drop = _drop_of(entry, "merged")
    seen: set[UUID] = set()
    into: BookEntry | None = entry
    while into is not None and into.reason == DropReason.MERGED and into.into_id is not None:
        record = into.into_id
        if record in seen:
            raise NotInBook
        seen.add(record)
        into = _entry(op.agent_id, kind.on, record)
    if into is not None and into.reason in STILL_THERE:
        return replace(_about(op, kind, record), late=LateWork(code="merged"))
    if into is not None and into.reason == DropReason.REASSIGNED:
        return _late(op, kind, record, _drop_of(into, "reassigned"))
    return _late(op, kind, record, drop)


def _late(op: Op, kind: Kind, record: UUID, drop: _Drop) -> Op:
    """Work on a record that somebody else looks after, by the class of the kind.

    A person who decides has looked at both sides: no time bounds his word.
    """
    age = op.adjusted_at - drop.dropped_at
    is_credited = age <= CREDITED_WITHIN and _was_made_unaware(op, drop)
    about = replace(
        _about(op, kind, record), late=LateWork(code=drop.code, is_credited=is_credited)
    )
    if op.decision is not None or kind.late == "always":
        return about
    if kind.late == "edit":
        if not is_credited:
            raise NotInBook
        conflict = Result(word="conflict", code="reassigned", entity=kind.on, entity_id=record)
        raise Undone(conflict)
    if not is_credited and age > KEPT_WITHIN:
        raise NotInBook
    return about


def _was_made_unaware(op: Op, drop: _Drop) -> bool:
    """Whether the operation was made before its device had given the row up."""
    if op.adjusted_at <= drop.dropped_at:
        return True
    given_up_at = _given_up_at(op.device_id, drop)
    return given_up_at is None or op.adjusted_at <= given_up_at


def _given_up_at(device_id: UUID, drop: _Drop) -> datetime | None:
    """When the device first acknowledged the drop; None if it has not."""
    epoch = Subquery(Epoch.objects.values("name")[:1])
    heard = Acknowledgement.objects.filter(device=device_id, epoch=epoch, version__gte=drop.version)
    first: datetime | None = heard.aggregate(first=Min("at"))["first"]
    if first is not None:
        return first
    # Acknowledged before such instants were kept one by one: the last of them bounds the first.
    outbox = Outbox.objects.filter(
        device=device_id, acked_epoch=epoch, acked_version__gte=drop.version
    )
    return outbox.values_list("acked_at", flat=True).first()


def _without_entry(op: Op, kind: Kind, record: UUID) -> Op:
    """Never in the book: its making waits, was replaced by another one, or nobody knows it."""
    maker = _newest_maker(op.agent_id, record, _makers_of(kind.on))
    if maker is not None and maker.result not in EFFECTIVE:
        stands_for = replacement_of(maker.op_id, op.agent_id)
        if stands_for is not None and stands_for.entity_id != record:
            return _at(op, kind, stands_for.entity_id)
        if kind.late != "always":
            raise Waits([maker.op_id])
        held = LateWork(code="held", maker=maker.op_id)
        return replace(_about(op, kind, record), late=held)
    if kind.late != "always":
        raise NotInBook
    return replace(_about(op, kind, record), late=LateWork(code="unknown", is_credited=False))


def _made_by(op: Op, kind: Kind) -> Operation:
    """The author's own operation that made what is named, or the one that stands for it.

    Raises NotInBook if there was none, Waits while it waits.
    """
    named = record_of(op, replace(kind, names=None))
    maker = _newest_maker(op.agent_id, named, [kind.maker])
    if maker is None:
        raise NotInBook
    if maker.result in EFFECTIVE:
        return maker
    stands_for = replacement_of(maker.op_id, op.agent_id)
    if stands_for is None or stands_for.kind != kind.maker:
        raise Waits([maker.op_id])
    return stands_for


def _newest_maker(agent_id: UUID, record: UUID, makers: list[str]) -> Operation | None:
    """The applied one, or else the newest, of this agent's operations that make the record."""
    found = Operation.objects.filter(
        agent=agent_id, entity_id=record, kind__in=makers, same_as=None
    )
    results = list(found.order_by("received_at", "seq").defer("body"))
    applied = [one for one in results if one.result in EFFECTIVE]
    newest = (applied or results)[-1:]
    return newest[0] if newest else None


def _makers_of(entity: str) -> list[str]:
    known = [(name, registry.kind_of(name, v)) for name, v in registry.known_kinds()]
    return [name for name, kind in known if kind and kind.creates and kind.on == entity]


def _about(op: Op, kind: Kind, record: UUID) -> Op:
    """The same operation about another record; what hangs on a record goes with it."""
    if kind.maker:
        return op
    if kind.key == "entity_id":
        return op if op.entity_id == record else replace(op, entity_id=record)
    if op.data.get(kind.key) == str(record):
        return op
    return replace(op, data={**op.data, kind.key: str(record)})
