"""Connections of the pool are asked only when something was heard."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg_pool import ConnectionPool

from perisai.pooled import PooledConnection

ENDS_A_SESSION = "SELECT pg_terminate_backend(%s, 10000)"  # and wait until it has ended
STATEMENTS_RUN = "SELECT query FROM pg_stat_activity WHERE pid = %s"


@contextmanager
def pool() -> Iterator[ConnectionPool[PooledConnection]]:
    """One connection, as web processes keep more of."""
    parameters = connection.get_connection_params()
    wanted = {name: parameters[name] for name in ("host", "port", "user", "password", "dbname")}
    with ConnectionPool(
        kwargs=wanted | {"autocommit": True},
        connection_class=PooledConnection,
        check=ConnectionPool.check_connection,
        min_size=1,
        max_size=1,
        open=True,
    ) as made:
        yield made


def ask(statement: str, *values: Any) -> Any:
    """The first column of a statement's first row."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_a_connection_that_lives_is_given_out_without_a_round_trip() -> None:
    with pool() as connections:
        with connections.connection() as first:
            first.execute("SELECT 'the last thing said'")
            pid = first.info.backend_pid
        with connections.connection() as second:
            assert second.info.backend_pid == pid
            assert ask(STATEMENTS_RUN, pid) == "SELECT 'the last thing said'"


@pytest.mark.django_db
def test_a_connection_that_the_server_ended_is_not_given_out() -> None:
    with pool() as connections:
        with connections.connection() as first:
            pid = first.info.backend_pid
        assert ask(ENDS_A_SESSION, pid)
        with connections.connection(timeout=10) as second:
            row = second.execute("SELECT 1").fetchone()
            assert (row, second.info.backend_pid == pid) == ((1,), False)


@pytest.mark.django_db
def test_a_connection_that_was_closed_fails_the_question() -> None:
    with pool() as connections, connections.connection() as one:
        one.close()

        with pytest.raises(psycopg.OperationalError):
            ConnectionPool.check_connection(one)
