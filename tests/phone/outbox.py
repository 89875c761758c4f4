"""The numbered list of what the agent captured. Nothing leaves it before it has its final word.

A pull writes nothing here: what it says of an operation is a row of the book, joined when it is
read. The row lasts thirty days, so its word is written down here once the round is done (`hear`).
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from tests.phone.store import Store
from tests.phone.wire import Json, canonical, depth, fresh_id, instant, must_be_plain

KEPT_FOR: Final = timedelta(days=30)  # after its result, for a server that was restored
WAITS: Final = frozenset({"conflict", "blocked"})  # answered, and a later word follows
TERMINAL: Final = frozenset({"applied", "merged", "conflict", "redirected", "rejected", "blocked"})
OP_BYTES, OP_DEPTH = 64 * 1024, 6  # an operation lies two levels deep in a push of at most eight
COLUMNS: Final = "op_id, seq, body, captured_at, is_open, result, answered_at"


class TooLarge(ValueError):
    """An operation that no push can carry: refused before it is called saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One operation of the outbox."""

    op_id: str
    seq: int | None
    body: Json
    captured_at: str
    is_open: bool
    result: Json | None
    answered_at: str | None

    @property
    def waits(self) -> bool:
        """Whether it was answered by a word that a later one follows."""
        return self.result is not None and self.result["result"] in WAITS

    @property
    def sent(self) -> dict[str, Any]:
        """The operation as a push carries it."""
        return {**self.body, "seq": self.seq}


class Outbox:
    """Captures, numbers, hands out what is to be sent, and keeps what was answered."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @property
    def installation(self) -> str:
        """The installation whose places are counted."""
        return str(self.store.fact("installation"))

    def capture(self, kind: str, data: Json, *, now: datetime, **members: Any) -> str:
        """Number one operation and write it to the disk; its id. After this it is "saved".

        `members` are others of the envelope: entity_id, base_rev, depends_on, replaces. Raises
        NotPlain and TooLarge: then nothing was saved, and the screen must say so.
        """
        op_id = members.pop("op_id", None) or fresh_id(now)
        body = {
            "op_id": op_id,
            "kind": kind,
            "v": members.pop("v", 1),
            "entity_id": members.pop("entity_id", None) or op_id,
            "at": members.pop("at", None) or instant(now),
            "data": dict(data),
            **{name: value for name, value in members.items() if value is not None},
        }
        must_be_plain(body)
        if len(canonical(body)) > OP_BYTES or depth(body) > OP_DEPTH:
            raise TooLarge(kind)
        with self.store.transaction():
            self._insert(body, self.next_seq(), captured_at=instant(now))
        return op_id

    def next_seq(self) -> int:
        """The place of the next operation."""
        (last,) = self._one("SELECT max(seq) FROM op WHERE installation = ?", self.installation)
        return max(last or 0, self.store.fact("answered_through") or 0) + 1

    def open_ops(self) -> list[Kept]:
        """What is to be sent, in order of its places, without a gap from the first on."""
        return self._read("WHERE installation = ? AND is_open AND seq IS NOT NULL ORDER BY seq")

    def all_ops(self) -> list[Kept]:
        """Everything that is kept, of earlier installations too, as it was captured."""
        found = self._rows(f"SELECT {COLUMNS} FROM op ORDER BY captured_at, rowid")  # noqa: S608
        return [_kept(row) for row in found]

    def op(self, op_id: str) -> Kept | None:
        """One operation, of whatever installation."""
        found = self._rows(f"SELECT {COLUMNS} FROM op WHERE op_id = ?", op_id)  # noqa: S608
        return _kept(found[0]) if found else None

    def take_result(self, result: Json, *, now: datetime) -> bool:
        """Keep what the server says of an operation; whether that is its final word.

        `duplicate` says what it said the first time. `retry` says nothing.
        """
        said = result["first"] if result["result"] == "duplicate" else result
        if said["result"] not in TERMINAL:
            return False
        with self.store.transaction() as db:
            db.execute(
                "UPDATE op SET is_open = 0, result = ?, answered_at = ?,"
                " has_waited = has_waited OR ? WHERE op_id = ?",
                (json.dumps(said), instant(now), said["result"] in WAITS, result["op_id"]),
            )
        return True

    def hear(self, words: Mapping[str, Json], *, now: datetime) -> None:
        """Write down final words that came with a pull, by operation; after its round, not in it.

        The operation is kept thirty days from now on, as after an answer.
        """
        with self.store.transaction() as db:
            for op_id, said in words.items():
                op = self.op(op_id)
                if op is not None and op.result != said:
                    db.execute(
                        "UPDATE op SET result = ?, answered_at = ?, has_waited = 1 WHERE op_id = ?",
                        (json.dumps(said), instant(now), op_id),
                    )

    def ask_again(self, *, now: datetime) -> int:
        """Send once more what waits and was told so thirty days ago; how many.

        Its final word may have come to the book and left it while this phone was away. The server
        knows the operation, does nothing, and answers with the word of today.
        """
        return self._send_again(self._told_until(now - KEPT_FOR, waits=True))

    def reopen_from(self, seq: int, *, now: datetime) -> None:
        """The server has nothing from this place on: send again what is kept, and say what is lost.

        A place whose operation is gone is filled with `void`, so that those behind it can go on.
        """
        with self.store.transaction() as db:
            db.execute(
                "UPDATE op SET is_open = 1 WHERE installation = ? AND seq >= ?",
                (self.installation, seq),
            )
            kept = {op.seq for op in self.open_ops()}
            for place in range(seq, self.next_seq()):
                if place not in kept:
                    near = self._nearest(place)
                    self._fill(place, {"reason": "storage_lost"}, like=near, now=now)

    def give_up(self, op_id: str, code: str, *, now: datetime) -> None:
        """No push can carry it: keep it for the agent to see, and fill its place with `void`."""
        op = self.op(op_id)
        if op is None or op.seq is None:
            return
        said = {"result": "rejected", "problem": {"code": code, "errors": []}}
        with self.store.transaction() as db:
            db.execute(
                "UPDATE op SET seq = NULL, is_open = 0, result = ?, answered_at = ?"
                " WHERE op_id = ?",
                (json.dumps(said), instant(now), op_id),
            )
            data = {"reason": "unreadable", "lost_op_id": op_id}
            self._fill(op.seq, data, like=op, now=now)

    def begin_anew(self, installation: str) -> None:
        """Another installation: what is still to be sent is numbered from 1, under its old ids."""
        with self.store.transaction() as db:
            waiting = self.open_ops()
            self.store.remember(installation=installation, answered_through=None)
            for seq, op in enumerate(waiting, start=1):
                db.execute(
                    "UPDATE op SET installation = ?, seq = ? WHERE op_id = ?",
                    (installation, seq, op.op_id),
                )

    def doubt(self) -> None:
        """A restored server may lack what earlier installations sent, and what became of a wait.

        Both are sent once more: what the server still has it knows by its id.
        """
        found = self._rows(
            "SELECT op_id FROM op WHERE seq IS NOT NULL AND (installation != ? OR has_waited)"
            " ORDER BY captured_at, rowid",
            self.installation,
        )
        self._send_again([op_id for (op_id,) in found])

    def forget(self, *, now: datetime) -> int:
        """Delete what had its final word more than thirty days ago; how many.

        What waits for a person or for another operation stays until it is told.
        """
        return self._delete(self._told_until(now - KEPT_FOR, waits=False))

    def forget_about(self, records: Iterable[str]) -> int:
        """Delete what was sent about people who were erased; how many. The unsent is still sent."""
        erased = set(records)
        if not erased:
            return 0
        told = [op for op in self.all_ops() if not op.is_open]
        erased |= {op.body["entity_id"] for op in told if _is_about(op.body, erased)}  # visits too
        return self._delete(op.op_id for op in told if _is_about(op.body, erased))

    def _delete(self, op_ids: Iterable[str]) -> int:
        """Their places stay used up."""
        gone = [(op_id,) for op_id in op_ids]
        if gone:
            with self.store.transaction() as db:
                self.store.remember(answered_through=self.next_seq() - 1)
                db.executemany("DELETE FROM op WHERE op_id = ?", gone)
        return len(gone)

    def _told_until(self, until: datetime, *, waits: bool) -> list[str]:
        """What had its newest word by then, and whether that is one that waits."""
        told = self._rows(
            "SELECT op_id, answered_at, json_extract(result, '$.result') FROM op"
            " WHERE NOT is_open AND answered_at IS NOT NULL"
        )
        return [
            op_id
            for op_id, at, word in told
            if datetime.fromisoformat(at) <= until and (word in WAITS) is waits
        ]

    def _send_again(self, op_ids: Sequence[str]) -> int:
        """At its place; what has its place in another installation, behind all else."""
        with self.store.transaction() as db:
            for op_id in op_ids:
                db.execute(
                    "UPDATE op SET is_open = 1, installation = :mine,"
                    " seq = CASE installation WHEN :mine THEN seq ELSE :next END"
                    " WHERE op_id = :op_id",
                    {"mine": self.installation, "next": self.next_seq(), "op_id": op_id},
                )
        return len(op_ids)

    def _nearest(self, seq: int) -> Kept | None:
        """The last kept operation before a place; if there is none, the first behind it."""
        found = self._rows(
            f"SELECT {COLUMNS} FROM op WHERE installation = ? AND seq IS NOT NULL"  # noqa: S608
            " ORDER BY seq > ?, abs(seq - ?) LIMIT 1",
            *(self.installation, seq, seq),
        )
        return _kept(found[0]) if found else None

    def _fill(self, seq: int, data: Json, *, like: Kept | None, now: datetime) -> None:
        """A `void`, of the time of what it stands for.

        For the server no operation is older than the one before it: a void of the present would
        make everything behind it as young.
        """
        op_id = fresh_id(now)
        at = instant(now) if like is None else like.body["at"]
        captured_at = instant(now) if like is None else like.captured_at
        body = {"op_id": op_id, "kind": "void", "v": 1, "entity_id": op_id, "at": at}
        self._insert({**body, "data": dict(data)}, seq, captured_at=captured_at)

    def _insert(self, body: Json, seq: int, *, captured_at: str) -> None:
        self.store.db.execute(
            "INSERT INTO op (op_id, installation, seq, body, captured_at) VALUES (?, ?, ?, ?, ?)",
            (body["op_id"], self.installation, seq, json.dumps(body), captured_at),
        )

    def _read(self, which: str) -> list[Kept]:
        found = self._rows(f"SELECT {COLUMNS} FROM op {which}", self.installation)  # noqa: S608
        return [_kept(row) for row in found]

    def _rows(self, sql: str, *values: object) -> list[Any]:
        return self.store.db.execute(sql, values).fetchall()

    def _one(self, sql: str, *values: object) -> Any:
        return self.store.db.execute(sql, values).fetchone()


def _is_about(body: Json, records: set[str]) -> bool:
    named = {body["entity_id"], *(body["data"].get(name) for name in ("member_id", "about_id"))}
    return not named.isdisjoint(records)


def _kept(row: "sqlite3.Row | tuple[Any, ...]") -> Kept:
    op_id, seq, body, captured_at, is_open, result, answered_at = row
    return Kept(
        op_id=op_id,
        seq=seq,
        body=json.loads(body),
        captured_at=captured_at,
        is_open=bool(is_open),
        result=None if result is None else json.loads(result),
        answered_at=answered_at,
    )
