"""Books under parallel writers: no version is skipped, nobody waits in a circle."""

import hashlib
import json
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier, Event
from typing import Any, TypeVar
from uuid import UUID

import pytest
from django.db import connection

from perisai import clock
from perisai.models import Device
from sync.models import Book, BookEntry
from sync.services import book
from sync.services.page import MIN_BYTES
from sync.services.pull import Ask, Page, page
from tests.factories.perisai import AgentFactory
from tests.sync.pebbles import KIND, lay_many
from tests.sync.phones import Phone, new_ids, owner

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


class Reader:
    """What one phone holds, by the pages of the product, the smallest there are."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.cursor: str | None = None
        self.held: dict[UUID, int] = {}
        self.pages = 0

    def read_to_the_end(self) -> int:
        """Page after page; the version up to which every entry was delivered.

        Whenever the book ends, the phone holds what the book held then: nothing was skipped.
        """
        while True:
            ask = Ask(schema=1, cursor=self.cursor, max_bytes=MIN_BYTES)
            found = page(self.device, ask, now=clock.now())
            assert isinstance(found, Page)
            self.pages += 1
            for change in json.loads(b"[%s]" % b",".join(found.changes)):
                self._take(change)
            self.cursor = found.cursor
            if found.last is not None:
                assert found.last.counts == ({KIND: len(self.held)} if self.held else {})
                assert found.last.digest == self._digest()
                return found.last.book_version

    def _take(self, change: dict[str, Any]) -> None:
        row_id = UUID(change["id"])
        if change["op"] == "drop":
            self.held.pop(row_id, None)
        elif change["ver"] > self.held.get(row_id, 0):
            self.held[row_id] = change["ver"]

    def _digest(self) -> str:
        whole = 0
        for row_id, version in self.held.items():
            text = f"{KIND}:{row_id}:{version}".encode()
            whole ^= int.from_bytes(hashlib.sha256(text).digest()[:8], "big")
        return f"{whole:016x}"


@pytest.mark.usefixtures("pebbles")
def test_p5_no_version_is_skipped(phone: Phone) -> None:
    agent_id = owner(phone)
    rows = new_ids(60)
    lay_many(agent_id, rows, text="x" * 400)  # two pages and more
    ready, done = Barrier(WRITERS + 1), Event()

    def write(number: int) -> None:
        dice = random.Random(number)  # noqa: S311  no secret
        ready.wait()
        for _ in range(ROUNDS):
            changed = dice.sample(rows, 9)
            with book.recording() as changes:
                changes.put(agent_id, KIND, changed[1:])
                changes.drop(agent_id, KIND, changed[:1], reason="closed")

    def read() -> tuple[Reader, int]:
        reader = Reader(phone.device)
        ready.wait()
        while True:
            is_last = done.is_set()
            version = reader.read_to_the_end()
            if is_last:
                return reader, version

    with ThreadPoolExecutor(WRITERS + 1) as pool:
        reading = pool.submit(closing, read)
        writers = [pool.submit(closing, lambda n=n: write(n)) for n in range(WRITERS)]
        wait(writers)
        done.set()
        reader, version = reading.result()
        for writer in writers:
            writer.result()

    entries = BookEntry.objects.filter(book__agent=agent_id, is_present=True)
    assert reader.held == dict(entries.values_list("entity_id", "version"))
    assert version == Book.objects.get(agent=agent_id).version == WRITERS * ROUNDS + 1
    assert reader.pages > 1


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
