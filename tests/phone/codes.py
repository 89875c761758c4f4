"""The pool of bill codes that the phone may hand out without network; each goes out once."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from tests.phone.store import Store
from tests.phone.wire import Json, moment

LEAST: Final = 5  # fewer than this of one kind: ask for more when there is signal
TOO_LATE: Final = timedelta(days=14)  # the slip would end before its form may have arrived


class NoCode(LookupError):
    """The pool holds no code for these months: the member pays when the phone has sent."""


class Codes:
    """Codes that the server has reserved for this device."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def refill(self, pool: Iterable[Json]) -> None:
        """Take the server's word for the pool; what was handed out stays handed out."""
        listed = [(one["code"], one["months"], one.get("expires_at")) for one in pool]
        with self.store.transaction() as db:
            db.execute("DELETE FROM code WHERE op_id IS NULL")
            db.executemany(
                "INSERT OR IGNORE INTO code (code, months, expires_at) VALUES (?, ?, ?)", listed
            )

    def take(self, months: int, *, op_id: str, now: datetime | None = None) -> str:
        """Hand one out for an operation, in its transaction. Raises NoCode.

        With `now` none that ends within two weeks: its form may come too late.
        """
        with self.store.transaction() as db:
            code = next(iter(self._good(months, now)), None)
            if code is None:
                raise NoCode(months)
            db.execute("UPDATE code SET op_id = ? WHERE code = ?", (op_id, code))
        return code

    def left(self) -> dict[int, int]:
        """How many codes are left, by months."""
        found = self.store.db.execute(
            "SELECT months, count(*) FROM code WHERE op_id IS NULL GROUP BY months"
        )
        return dict(found.fetchall())

    def is_low(self, months: int, *, now: datetime) -> bool:
        """Whether to ask for more at the next chance."""
        return len(self._good(months, now)) < LEAST

    def ending(self, months: int, *, now: datetime) -> int:
        """How many are left that go out no more."""
        return self.left().get(months, 0) - len(self._good(months, now))

    def _good(self, months: int, now: datetime | None) -> list[str]:
        found = self.store.db.execute(
            "SELECT code, expires_at FROM code WHERE months = ? AND op_id IS NULL ORDER BY code",
            (months,),
        )
        return [
            code
            for code, ends in found.fetchall()
            if now is None or ends is None or moment(ends) - now > TOO_LATE
        ]
