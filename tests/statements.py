"""Counting what a call asks of the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

# The limits of a transaction, and a savepoint where a test's own transaction is around it.
APART = ("SELECT SET_CONFIG", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements of a block, but for the frame of its transactions."""
    statements: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001  Django's signature
        if not sql.strip().upper().startswith(APART):
            statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield statements


def run_sql(statement: str) -> None:
    """One bare statement, as somebody at a console would."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
