"""What survives a dead battery: one SQLite file for one agent on one installation.

Every change of it is one local transaction. Another agent on the same handset has another file;
logging in as her opens that one and touches nothing here. A real app encrypts the file.
"""

import json
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

MEMORY: Final = ":memory:"
TABLES: Final = """
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS op (
    op_id TEXT PRIMARY KEY,
    installation TEXT NOT NULL,
    seq INTEGER,                        -- null: its place was filled by a void
    body TEXT NOT NULL,                 -- the envelope without seq, as it was captured
    captured_at TEXT NOT NULL,
    is_open INTEGER NOT NULL DEFAULT 1, -- to be sent, for the first time or once more
    result TEXT,                        -- the newest terminal result
    answered_at TEXT,
    has_waited INTEGER NOT NULL DEFAULT 0, -- its word changed, or will: a restored server is asked
    UNIQUE (installation, seq)
);
CREATE INDEX IF NOT EXISTS op_to_send ON op (installation, seq) WHERE is_open;
CREATE TABLE IF NOT EXISTS row (
    entity TEXT NOT NULL, id TEXT NOT NULL, ver INTEGER NOT NULL, body TEXT NOT NULL,
    walk INTEGER NOT NULL,              -- the walk that gave it last
    PRIMARY KEY (entity, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS given_up (
    entity TEXT NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL, into_id TEXT,
    PRIMARY KEY (entity, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS code (
    code TEXT PRIMARY KEY, months INTEGER NOT NULL, expires_at TEXT,
    op_id TEXT                          -- who got it; null: in the pool
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS file (
    id TEXT PRIMARY KEY, op_id TEXT NOT NULL, size INTEGER NOT NULL,
    state TEXT NOT NULL,                -- as the server told it last
    sent INTEGER,                       -- bytes that it has; null: it must be asked
    content BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS reference (
    name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, content TEXT NOT NULL
) WITHOUT ROWID;
"""
KEPT_WHEN_WIPED: Final = ("installation", "wiped")


class Store:
    """Tables and facts, and the transaction that everything else writes in."""

    def __init__(self, path: str = MEMORY) -> None:
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")  # saved means: on the disk
        self.db.execute("PRAGMA secure_delete = ON")
        self.db.executescript(TABLES)
        if self.fact("installation") is None:
            self.remember(installation=str(uuid.uuid4()))

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of a block or nothing; a block inside another one belongs to it."""
        if self.db.in_transaction:
            yield self.db
            return
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def fact(self, name: str) -> Any:
        """A small thing to remember; None if there is none."""
        found = self.db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return None if found is None else json.loads(found[0])

    def remember(self, **facts: Any) -> None:
        """Keep these; None forgets."""
        with self.transaction() as db:
            for name, value in facts.items():
                db.execute("DELETE FROM fact WHERE name = ?", (name,))
                if value is not None:
                    db.execute("INSERT INTO fact VALUES (?, ?)", (name, json.dumps(value)))

    def wipe(self) -> None:
        """Delete everything of the agent's and of the members', and the bytes with it."""
        with self.transaction() as db:
            for table in ("op", "row", "given_up", "code", "file", "reference"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608  our own names
            marks = ", ".join("?" * len(KEPT_WHEN_WIPED))
            db.execute(f"DELETE FROM fact WHERE name NOT IN ({marks})", KEPT_WHEN_WIPED)  # noqa: S608
            self.remember(wiped=True)
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """As when the app is killed: what was not committed is gone."""
        self.db.close()
