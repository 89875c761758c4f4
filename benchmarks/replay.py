"""What a service says to the database, taken down as it runs and said again by pgbench.

The transactions are taken from a push that is rolled back, so that pgbench can run each of them
once, prepared, with the values that the service would have used.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from psycopg.abc import Transformer as Writer
from psycopg.adapt import PyFormat, Transformer

from perisai.deadlines import Deadline, limit
from sync.services.inbox import LOCK_OUTBOX, STORE_OUTCOME

PLACEHOLDER: Final = re.compile(r"%\((?P<name>\w+)\)s|%s|%%")
SAVEPOINT: Final = re.compile(r'"s\d+_x\d+"')
VALUES: Final = "bench_replayed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One statement, and its values in the order of its placeholders; a value is text and type."""

    sql: str
    values: tuple[tuple[str | None, str], ...]


Transaction = list[Said]


class Recorder:
    """Takes down every statement of this process's connection, with its values."""

    def __init__(self) -> None:
        self.said: list[Said] = []

    @contextmanager
    def listening(self) -> Iterator[None]:
        """While this is open."""
        with connection.execute_wrapper(self._note):
            yield

    def _note(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,  # noqa: FBT001  Django's own signature
        context: Any,
    ) -> Any:
        self.said.append(Said(sql=SAVEPOINT.sub('"s"', sql), values=tuple(_values(sql, params))))
        return execute(sql, params, many, context)


def operations_of(said: Sequence[Said]) -> list[Transaction]:
    """The statements of each operation of a push, from its lock to its stored outcome."""
    found: list[Transaction] = []
    is_inside = False
    for one in said:
        if one.sql == LOCK_OUTBOX:
            found.append([])
            is_inside = True
        if is_inside:
            found[-1].append(one)
        if one.sql == STORE_OUTCOME:
            is_inside = False
    return found


def rehearse(push: Callable[[], None]) -> list[Transaction]:
    """The operations' transactions of a push that is taken back."""
    recorder = Recorder()
    with transaction.atomic():
        with recorder.listening():
            push()
        transaction.set_rollback(True)
    return operations_of(recorder.said)


def write_script(folder: Path, transactions: Sequence[Transaction], *, per_client: int) -> Path:
    """The transactions for pgbench, each client on its own share; their values go to a table.

    Raises RuntimeError unless all say the same statements.
    """
    recorder = Recorder()
    with transaction.atomic(), recorder.listening():
        limit(Deadline.PAGE)
    limits = recorder.said[0]
    pattern = transactions[0]
    if any([s.sql for s in one] != [s.sql for s in pattern] for one in transactions):
        raise RuntimeError("the transactions differ in their statements")
    columns = _Columns()
    texts = [_bound(limits, [limits.values] * len(transactions), columns)]
    for place, said in enumerate(pattern):
        texts.append(_bound(said, [one[place].values for one in transactions], columns))
    columns.store(len(transactions))
    lines = [
        r"\set n :n + 1",
        rf"\set i :client_id * {per_client} + :n - 1",
        "BEGIN;",
        f"SELECT {columns.names} FROM {VALUES} WHERE i = :i \\gset",  # noqa: S608  constant names
        *(f"{text.strip()};" for text in texts),
        "COMMIT;",
    ]
    script = folder / "push.sql"
    script.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return script


class _Columns:
    """Values that differ from transaction to transaction; equal columns are one."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, ...], int] = {}

    @property
    def names(self) -> str:
        """The values as pgbench's variables."""
        return ", ".join(f"v[{number}] AS v{number}" for number in self._numbers.values())

    def variable(self, column: tuple[str, ...]) -> str:
        """The variable that holds this column."""
        return f":v{self._numbers.setdefault(column, len(self._numbers) + 1)}"

    def store(self, rows: int) -> None:
        """Put the values where pgbench finds them."""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {VALUES}")
            cursor.execute(f"CREATE TABLE {VALUES} (i int PRIMARY KEY, v text[])")
            cursor.executemany(
                f"INSERT INTO {VALUES} VALUES (%s, %s)",  # noqa: S608  a constant name
                [(row, [column[row] for column in self._numbers]) for row in range(rows)],
            )
            cursor.execute(f"ANALYZE {VALUES}")


def _bound(said: Said, rows: list[tuple[tuple[str | None, str], ...]], columns: _Columns) -> str:
    """A statement with constants and pgbench's variables in place of the driver's parameters."""
    if not said.values:
        return said.sql
    places = iter(range(len(said.values)))

    def bind(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        place = next(places)
        return _one(tuple(row[place][0] for row in rows), said.values[place][1], columns)

    return PLACEHOLDER.sub(bind, said.sql)


def _one(column: tuple[str | None, ...], kind: str, columns: _Columns) -> str:
    first = column[0]
    if all(value is None for value in column):
        return "NULL"
    texts = tuple(value for value in column if value is not None)
    if len(texts) != len(column):
        raise RuntimeError("a value is sometimes null")
    cast = f"::{kind}" if kind else ""
    if len(set(texts)) == 1 and first is not None and ":" not in first:  # a colon begins a variable
        return "'" + first.replace("'", "''") + "'" + cast
    return columns.variable(texts) + cast


def _values(sql: str, params: Any) -> Iterator[tuple[str | None, str]]:
    """The values of the placeholders as the driver would write them."""
    if not params:
        return
    transformer: Writer = Transformer(connection.connection)
    ordered = iter(()) if isinstance(params, dict) else iter(params)
    for found in PLACEHOLDER.finditer(sql):
        if found[0] == "%%":
            continue
        yield _written(params[found["name"]] if found["name"] else next(ordered), transformer)


def _written(value: Any, transformer: Writer) -> tuple[str | None, str]:
    if value is None:
        return None, ""
    dumper = transformer.get_dumper(value, PyFormat.TEXT)
    raw = dumper.dump(value)
    if raw is None:
        return None, ""
    info = transformer.adapters.types.get(dumper.oid)
    if info is None:
        return bytes(raw).decode(), ""
    return bytes(raw).decode(), info.regtype + ("[]" if info.array_oid == dumper.oid else "")
