"""What every phone may know: regions, occupations, the tariff, lists of words.

Each content is fetched once: another one has another digest, and another address.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from tests.phone.exchange import REF, Exchange, read
from tests.phone.wire import Json

QUOTES: Final = '"'


class References:
    """The reference files that a phone holds."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.store = exchange.store

    def is_due(self) -> bool:
        """Whether the configuration names another list than the one that is held whole."""
        named = (self.store.fact("config") or {}).get("ref")
        return named is not None and named != self.store.fact("ref")

    def refresh(self) -> int:
        """Fetch what is new, a call for each; how many came. Raises Refused, NoAnswer.

        What came before a line broke stays; the next time goes on. What is not as it was announced
        is not kept.
        """
        answer = self.exchange.call("GET", REF)
        listed: list[Json] = read(answer)["files"]
        known = dict(self.store.db.execute("SELECT name, sha256 FROM reference").fetchall())
        wanted = [line for line in listed if known.get(line["name"]) != line["sha256"]]
        came = [line for line in wanted if self._fetched(line)]
        if len(came) == len(wanted):
            self._settle({line["name"] for line in listed}, answer.headers.get("etag", ""))
        return len(came)

    def content(self, name: str) -> Any:
        """What a file holds; None if it is not here."""
        found = self.store.db.execute(
            "SELECT content FROM reference WHERE name = ?", (name,)
        ).fetchone()
        return None if found is None else json.loads(found[0])

    def offered(self, words: str, *, today: date) -> list[str]:
        """The codes of a list that a form offers on a day: none that was retired by then."""
        return [
            code["code"]
            for code in self._codes(words)
            if code["retired_on"] is None or date.fromisoformat(code["retired_on"]) > today
        ]

    def label(self, words: str, code: str, *, language: str) -> str:
        """How a code is read, a retired one too: it stands in what was captured before."""
        known = {one["code"]: one for one in self._codes(words)}
        return str(known[code][language]) if code in known else code

    def _codes(self, words: str) -> Iterable[Json]:
        lists: dict[str, list[Json]] = (self.content("codes") or {}).get("lists", {})
        return lists.get(words, [])

    def _fetched(self, line: Json) -> bool:
        content = self.exchange.call("GET", line["url"]).body
        if hashlib.sha256(content).hexdigest() != line["sha256"]:
            return False
        with self.store.transaction() as db:
            values = (line["name"], line["sha256"], content.decode())
            db.execute("INSERT OR REPLACE INTO reference VALUES (?, ?, ?)", values)
        return True

    def _settle(self, names: set[str], tag: str) -> None:
        """All are here: what is listed no more goes."""
        with self.store.transaction() as db:
            held = [name for (name,) in db.execute("SELECT name FROM reference")]
            gone = [(name,) for name in held if name not in names]
            db.executemany("DELETE FROM reference WHERE name = ?", gone)
            self.store.remember(ref=tag.strip(QUOTES))
