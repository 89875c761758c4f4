"""One page of a book: the entries in one snapshot, then their rows as they may be seen now."""

from collections.abc import Callable
from dataclasses import dataclass
from json import loads
from typing import Any, NamedTuple
from uuid import UUID

from orjson import dumps

from perisai.ids import Ids
from perisai.sent_ahead import ask
from sync import registry
from sync.services.digest import book_digest

MIN_BYTES = 16 * 1024
MAX_BYTES = 1024 * 1024
DEFAULT_BYTES = 256 * 1024
ENVELOPE_BYTES = 512  # what a page says beside its changes
BYTES_A_CHANGE = 832  # a little more than a lean member's row: few rows are read and not sent

# One statement is one snapshot, and commit order is version order: it holds every entry up to the
# version that it shows, and none above.
READ_ENTRIES = """
    WITH page AS MATERIALIZED (
        SELECT id, entity, entity_id, version, is_present, reason, into_id
        FROM sync_bookentry
        WHERE book_id = %(book)s AND (version, id) > (%(version)s, %(place)s)
          AND (is_present OR version > %(began_at)s OR reason = 'erased')
        ORDER BY version, id LIMIT %(limit)s + 1
    )
    SELECT b.version, b.floor,
        p.id, p.entity, p.entity_id, p.version, p.is_present, p.reason, p.into_id
    FROM sync_book b LEFT JOIN page p ON true
    WHERE b.id = %(book)s
    ORDER BY p.version, p.id
"""
# Asked last, and only where a page ends the book: the database adds up while Python makes the rows.
READ_SUM = """
    SELECT (SELECT version FROM sync_book WHERE id = %(book)s),
        coalesce(json_object_agg(entity, rows ORDER BY entity), '{}')::text,
        coalesce(bit_xor(leaves), 0)
    FROM (
        SELECT entity, count(*) AS rows, bit_xor(leaf) AS leaves
        FROM sync_bookentry WHERE book_id = %(book)s AND is_present GROUP BY entity
    ) held
"""


Change = dict[str, object]
Rows = dict[str, dict[UUID, registry.Row]]


class Entry(NamedTuple):
    """One row of one book as the first statement saw it."""

    id: int
    entity: str
    entity_id: UUID
    version: int
    is_present: bool
    reason: str
    into_id: UUID | None

    def change(self, row: registry.Row | None) -> Change:
        """The put of a row, or the drop, as the phone reads it."""
        members: Change = {"e": self.entity, "id": self.entity_id, "ver": self.version}
        if row is not None:
            members["op"] = "put"
            members["row"] = row
            return members
        members |= {"op": "drop", "reason": self.reason}
        return members | ({"into": self.into_id} if self.into_id else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """The entries after a place; `ends` if they reach the end of the book."""

    book_version: int
    floor: int
    entries: tuple[Entry, ...]
    ends: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """The whole of a book at one version: rows by entity, and the digest of all of them."""

    book_version: int
    counts: dict[str, int]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What fits a page: JSON texts of one change or several, the last entry that they account for,
    whether all fit.
    """

    changes: tuple[bytes, ...]
    last: Entry | None
    fits: bool
    left_out: bool

    @property
    def is_all(self) -> bool:
        """Whether each entry is told."""
        return self.fits and not self.left_out


def entries_after(
    book_id: UUID, *, version: int, place: int, began_at: int, max_bytes: int
) -> Entries:
    """The entries after a place, about as many as a page of this size can carry.

    Drops up to `began_at` are skipped: a walk tells nothing of what was dropped before it, but for
    the erased, of whom a phone must also delete what it had sent.
    """
    limit = max(1, max_bytes // BYTES_A_CHANGE)
    asked: dict[str, Any] = {
        "book": book_id,
        "version": version,
        "place": place,
        "began_at": began_at,
        "limit": limit,
    }
    found = ask(READ_ENTRIES, asked)()
    entries = [Entry._make(row[2:]) for row in found if row[2]]
    book_version, floor = found[0][:2]
    return Entries(
        book_version=book_version,
        floor=floor,
        entries=tuple(entries[:limit]),
        ends=len(entries) <= limit,
    )


def ask_sum(book_id: UUID) -> Callable[[], Sum]:
    """Counts and digest of a book, sent now and read later: perhaps of a newer version then."""
    answer = ask(READ_SUM, {"book": book_id})

    def added_up() -> Sum:
        ((version, counts, leaves),) = answer()
        return Sum(book_version=version, counts=loads(counts), digest=book_digest(leaves))

    return added_up


def ask_rows(entries: tuple[Entry, ...], *, agent_id: UUID) -> Callable[[], Rows]:
    """Read the puts as the agent may see them now; what is returned makes rows of them, by entity.

    One statement of each registered reader, for all ids of an entity.
    """
    wanted: dict[str, list[UUID]] = {}
    for entry in entries:
        ids = wanted.setdefault(entry.entity, [])
        if entry.is_present:
            ids.append(entry.entity_id)
    asked = {
        entity: registry.ask_rows(entity, agent_id, Ids(ids))
        for entity, ids in wanted.items()
        if ids
    }
    return lambda: {entity: asked[entity]() if entity in asked else {} for entity in wanted}


def fill(entries: tuple[Entry, ...], rows: Rows, *, max_bytes: int) -> Filled:
    """Keep what fits, at least one change.

    A row that left the book since the entries were read is left out: nothing leaks, and its drop
    comes on a later page (F39).
    """
    told = [(entry, _change(entry, rows[entry.entity])) for entry in entries]
    room = max_bytes - ENVELOPE_BYTES
    whole = _whole([change for _, change in told if change is not None], room)
    if whole is None:
        return _cut(told, room)
    return Filled(
        changes=whole,
        last=entries[-1] if entries else None,
        fits=True,
        left_out=any(change is None for _, change in told),
    )


def _change(entry: Entry, rows: dict[UUID, registry.Row]) -> Change | None:
    """None for a put whose row has left the book."""
    row = rows.get(entry.entity_id) if entry.is_present else None
    return None if entry.is_present and row is None else entry.change(row)


def _whole(changes: list[Change], room: int) -> tuple[bytes, ...] | None:
    """All changes in one text, written by one call; None if they do not fit, or hardly will."""
    if not changes:
        return ()
    if _size(dumps(changes[0])) * len(changes) > room + room // 8:
        return None
    text = dumps(changes)[1:-1]
    return (text,) if _size(text) <= room else None


def _cut(told: list[tuple[Entry, Change | None]], room: int) -> Filled:
    """What fits of too many, one by one."""
    kept: list[bytes] = []
    last: Entry | None = None
    left_out = False
    for entry, change in told:
        if change is None:
            left_out, last = True, entry
            continue
        text = dumps(change)
        room -= _size(text)
        if room < 0 and kept:
            return Filled(changes=tuple(kept), last=last, fits=False, left_out=left_out)
        kept.append(text)
        last = entry
    return Filled(changes=tuple(kept), last=last, fits=True, left_out=left_out)


def _size(text: bytes) -> int:
    """Its bytes, and the comma."""
    return len(text) + 1
