"""Telling the phones: what changed in whose book, raised once by each transaction.

The raise is the last thing a transaction does before COMMIT, so the order of commits is the order
of versions: nobody can read version 9 of a book before version 8 is visible.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from perisai.deadlines import Deadline, within
from sync.models import Book, DropReason

LOCK_BOOKS = """
    SELECT 1 FROM sync_book WHERE agent_id = ANY (%(agents)s) ORDER BY id FOR NO KEY UPDATE
"""
RAISE_BOOKS = """
    WITH raised AS (
        UPDATE sync_book SET version = version + 1
        WHERE agent_id = ANY (%(agents)s) RETURNING id, agent_id, version
    ), last AS (  -- the last word on a row in this transaction wins
        SELECT DISTINCT ON (agent_id, entity, entity_id) *
        FROM unnest(%(agents)s::uuid[], %(entities)s::text[], %(ids)s::uuid[],
                    %(present)s::bool[], %(reasons)s::text[], %(intos)s::uuid[])
            WITH ORDINALITY AS c (agent_id, entity, entity_id, is_present, reason, into_id, n)
        ORDER BY agent_id, entity, entity_id, n DESC
    ), written AS (
        INSERT INTO sync_bookentry AS e
            (book_id, entity, entity_id, version, is_present, reason, into_id, leaf)
        SELECT r.id, l.entity, l.entity_id, r.version, l.is_present, l.reason, l.into_id,
            ('x' || encode(substring(sha256(convert_to(
                concat_ws(':', l.entity, l.entity_id, r.version), 'UTF8'
            )) FOR 8), 'hex'))::bit(64)::bigint
        FROM last l JOIN raised r USING (agent_id) ORDER BY r.id, l.entity, l.entity_id
        ON CONFLICT (book_id, entity, entity_id) DO UPDATE SET
            version = excluded.version, is_present = excluded.is_present,
            reason = excluded.reason, into_id = excluded.into_id, leaf = excluded.leaf,
            changed_at = now()
    )
    SELECT agent_id, version FROM raised
"""


class NotRecording(RuntimeError):
    """A change was told outside `recording()`, or after its books were raised: a bug."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """One put (no reason) or drop."""

    agent_id: UUID
    entity: str
    entity_id: UUID
    reason: DropReason | None
    into_id: UUID | None


class Changes:
    """The changes of one transaction, in the order they were told."""

    def __init__(self) -> None:
        self._told: list[_Change] = []
        self._depth = 0
        self._is_raised = False

    def put(self, agent_id: UUID, entity: str, ids: Iterable[UUID]) -> None:
        """These rows are now in this agent's book, with what they show now."""
        self._tell(agent_id, entity, ids, reason=None, into_id=None)

    def put_again(self, agent_id: UUID, entity: str, ids: Iterable[UUID]) -> None:
        """The same, but what this transaction has given up stays given up."""
        last = {(told.agent_id, told.entity, told.entity_id): told.reason for told in self._told}
        kept = [row for row in ids if last.get((agent_id, entity, row)) is None]
        self.put(agent_id, entity, kept)

    def drop(
        self,
        agent_id: UUID,
        entity: str,
        ids: Iterable[UUID],
        *,
        reason: DropReason | str,
        into_id: UUID | None = None,
    ) -> None:
        """This agent must give these rows up; `into_id` only with reason merged."""
        self._tell(agent_id, entity, ids, reason=DropReason(reason), into_id=into_id)

    def raise_now(self) -> dict[UUID, int]:
        """Raise the books of all told changes; the new version of each, by agent.

        For the push alone, which stores the versions in its result; everybody else leaves it to
        the end of the block. Raises NotRecording in a nested block, or the second time.
        """
        if self._depth != 1 or self._is_raised:
            raise NotRecording("books are raised once, by the outermost block")
        self._is_raised = True
        return _raise_books(self._told)

    def _tell(
        self,
        agent_id: UUID,
        entity: str,
        ids: Iterable[UUID],
        *,
        reason: DropReason | None,
        into_id: UUID | None,
    ) -> None:
        if self._depth == 0 or self._is_raised:
            raise NotRecording("tell changes inside recording(), before the books are raised")
        self._told.extend(
            _Change(agent_id=agent_id, entity=entity, entity_id=row, reason=reason, into_id=into_id)
            for row in ids
        )

    @contextmanager
    def _nested(self) -> Iterator[None]:
        """One more block; if it fails, what it told is forgotten with what it wrote."""
        told_before = len(self._told)
        self._depth += 1
        try:
            yield
        except BaseException:
            del self._told[told_before:]
            raise
        finally:
            self._depth -= 1


_current: ContextVar[Changes | None] = ContextVar("changes", default=None)


@contextmanager
def recording(deadline: Deadline = Deadline.PAGE) -> Iterator[Changes]:
    """A transaction whose changes reach the phones; a nested call joins the outer list.

    Leaving the outermost block raises the touched books, as the last statement before COMMIT.
    Lock and write everything else inside: after the books nothing new is locked.
    """
    outer = _current.get()
    if outer is not None:
        with outer._nested(), within(deadline):
            yield outer
        return
    changes = Changes()
    token = _current.set(changes)
    try:
        with within(deadline), changes._nested():
            yield changes
            if not changes._is_raised:
                changes.raise_now()
    finally:
        _current.reset(token)


def open_book(agent_id: UUID) -> None:
    """Give an agent an empty book; nothing happens if there is one."""
    _open_books([agent_id])


def _raise_books(told: list[_Change]) -> dict[UUID, int]:
    """Raise once per touched book. A book that was never opened is opened on the way."""
    if not told:
        return {}
    agents = {change.agent_id for change in told}
    with connection.cursor() as cursor:
        if len(agents) > 1:
            cursor.execute(LOCK_BOOKS, {"agents": sorted(agents)})
        cursor.execute(RAISE_BOOKS, _arrays(told))
        versions: dict[UUID, int] = dict(cursor.fetchall())
    missing = agents - versions.keys()
    if missing:
        _open_books(sorted(missing))
        versions |= _raise_books([change for change in told if change.agent_id in missing])
    return versions


def _arrays(told: list[_Change]) -> dict[str, list[object]]:
    """The changes as columns, one element per change in each."""
    return {
        "agents": [change.agent_id for change in told],
        "entities": [change.entity for change in told],
        "ids": [change.entity_id for change in told],
        "present": [change.reason is None for change in told],
        "reasons": [change.reason.value if change.reason else "" for change in told],
        "intos": [change.into_id for change in told],
    }


def _open_books(agent_ids: list[UUID]) -> None:
    Book.objects.bulk_create([Book(agent_id=one) for one in agent_ids], ignore_conflicts=True)
