"""Books under parallel writers: no version is skipped, nobody waits in a circle."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier, Event
from typing import TypeVar
from uuid import UUID

import pytest
from django.db import connection

from sync.models import Book, BookEntry
from sync.services import book
from tests.factories.perisai import AgentFactory
from tests.sync.phones import new_ids

pytestmark = pytest.mark.django_db(transaction=True)

T = TypeVar("T")
WRITERS = 4
ROUNDS = 40


def closing(work: Callable[[], T]) -> T:
    try:
        return work()
    finally:
        connection.close()


def read_after(agent_id: UUID, version: int) -> tuple[int, list[tuple[int, UUID]]]:
    """One snapshot: the book's version, and the entries after the one given."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.version, e.version, e.entity_id FROM sync_book b"
            " LEFT JOIN sync_bookentry e ON e.book_id = b.id AND e.version > %s"
            " WHERE b.agent_id = %s ORDER BY e.version, e.id",
            [version, agent_id],
        )
        found = cursor.fetchall()
    return found[0][0], [(ver, row) for _, ver, row in found if ver is not None]


def test_p5_no_version_is_skipped() -> None:
    agent = AgentFactory.create()
    book.open_book(agent.pk)
    rows = new_ids(12)
    ready, done = Barrier(WRITERS + 1), Event()

    def write(number: int) -> None:
        dice = random.Random(number)  # noqa: S311  no secret
        ready.wait()
        for _ in range(ROUNDS):
            with book.recording() as changes:
                changes.put(agent.pk, "member", dice.sample(rows, 3))

    def read() -> dict[UUID, int]:
        held: dict[UUID, int] = {}
        cursor = 0
        ready.wait()
        while True:
            is_last = done.is_set()
            version, entries = read_after(agent.pk, cursor)
            assert all(cursor < ver <= version for ver, _ in entries)
            held |= {row: ver for ver, row in entries}
            cursor = version
            if is_last:
                return held

    with ThreadPoolExecutor(WRITERS + 1) as pool:
        reader = pool.submit(closing, read)
        writers = [pool.submit(closing, lambda n=n: write(n)) for n in range(WRITERS)]
        wait(writers)
        done.set()
        held = reader.result()
        for writer in writers:
            writer.result()

    entries = BookEntry.objects.filter(book__agent=agent)
    assert held == dict(entries.values_list("entity_id", "version"))
    assert Book.objects.get(agent=agent).version == WRITERS * ROUNDS


def test_transactions_over_the_same_books_never_wait_in_a_circle() -> None:
    agents = [AgentFactory.create() for _ in range(4)]
    for agent in agents:
        book.open_book(agent.pk)
    ready = Barrier(WRITERS)

    def write(number: int) -> None:
        dice = random.Random(number)  # noqa: S311  no secret
        ready.wait()
        for _ in range(ROUNDS):
            with book.recording() as changes:
                for agent in dice.sample(agents, 3):
                    changes.put(agent.pk, "member", new_ids(1))

    with ThreadPoolExecutor(WRITERS) as pool:
        for writer in [pool.submit(closing, lambda n=n: write(n)) for n in range(WRITERS)]:
            writer.result()

    versions = Book.objects.filter(agent__in=agents).values_list("version", flat=True)
    assert sum(versions) == WRITERS * ROUNDS * 3


def test_one_version_is_invisible_until_the_earlier_one_is_committed() -> None:
    agent = AgentFactory.create()
    book.open_book(agent.pk)
    raised, may_commit = Event(), Event()

    def write_slowly() -> None:
        with book.recording() as changes:
            changes.put(agent.pk, "member", new_ids(1))
            changes.raise_now()
            raised.set()
            may_commit.wait(10)

    def write() -> None:
        with book.recording() as changes:
            changes.put(agent.pk, "member", new_ids(1))

    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(closing, write_slowly)
        assert raised.wait(10)
        fast = pool.submit(closing, write)
        assert read_after(agent.pk, 0) == (0, [])
        assert not fast.done()
        may_commit.set()
        slow.result()
        fast.result()

    assert [ver for ver, _ in read_after(agent.pk, 0)[1]] == [1, 2]
