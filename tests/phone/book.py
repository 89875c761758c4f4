"""The confirmed rows: pages of changes laid over them, and the proof that they are the server's.

Nothing here writes to the outbox, and nothing that a screen derives is stored.
"""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from tests.phone.store import Store
from tests.phone.wire import Json, book_digest

ERASED: Final = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """Why a row left the book, and which row stands for it now."""

    reason: str
    into_id: str | None


class Book:
    """Rows, cursor and walk; `apply` is the only way in."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @property
    def cursor(self) -> str | None:
        """Where the next page begins; None: a walk begins."""
        cursor: str | None = self.store.fact("cursor")
        return cursor

    @property
    def epoch(self) -> str | None:
        """The history that the rows are of, as the newest page told."""
        epoch: str | None = self.store.fact("epoch")
        return epoch

    @property
    def version(self) -> int:
        """Every version up to this one is in the rows."""
        return int(self.store.fact("reached") or 0)

    def begin_walk(self) -> None:
        """Forget the cursor: the next page is the first of a walk. The rows stay till its end."""
        number = int(self.store.fact("walk") or 0) + 1
        self.store.remember(cursor=None, tag=None, walk=number, reached=None)

    def apply(self, page: Json, *, asked_with: str | None, tag: str | None = None) -> bool:
        """Rows and cursor in one transaction; False for a page of a cursor that is past."""
        with self.store.transaction():
            if asked_with != self.cursor:
                return False
            if asked_with is None:
                self.begin_walk()
            for change in page["changes"]:
                if change["op"] == "put":
                    self._put(change, is_walk=page["full"])
                else:
                    self._drop(change, is_walk=page["full"])
            if page["full"] and not page["more"]:
                self.store.db.execute("DELETE FROM row WHERE walk < ?", (self._walk,))
            self.store.remember(
                cursor=page["cursor"],
                epoch=page["epoch"],
                tag=None if page["more"] else tag,
                reached=self._reached(page),
            )
        return True

    def agrees(self, last_page: Json) -> bool:
        """Whether the rows are those of the server, as a last page tells: counts and digest."""
        counts: dict[str, int] = last_page["counts"]
        return self.counts() == counts and self.digest() == last_page["digest"]

    def counts(self) -> dict[str, int]:
        """How many rows of each entity."""
        return dict(Counter(entity for entity, _id, _ver in self._leaves()))

    def digest(self) -> str:
        """Over all rows."""
        return book_digest(self._leaves())

    def rows(self, entity: str) -> dict[str, dict[str, Any]]:
        """All rows of an entity, by id."""
        found = self.store.db.execute(
            "SELECT id, body FROM row WHERE entity = ? ORDER BY id", (entity,)
        )
        return {row_id: json.loads(body) for row_id, body in found}

    def row(self, entity: str, row_id: str) -> dict[str, Any] | None:
        """One row, if it is in the book."""
        found = self.store.db.execute(
            "SELECT body FROM row WHERE entity = ? AND id = ?", (entity, row_id)
        ).fetchone()
        body: dict[str, Any] | None = None if found is None else json.loads(found[0])
        return body

    def given_up(self, entity: str, row_id: str) -> GivenUp | None:
        """Why a row is not here any more, if it ever was."""
        found = self.store.db.execute(
            "SELECT reason, into_id FROM given_up WHERE entity = ? AND id = ?", (entity, row_id)
        ).fetchone()
        return None if found is None else GivenUp(reason=found[0], into_id=found[1])

    def erased(self) -> list[str]:
        """Whom the server has erased: of them nothing may stay anywhere."""
        found = self.store.db.execute("SELECT id FROM given_up WHERE reason = ?", (ERASED,))
        return [row_id for (row_id,) in found]

    def alias(self, entity: str, row_id: str) -> str:
        """The record that an id of the phone's own making stands for today."""
        seen = {row_id}
        gone = self.given_up(entity, row_id)
        while gone is not None and gone.into_id is not None and gone.into_id not in seen:
            row_id = gone.into_id
            seen.add(row_id)
            gone = self.given_up(entity, row_id)
        return row_id

    @property
    def _walk(self) -> int:
        return int(self.store.fact("walk") or 0)

    def _put(self, change: Json, *, is_walk: bool) -> None:
        """A put that is not newer is ignored, but the first word of a walk on a row stands."""
        key = change["e"], change["id"]
        held = self.store.db.execute(
            "SELECT ver, walk FROM row WHERE entity = ? AND id = ?", key
        ).fetchone()
        is_first_word = is_walk and held is not None and held[1] < self._walk
        if held is not None and not is_first_word and change["ver"] <= held[0]:
            return
        self.store.db.execute(
            "INSERT OR REPLACE INTO row VALUES (?, ?, ?, ?, ?)",
            (*key, change["ver"], json.dumps(change["row"]), self._walk),
        )
        self.store.db.execute("DELETE FROM given_up WHERE entity = ? AND id = ?", key)

    def _drop(self, change: Json, *, is_walk: bool) -> None:
        """An older drop than the row is ignored, but for the first word of a walk, as with puts."""
        key = change["e"], change["id"]
        self.store.db.execute(
            "DELETE FROM row WHERE entity = ? AND id = ? AND (ver < ? OR (? AND walk < ?))",
            (*key, change["ver"], is_walk, self._walk),
        )
        if self.row(*key) is None:
            self.store.db.execute(
                "INSERT OR REPLACE INTO given_up VALUES (?, ?, ?, ?)",
                (*key, change["reason"], change.get("into")),
            )

    def _reached(self, page: Json) -> int | None:
        """The version that the rows have reached; in the middle of a walk none."""
        if not page["more"]:
            return int(page["book_version"])
        if page["full"]:
            return None
        last = page["changes"][-1]["ver"] - 1 if page["changes"] else 0
        return max(self.version, last)

    def _leaves(self) -> list[tuple[str, str, int]]:
        return self.store.db.execute("SELECT entity, id, ver FROM row").fetchall()
