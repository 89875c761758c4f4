"""Statements that are sent before their answers are wanted: the database works beside Python."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from psycopg.pq import Format

Answer = Callable[[], list[tuple[Any, ...]]]


@contextmanager
def sent_ahead() -> Iterator[None]:
    """What is asked in here goes out at once, and Python goes on; without it `ask` waits.

    Reading an answer waits for all that was asked so far: read what is needed first, then ask for
    what can come later. After a failure the statements that follow fail too. For reading alone: how
    many rows a write met is not known before its answer.
    """
    connection.ensure_connection()
    with connection.connection.pipeline():
        yield


def ask(
    sql: str, values: Sequence[Any] | Mapping[str, Any], *, form: Format = Format.TEXT
) -> Answer:
    """Send one statement; what comes back reads its rows, once.

    A failure is raised here or where the rows are read.
    """
    cursor = connection.cursor()
    cursor.cursor.format = form
    cursor.execute(sql, values)

    def answer() -> list[tuple[Any, ...]]:
        with cursor:
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    return answer
