"""Rows into tables by COPY, in one go per table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Model
from psycopg import sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Columns of one table, and the rows to put there in their order."""

    model: type[Model]
    columns: tuple[str, ...]


def copy_rows(sheet: Sheet, rows: Iterable[Sequence[object]]) -> int:
    """Put the rows into the table; every constraint and trigger holds. Returns how many."""
    statement = sql.SQL("COPY {table} ({columns}) FROM STDIN").format(
        table=sql.Identifier(sheet.model._meta.db_table),
        columns=sql.SQL(", ").join(map(sql.Identifier, sheet.columns)),
    )
    count = 0
    with connection.cursor() as cursor, cursor.copy(statement) as target:
        for row in rows:
            target.write_row(row)
            count += 1
    return count


def numbers_for(model: type[Model], many: int) -> list[int]:
    """The next keys of a table, in order, in one statement."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(NEXT_KEYS, {"table": table, "many": many})
        return [row[0] for row in cursor.fetchall()]


NEXT_KEYS = """
    SELECT nextval(pg_get_serial_sequence(%(table)s, 'id')) FROM generate_series(1, %(many)s)
"""
