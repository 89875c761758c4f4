"""One page of a book: the entries in one snapshot, then their rows as they may be seen now."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from sync import registry
from sync.services.digest import book_digest

MIN_BYTES = 16 * 1024
MAX_BYTES = 1024 * 1024
DEFAULT_BYTES = 256 * 1024
ENVELOPE_BYTES = 512  # what a page says beside its changes
BYTES_A_CHANGE = 640  # a lean member's row: few rows are read and not sent

# One statement is one snapshot, and commit order is version order: it holds every entry up to the
# version that it shows, and none above. Counts and digest are computed only at the end of the book.
READ_ENTRIES = """
    WITH page AS MATERIALIZED (
        SELECT id, entity, entity_id, version, is_present, reason, into_id
        FROM sync_bookentry
        WHERE book_id = %(book)s AND (version, id) > (%(version)s, %(place)s)
          AND (is_present OR version > %(began_at)s)
        ORDER BY version, id LIMIT %(limit)s + 1
    ), held AS MATERIALIZED (
        SELECT entity, count(*) AS rows, bit_xor(leaf) AS leaves
        FROM sync_bookentry
        WHERE book_id = %(book)s AND is_present
          AND (SELECT count(*) FROM page) <= %(limit)s
        GROUP BY entity
    )
    SELECT b.version, b.floor,
        (SELECT coalesce(json_object_agg(entity, rows ORDER BY entity), '{}') FROM held),
        (SELECT coalesce(bit_xor(leaves), 0) FROM held),
        p.id, p.entity, p.entity_id, p.version, p.is_present, p.reason, p.into_id
    FROM sync_book b LEFT JOIN page p ON true
    WHERE b.id = %(book)s
    ORDER BY p.version, p.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of one book as the first statement saw it."""

    id: int
    entity: str
    entity_id: UUID
    version: int
    is_present: bool
    reason: str
    into_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """The entries after a place; `ends` if they reach the end of the book."""

    book_version: int
    floor: int
    entries: tuple[Entry, ...]
    ends: bool
    counts: dict[str, int]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One put (with its row) or drop (with its reason)."""

    entry: Entry
    row: registry.Row | None

    def members(self) -> dict[str, object]:
        """The change as the phone reads it."""
        entry = self.entry
        members: dict[str, object] = {
            "e": entry.entity,
            "id": str(entry.entity_id),
            "ver": entry.version,
        }
        if self.row is not None:
            return members | {"op": "put", "row": self.row}
        members |= {"op": "drop", "reason": entry.reason}
        return members | ({"into": str(entry.into_id)} if entry.into_id else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What fits a page: its changes, the last entry they account for, whether all entries fit."""

    changes: tuple[Change, ...]
    last: Entry | None
    fits: bool
    left_out: bool


def entries_after(
    book_id: UUID, *, version: int, place: int, began_at: int, max_bytes: int
) -> Entries:
    """The entries after a place, about as many as a page of this size can carry.

    Drops up to `began_at` are skipped: a walk tells nothing of what was dropped before it.
    """
    limit = max(1, max_bytes // BYTES_A_CHANGE)
    asked: dict[str, Any] = {
        "book": book_id,
        "version": version,
        "place": place,
        "began_at": began_at,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(READ_ENTRIES, asked)
        found = cursor.fetchall()
    names = tuple(Entry.__dataclass_fields__)
    entries = [Entry(**dict(zip(names, row[4:], strict=True))) for row in found if row[4]]
    book_version, floor, counts, leaves = found[0][:4]
    return Entries(
        book_version=book_version,
        floor=floor,
        entries=tuple(entries[:limit]),
        ends=len(entries) <= limit,
        counts=counts,
        digest=book_digest(leaves),
    )


def fill(entries: tuple[Entry, ...], *, agent_id: UUID, max_bytes: int) -> Filled:
    """Read the rows of the puts and keep what fits, at least one change.

    A row that left the book since the entries were read is left out: nothing leaks, and its drop
    comes on a later page (F39).
    """
    rows = _rows_of(entries, agent_id)
    room = max_bytes - ENVELOPE_BYTES
    kept: list[Change] = []
    last: Entry | None = None
    left_out = False
    for entry in entries:
        row = rows.get((entry.entity, entry.entity_id)) if entry.is_present else None
        if entry.is_present and row is None:
            left_out, last = True, entry
            continue
        change = Change(entry=entry, row=row)
        room -= _size(change)
        if room < 0 and kept:
            return Filled(changes=tuple(kept), last=last, fits=False, left_out=left_out)
        kept.append(change)
        last = entry
    return Filled(changes=tuple(kept), last=last, fits=True, left_out=left_out)


def _rows_of(entries: tuple[Entry, ...], agent_id: UUID) -> dict[tuple[str, UUID], registry.Row]:
    """One statement of each registered reader, for all ids."""
    wanted: dict[str, list[UUID]] = {}
    for entry in entries:
        if entry.is_present:
            wanted.setdefault(entry.entity, []).append(entry.entity_id)
    return dict(_read(wanted, agent_id))


def _read(
    wanted: dict[str, list[UUID]], agent_id: UUID
) -> Iterator[tuple[tuple[str, UUID], registry.Row]]:
    for entity, ids in wanted.items():
        for row_id, row in registry.read_rows(entity, agent_id, ids).items():
            yield (entity, row_id), row


def _size(change: Change) -> int:
    text = json.dumps(change.members(), ensure_ascii=False, separators=(",", ":"))
    return len(text.encode()) + 1
