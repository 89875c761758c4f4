"""A phone asks what changed in its book since its cursor."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from perisai.burdens import DELTA, WALK, must_bear
from perisai.errors import CursorInvalid
from perisai.models import Device
from perisai.sent_ahead import sent_ahead
from sync.errors import CursorExpired, EpochChanged
from sync.services.app_versions import must_be_able_to_pull, too_old
from sync.services.cursor import WHOLE, Cursor, opened, signed
from sync.services.page import (
    DEFAULT_BYTES,
    MAX_BYTES,
    MIN_BYTES,
    Entries,
    Filled,
    Sum,
    ask_rows,
    ask_sum,
    entries_after,
    fill,
)
from sync.services.rhythm import next_sync_after
from sync.services.standing import Standing, standing_of

SCHEMAS = (1,)  # row schemas that a pull serves
NOTED_EVERY = timedelta(minutes=5)

# One statement, also for a device that has no outbox yet: what it inserts is not what it updates.
# Never waits: a push of the same device may hold the row, and a pull's note can come later.
NOTE_PULL = """
    WITH noted AS (
        SELECT device_id,
            CASE WHEN acked_epoch = %(epoch)s THEN acked_version ELSE 0 END AS version
        FROM sync_outbox WHERE device_id = %(device)s
        FOR NO KEY UPDATE SKIP LOCKED
    ), gave_up AS (
        INSERT INTO sync_acknowledgement (device_id, epoch, version, at)
        SELECT device_id, %(epoch)s, %(acked)s, %(now)s FROM noted
        WHERE EXISTS (
            SELECT FROM sync_bookentry e
            WHERE e.book_id = %(book)s AND e.version > noted.version AND e.version <= %(acked)s
              AND e.reason IN ('reassigned', 'merged')
        )
        ON CONFLICT DO NOTHING
    ), opened AS (
        INSERT INTO sync_outbox (device_id, last_seq, last_pull_at, acked_epoch, acked_version,
            acked_at, reported_count, clock_offset_ms)
        VALUES (%(device)s, 0, %(now)s, %(epoch)s, %(acked)s, %(now)s, 0, 0)
        ON CONFLICT DO NOTHING
    )
    UPDATE sync_outbox SET last_pull_at = %(now)s, acked_epoch = %(epoch)s,
        acked_version = %(acked)s,
        acked_at = CASE WHEN (acked_epoch, acked_version) = (%(epoch)s, %(acked)s)
            THEN acked_at ELSE %(now)s END,
        resync_wanted_at = CASE WHEN %(walks)s THEN NULL ELSE resync_wanted_at END
    WHERE device_id IN (SELECT device_id FROM noted)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a phone asks with: its cursor (none: a walk), room, newest schema, and its tag."""

    schema: int
    cursor: str | None = None
    max_bytes: int = DEFAULT_BYTES
    tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """What only the last page tells, so that the phone can prove that it holds the same rows."""

    book_version: int
    counts: dict[str, int]
    digest: str
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of changes, each a JSON text; `last` is set where the book ends."""

    book_id: UUID
    epoch: str
    is_full: bool
    changes: tuple[bytes, ...]
    cursor: str
    last: Last | None
    next_sync_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingNew:
    """The phone is at the book's version already."""

    tag: str


def page(
    device: Device, ask: Ask, *, now: datetime, standing: Standing | None = None
) -> Page | NothingNew:
    """The next changes of the device's book, oldest version first; safe to ask again.

    `standing` came with the call's token; without it, it is read.

    Raises CursorInvalid, CursorExpired, EpochChanged or ClientTooOld; the cure of each but the
    last is a walk. Raises Unavailable in a process that is too busy for the page.
    """
    must_be_able_to_pull(device.app_version, now=now)
    schema = schema_for(ask.schema)
    standing = standing or standing_of(device)
    cursor = _start(standing, schema) if ask.cursor is None else _checked(ask.cursor, standing)
    tag = tag_of(standing.epoch, standing.version, schema)
    is_nothing_new = ask.tag == tag and _is_at_the_end(cursor, standing)
    if not is_nothing_new:
        must_bear(DELTA if cursor.began_at is None else WALK)
    if _is_due(standing, cursor, is_nothing_new=is_nothing_new, now=now):
        _note(device, standing, cursor, now=now)
    if is_nothing_new:
        return NothingNew(tag=tag)
    max_bytes = min(max(ask.max_bytes, MIN_BYTES), MAX_BYTES)
    after = next_sync_after(standing.last_pull_at, now=now)
    return _read(cursor, device.agent_id, max_bytes=max_bytes, next_sync_after=after)


def schema_for(newest_read: int) -> int:
    """The newest row schema that both sides know. Raises ClientTooOld when there is none."""
    known = [schema for schema in SCHEMAS if schema <= newest_read]
    if not known:
        raise too_old()
    return max(known)


def tag_of(epoch: str, version: int, schema: int) -> str:
    """The entity tag of a whole book: epoch, version, row schema."""
    return f'"{epoch}-{version}-{schema}"'


def _start(standing: Standing, schema: int) -> Cursor:
    """A walk: everything that is in the book, and what is dropped while it is read."""
    return Cursor(
        book_id=standing.book_id,
        epoch=standing.epoch,
        version=0,
        schema=schema,
        began_at=standing.version,
    )


def _checked(text: str, standing: Standing) -> Cursor:
    cursor = opened(text)
    if cursor.book_id != standing.book_id:
        raise CursorInvalid
    if cursor.epoch != standing.epoch or cursor.version > standing.version:
        raise EpochChanged
    if cursor.schema not in SCHEMAS:
        raise too_old()
    _must_reach(cursor, standing.floor)
    return cursor


def _must_reach(cursor: Cursor, floor: int) -> None:
    """Raises CursorExpired for one that may not have heard of drops which are forgotten now."""
    reached = cursor.acknowledges if cursor.began_at is None else cursor.began_at
    if reached < floor:
        raise CursorExpired


def _is_at_the_end(cursor: Cursor, standing: Standing) -> bool:
    is_whole = cursor.place == WHOLE and cursor.began_at is None
    return is_whole and cursor.version == standing.version


def _is_due(standing: Standing, cursor: Cursor, *, is_nothing_new: bool, now: datetime) -> bool:
    """Contact is written at most every five minutes; with an answer, news is written too."""
    noted_at = standing.last_pull_at
    if noted_at is None or not timedelta(0) <= now - noted_at < NOTED_EVERY:
        return True
    if is_nothing_new:
        return False
    is_resync = cursor.began_at is not None and standing.resync_wanted_at is not None
    return is_resync or cursor.acknowledges > _acked(standing)


def _note(device: Device, standing: Standing, cursor: Cursor, *, now: datetime) -> None:
    values: dict[str, Any] = {
        "device": device.pk,
        "book": standing.book_id,
        "now": now,
        "epoch": standing.epoch,
        "acked": max(cursor.acknowledges, _acked(standing)),
        "walks": cursor.began_at is not None,
    }
    with connection.cursor() as database:
        database.execute(NOTE_PULL, values)


def _acked(standing: Standing) -> int:
    return standing.acked_version if standing.acked_epoch == standing.epoch else 0


def _read(cursor: Cursor, agent_id: UUID, *, max_bytes: int, next_sync_after: int) -> Page:
    entries = entries_after(
        cursor.book_id,
        version=cursor.version,
        place=cursor.place,
        began_at=cursor.began_at or 0,
        max_bytes=max_bytes,
    )
    _must_reach(cursor, entries.floor)  # drops may have been forgotten since the first look
    with sent_ahead():
        made = ask_rows(entries.entries, agent_id=agent_id)
        added_up = ask_sum(cursor.book_id) if entries.ends else None
        filled = fill(entries.entries, made(), max_bytes=max_bytes)
    last = _last(cursor, entries, added_up()) if added_up and filled.is_all else None
    return Page(
        book_id=cursor.book_id,
        epoch=cursor.epoch,
        is_full=cursor.began_at is not None,
        changes=filled.changes,
        cursor=signed(_next(cursor, entries, filled, is_last=last is not None)),
        last=last,
        next_sync_after=next_sync_after,
    )


def _last(cursor: Cursor, entries: Entries, book: Sum) -> Last | None:
    """None if the book went on since the entries were read: then there is more to tell."""
    if book.book_version != entries.book_version:
        return None
    return Last(
        book_version=book.book_version,
        counts=book.counts,
        digest=book.digest,
        tag=tag_of(cursor.epoch, book.book_version, cursor.schema),
    )


def _next(cursor: Cursor, entries: Entries, filled: Filled, *, is_last: bool) -> Cursor:
    """Where the next page begins; a walk becomes a delta once the book has ended."""
    began_at = None if is_last else cursor.began_at
    if entries.ends and filled.fits:
        version, place = entries.book_version, WHOLE
    elif filled.last is not None:
        version, place = filled.last.version, filled.last.id
    else:
        version, place = cursor.version, cursor.place
    return Cursor(
        book_id=cursor.book_id,
        epoch=cursor.epoch,
        version=version,
        schema=cursor.schema,
        place=place,
        began_at=began_at,
    )
