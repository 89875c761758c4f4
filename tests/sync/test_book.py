"""Books: raised once, last, in the order of commits."""

import hashlib
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from perisai.models import Agent
from sync.models import Book, BookEntry
from sync.services import book
from tests.factories.perisai import AgentFactory
from tests.sync.phones import new_ids

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    owner = AgentFactory.create()
    book.open_book(owner.pk)
    return owner


def entries_of(agent: Agent) -> list[tuple[str, UUID, int, bool, str, UUID | None]]:
    found = BookEntry.objects.filter(book__agent=agent).order_by("version", "id")
    return list(
        found.values_list("entity", "entity_id", "version", "is_present", "reason", "into_id")
    )


def put_and_fail(agent: Agent, rows: list[UUID]) -> None:
    with book.recording() as changes:
        changes.put(agent.pk, "member", rows)
        raise ZeroDivisionError


def version_of(agent: Agent) -> int:
    return Book.objects.get(agent=agent).version


def test_a_transaction_raises_a_book_once_however_many_rows_change(agent: Agent) -> None:
    first, second, other = new_ids(3)
    with book.recording() as changes:
        changes.put(agent.pk, "member", [first, second])
        changes.drop(agent.pk, "prospect", [other], reason="merged", into_id=first)

    assert version_of(agent) == 1
    assert sorted(entries_of(agent), key=str) == sorted(
        [
            ("member", first, 1, True, "", None),
            ("member", second, 1, True, "", None),
            ("prospect", other, 1, False, "merged", first),
        ],
        key=str,
    )


def test_the_last_word_on_a_row_wins(agent: Agent) -> None:
    (row,) = new_ids(1)
    with book.recording() as changes:
        changes.put(agent.pk, "member", [row])
        changes.drop(agent.pk, "member", [row], reason="closed")
        changes.put(agent.pk, "member", [row])
        changes.drop(agent.pk, "member", [row], reason="reassigned")

    assert entries_of(agent) == [("member", row, 1, False, "reassigned", None)]


def test_a_changed_row_keeps_its_entry_and_moves_to_the_new_version(agent: Agent) -> None:
    (row,) = new_ids(1)
    for _ in range(2):
        with book.recording() as changes:
            changes.put(agent.pk, "member", [row])

    assert entries_of(agent) == [("member", row, 2, True, "", None)]


def test_leaf_is_the_first_eight_bytes_of_the_hash_of_its_text(agent: Agent) -> None:
    (row,) = new_ids(1)
    with book.recording() as changes:
        changes.put(agent.pk, "member", [row])

    expected = hashlib.sha256(f"member:{row}:1".encode()).digest()[:8]
    leaf = BookEntry.objects.get(entity_id=row).leaf
    assert leaf.to_bytes(8, "big", signed=True) == expected


def test_nothing_told_raises_nothing(agent: Agent) -> None:
    with book.recording():
        pass
    assert version_of(agent) == 0


def test_a_failed_block_leaves_book_and_entries_as_they_were(agent: Agent) -> None:
    with pytest.raises(ZeroDivisionError):
        put_and_fail(agent, new_ids(1))
    assert (version_of(agent), entries_of(agent)) == (0, [])


def test_an_inner_block_joins_the_outer_list(agent: Agent) -> None:
    outer_row, inner_row = new_ids(2)
    with book.recording() as outer:
        outer.put(agent.pk, "member", [outer_row])
        with book.recording() as inner:
            inner.put(agent.pk, "member", [inner_row])
        assert version_of(agent) == 0

    assert version_of(agent) == 1
    assert {entry[1] for entry in entries_of(agent)} == {outer_row, inner_row}


def test_an_inner_block_that_fails_takes_its_own_changes_with_it(agent: Agent) -> None:
    kept, lost = new_ids(2)
    with book.recording() as changes:
        changes.put(agent.pk, "member", [kept])
        with pytest.raises(ZeroDivisionError):
            put_and_fail(agent, [lost])

    assert [entry[1] for entry in entries_of(agent)] == [kept]


def test_put_outside_a_block_is_an_error_and_raises_nothing(agent: Agent) -> None:
    with book.recording() as changes:
        pass
    with pytest.raises(book.NotRecording):
        changes.put(agent.pk, "member", new_ids(1))
    assert version_of(agent) == 0


def test_put_after_the_raise_is_an_error_and_undoes_the_transaction(agent: Agent) -> None:
    def put_too_late() -> None:
        with book.recording() as changes:
            changes.put(agent.pk, "member", new_ids(1))
            changes.raise_now()
            changes.put(agent.pk, "member", new_ids(1))

    with pytest.raises(book.NotRecording):
        put_too_late()
    assert (version_of(agent), entries_of(agent)) == (0, [])


def test_only_the_outermost_block_raises(agent: Agent) -> None:
    with book.recording() as changes:
        changes.put(agent.pk, "member", new_ids(1))
        with pytest.raises(book.NotRecording), book.recording() as inner:
            inner.raise_now()
    assert version_of(agent) == 1


def test_raise_now_tells_the_new_versions(agent: Agent) -> None:
    other = AgentFactory.create()
    book.open_book(other.pk)
    with book.recording() as changes:
        changes.put(agent.pk, "member", new_ids(1))
    with book.recording() as changes:
        changes.put(agent.pk, "member", new_ids(1))
        changes.put(other.pk, "member", new_ids(1))
        assert changes.raise_now() == {agent.pk: 2, other.pk: 1}


def test_a_book_that_was_never_opened_is_opened_on_the_way(agent: Agent) -> None:
    new = AgentFactory.create()
    (row,) = new_ids(1)
    with book.recording() as changes:
        changes.put(agent.pk, "member", [row])
        changes.put(new.pk, "member", [row])

    assert (version_of(agent), version_of(new)) == (1, 1)
    assert entries_of(new) == [("member", row, 1, True, "", None)]


def test_opening_a_book_again_changes_nothing(agent: Agent) -> None:
    with book.recording() as changes:
        changes.put(agent.pk, "member", new_ids(1))
    book.open_book(agent.pk)
    assert version_of(agent) == 1


def test_an_unknown_reason_is_refused(agent: Agent) -> None:
    with pytest.raises(ValueError, match="bored"), book.recording() as changes:
        changes.drop(agent.pk, "member", [uuid4()], reason="bored")
    assert version_of(agent) == 0


def statements(agents: list[Agent], rows: int) -> list[str]:
    with (
        CaptureQueriesContext(
            connection,
        ) as caught,
        book.recording() as changes,
    ):
        for agent in agents:
            changes.put(agent.pk, "member", new_ids(rows))
    found = [query["sql"].strip() for query in caught.captured_queries]
    return [sql for sql in found if not sql.startswith(("SAVEPOINT", "RELEASE"))]


@pytest.mark.parametrize("rows", [1, 500])
def test_one_book_is_raised_by_one_statement(agent: Agent, rows: int) -> None:
    (only,) = statements([agent], rows)
    assert only.startswith("WITH raised AS")


def test_several_books_are_locked_by_one_statement_before_the_raise(agent: Agent) -> None:
    others = [AgentFactory.create() for _ in range(3)]
    for other in others:
        book.open_book(other.pk)
    lock, raised = statements([*others, agent], 2)
    assert lock.endswith("ORDER BY id FOR NO KEY UPDATE")
    assert raised.startswith("WITH raised AS")
