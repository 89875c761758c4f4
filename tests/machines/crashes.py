"""A connection that breaks in the middle of a service."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection


class ConnectionLost(OperationalError):
    """What the driver says when the server is gone."""


@contextmanager
def connection_lost_at(number: int) -> Iterator[None]:
    """Raise ConnectionLost once, in place of a block's statement of that number, from 1 on.

    The last one is the savepoint's release, which stands for COMMIT. A block with fewer
    statements, or one that is rolled back before, runs to its end.
    """
    left = number

    def break_it(
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,  # noqa: FBT001  Django's own signature
        context: Any,
    ) -> Any:
        nonlocal left
        left = -1 if sql.startswith("ROLLBACK") else left - 1
        if left == 0:
            raise ConnectionLost("the server closed the connection unexpectedly")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(break_it):
        yield
