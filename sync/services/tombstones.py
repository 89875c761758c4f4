"""Drops that were told long enough: forgotten, with the oldest cursor that can still be answered.

A phone that was away for longer walks its book from nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection

from perisai.deadlines import Deadline, atomic_within
from sync.models import Acknowledgement

KEPT_FOR: Final = timedelta(days=180)
BOOKS_AT_ONCE: Final = 50
ROWS_AT_ONCE: Final = 5_000

READ_BOOKS = """
    SELECT DISTINCT book_id FROM (
        SELECT book_id FROM sync_bookentry
        WHERE NOT is_present AND changed_at < %(before)s ORDER BY changed_at LIMIT 5000
    ) AS old LIMIT %(most)s
"""
LOCK_BOOKS = "SELECT 1 FROM sync_book WHERE id = ANY (%(books)s) ORDER BY id FOR NO KEY UPDATE"
# Under the lock of its book no row comes back meanwhile.
FORGET_DROPS = """
    WITH gone AS (
        DELETE FROM sync_bookentry
        WHERE book_id = ANY (%(books)s) AND NOT is_present AND changed_at < %(before)s
        RETURNING book_id, version
    ), last AS (
        SELECT book_id, max(version) AS version, count(*) AS rows FROM gone GROUP BY book_id
    ), raised AS (
        UPDATE sync_book b SET floor = greatest(b.floor, last.version)
        FROM last WHERE b.id = last.book_id
    )
    SELECT coalesce(sum(rows), 0) FROM last
"""


def forget_drops(*, now: datetime) -> int:
    """Forget the drops of 180 days ago and before, and raise the floors of their books; how many.

    A transaction for at most fifty books; a second run finds what a first one left. When phones
    had given them up is forgotten too.
    """
    before, forgotten = now - KEPT_FOR, 0
    while books := _books_with_old_drops(before):
        forgotten += _forget(books, before)
    while _forget_acknowledgements(before):
        pass
    return forgotten


def _books_with_old_drops(before: datetime) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(READ_BOOKS, {"before": before, "most": BOOKS_AT_ONCE})
        return [book_id for (book_id,) in cursor.fetchall()]


@atomic_within(Deadline.BULK)
def _forget(books: Sequence[UUID], before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(LOCK_BOOKS, {"books": list(books)})
        cursor.execute(FORGET_DROPS, {"books": list(books), "before": before})
        (forgotten,) = cursor.fetchone()
    return int(forgotten)


@atomic_within(Deadline.BULK)
def _forget_acknowledgements(before: datetime) -> int:
    """Of older ones every drop is forgotten: it was told before it was given up."""
    old = Acknowledgement.objects.filter(at__lt=before).order_by("at").values("pk")
    forgotten, _ = Acknowledgement.objects.filter(pk__in=old[:ROWS_AT_ONCE]).delete()
    return forgotten
