"""Connections of the pool of web processes."""

import select
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.abc import Query

POOLS_QUESTION = ""


class PooledConnection(psycopg.Connection[Any]):
    """A connection that knows without a round trip whether the server has hung up.

    The pool asks each connection by an empty statement before it is given out. A server that ends,
    or ends the session, says so on the socket; while nothing has come there, nobody is asked.
    """

    def execute(
        self,
        query: Query,
        params: Sequence[Any] | Mapping[str, Any] | None = None,
        *,
        prepare: bool | None = None,
        binary: bool = False,
    ) -> psycopg.Cursor[Any]:
        """As ever, but the pool's question goes to the server only where something was heard."""
        if query == POOLS_QUESTION and not self._has_heard():
            return self.cursor()
        return super().execute(query, params, prepare=prepare, binary=binary)  # type: ignore[arg-type]  # two overloads there

    def _has_heard(self) -> bool:
        """Whether bytes, or the end of the stream, wait to be read."""
        ear = select.poll()
        ear.register(self.fileno(), select.POLLIN)
        return bool(ear.poll(0))
