"""Tables that are filled by millions of rows do without their indexes and references meanwhile.

All of it in the caller's transaction: who is killed in the middle leaves the tables as they were.
Each reference is checked for every row, and each index built in one go, when they come back.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import Model
from psycopg import sql

Say = Callable[[str], None]

# What the planner may use for sorting and hashing while it builds and checks.
MEMORY: Final = """
    SELECT set_config('maintenance_work_mem', '512MB', true), set_config('work_mem', '256MB', true)
"""
REFERENCES: Final = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = %(table)s::regclass AND contype = 'f' ORDER BY conname
"""
# Those that stand behind a key or a unique constraint stay: they are filled in ascending order.
INDEXES: Final = """
    SELECT c.relname, pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = %(table)s::regclass
      AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)
    ORDER BY c.relname
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stripped:
    """What a table had: names and definitions."""

    table: str
    references: list[tuple[str, str]]
    indexes: list[tuple[str, str]]


@contextmanager
def stripped(models: Sequence[type[Model]], *, say: Say) -> Iterator[None]:
    """These tables without references to others and without loose indexes, until the end."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(MEMORY)
    taken = [_strip(model._meta.db_table) for model in models]
    yield
    for found in taken:
        _build(found)
        say(f"{found.table}: {len(found.indexes)} indexes built")
    for found in taken:
        _refer(found)
        say(f"{found.table}: {len(found.references)} references checked")


def _strip(table: str) -> _Stripped:
    with connection.cursor() as cursor:
        cursor.execute(REFERENCES, {"table": table})
        references = cursor.fetchall()
        cursor.execute(INDEXES, {"table": table})
        indexes = cursor.fetchall()
        for name, _ in references:
            _alter(table, sql.SQL("DROP CONSTRAINT {}").format(sql.Identifier(name)))
        for name, _ in indexes:
            cursor.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    return _Stripped(table=table, references=references, indexes=indexes)


def _build(found: _Stripped) -> None:
    with connection.cursor() as cursor:
        for _, definition in found.indexes:
            cursor.execute(definition)


def _refer(found: _Stripped) -> None:
    for name, definition in found.references:
        # The definition is the catalogue's own text.
        added = sql.SQL("ADD CONSTRAINT {} {}").format(
            sql.Identifier(name),
            sql.SQL(definition),
        )
        _alter(found.table, added)


def _alter(table: str, change: sql.Composable) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("ALTER TABLE {} {}").format(sql.Identifier(table), change))
