"""The pool of bill codes that the phone may hand out without network; each goes out once."""

from collections.abc import Iterable

from tests.phone.store import Store
from tests.phone.wire import Json


class NoCode(LookupError):
    """The pool holds no code for these months: the member pays when the phone has sent."""


class Codes:
    """Codes that the server has reserved for this device."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def refill(self, pool: Iterable[Json]) -> None:
        """Take the server's word for the pool; what was handed out stays handed out."""
        listed = [(one["code"], one["months"]) for one in pool]
        with self.store.transaction() as db:
            db.execute("DELETE FROM code WHERE op_id IS NULL")
            db.executemany("INSERT OR IGNORE INTO code (code, months) VALUES (?, ?)", listed)

    def take(self, months: int, *, op_id: str) -> str:
        """Hand one out for an operation, in its transaction. Raises NoCode."""
        with self.store.transaction() as db:
            found = db.execute(
                "SELECT code FROM code WHERE months = ? AND op_id IS NULL ORDER BY code LIMIT 1",
                (months,),
            ).fetchone()
            if found is None:
                raise NoCode(months)
            db.execute("UPDATE code SET op_id = ? WHERE code = ?", (op_id, found[0]))
        return str(found[0])

    def left(self) -> dict[int, int]:
        """How many codes are left, by months."""
        found = self.store.db.execute(
            "SELECT months, count(*) FROM code WHERE op_id IS NULL GROUP BY months"
        )
        return dict(found.fetchall())
