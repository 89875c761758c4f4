"""A phone in the story: the reference phone of `tests/phone/`, with every call of it shown."""

import gzip
import json
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from config.local.story.teller import Answer, StepFailed, Teller
from tests.phone import app, transport
from tests.phone.advice import Do, Refused
from tests.phone.exchange import CHANGES, CONFIG, LOGIN, SYNC
from tests.phone.store import Store
from tests.phone.sync import Outcome

WORDS: Final = {
    ("POST", LOGIN): "token, perangkat, wilayah",
    ("GET", SYNC): "sampai nomor berapa?",
    ("GET", CHANGES): "halaman perubahan",
    ("GET", CONFIG): "pengaturan",
}
MOST_ROUNDS: Final = 6
LONGEST_WAIT: Final = 5  # seconds


class ToldLine:
    """The real line to the server; tells each exchange, and may lose an answer on request."""

    def __init__(self, teller: Teller, base_url: str) -> None:
        self.teller = teller
        self.wire = transport.HttpTransport(base_url)
        self.short = ""
        self.loses_next = False
        self.last = Answer(status=0, headers={}, text="")
        self.results: dict[str, dict[str, Any]] = {}

    def exchange(self, request: transport.Request) -> transport.Answer:
        """Send and tell. Raises NoAnswer."""
        answer = self.wire.exchange(request)
        path = urlsplit(request.path).path
        self.last = Answer(
            status=answer.status, headers=answer.headers, text=answer.body.decode("utf-8")
        )
        short = self.short or WORDS.get((request.method, path), "")
        if (request.method, path) == ("POST", SYNC):
            short = f"{len(_operations(request))} kiriman"
        self.teller.asked(request.method, path, self.last, short)
        if self.loses_next and request.method == "POST":
            self.loses_next = False
            self.teller.console.print("      jawabannya hilang di jalan", style="dim")
            raise transport.NoAnswer
        self._note_results()
        return answer

    def _note_results(self) -> None:
        answered = self.last.json.get("results") if self.last.text.startswith("{") else None
        lines = [one for one in answered or [] if "op_id" in one]
        self.results |= {one["op_id"]: one for one in lines}
        if lines:
            words = ", ".join(one["result"] for one in lines)
            self.teller.console.print(f"      hasil: {words}", style="dim")


class Phone:
    """One installation of one agent, at the story's present time."""

    def __init__(self, teller: Teller, base_url: str, *, now: datetime) -> None:
        self.teller = teller
        self.now = now
        self.line = ToldLine(teller, base_url)
        self.app = app.Phone(Store(), self.line, lambda: self.now)
        self.token = ""
        self.device_id = ""

    def log_in(self, login: str, password: str) -> Answer:
        """Log in; keep the token."""
        try:
            answer = self.app.log_in(login, password=password)
        except Refused:
            return self.line.last
        self.token = self.app.store.fact("token")
        self.device_id = answer["device"]["id"]
        return self.line.last

    def ask(
        self, method: str, path: str, body: Any = None, *, short: str = "", **more: str
    ) -> Answer:
        """One plain online call with this phone's headers; every status is an answer."""
        headers = {
            "X-App-Version": self.app.exchange.model.app_version,
            "X-Schema": str(self.app.exchange.model.schema),
            "X-Device-Time": self.now.isoformat(timespec="milliseconds"),
            "Accept-Language": "id",
            "Content-Type": "application/json",
        } | {name.replace("_", "-"): value for name, value in more.items()}
        if self.token:
            headers["Authorization"] = f"Token {self.token}"
        url = urlsplit(path)
        where = f"{url.path}?{url.query}" if url.query else url.path
        raw = None if body is None else json.dumps(body).encode()
        self.line.short = short or " "
        try:
            self.line.exchange(
                transport.Request(method=method, path=where, headers=headers, body=raw)
            )
        finally:
            self.line.short = ""
        return self.line.last

    def operation(
        self, kind: str, data: dict[str, Any], *, entity_id: str, at: str, **more: Any
    ) -> dict[str, Any]:
        """Capture one operation: from now on it is the phone's duty to deliver it.

        A phone that was away for longer than its lease must hear from the server first.
        """
        members = {"entity_id": entity_id, "at": at, **more}
        try:
            op_id = self.app.capture(kind, data, **members)
        except app.Locked:
            self.teller.console.print("      lama tanpa kontak: terkunci", style="dim")
            self.pull()
            op_id = self.app.capture(kind, data, **members)
        op = self.app.outbox.op(op_id)
        if op is None:
            raise StepFailed("a captured operation is not in the outbox")
        return op.sent

    def push(self, operations: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Synchronise; what the server said of these operations, in order."""
        self._synchronise()
        return [self.line.results[op["op_id"]] for op in operations]

    def pull(self) -> dict[str, int]:
        """Synchronise; how many rows of each entity the phone holds, which is proved."""
        outcome = self._synchronise()
        self.teller.holds(
            "sidik isi ponsel sama dengan sidik isi server", is_true=outcome.is_done, seen=outcome
        )
        return self.app.numbers().confirmed

    def synchronise(self) -> Outcome:
        """One round, whatever it comes to."""
        return self.app.sync()

    def never_heard(self, operations: Sequence[dict[str, Any]]) -> None:
        """The outbox as it would be if the answer to these had not arrived."""
        self.app.outbox.reopen_from(operations[0]["seq"], now=self.now)

    def _synchronise(self) -> Outcome:
        """Rounds until the phone is done; a broken line is tried again soon."""
        outcome = self.app.sync()
        for _ in range(MOST_ROUNDS):
            if outcome.stopped_by is not Do.WAIT:
                break
            time.sleep(min(outcome.wait, LONGEST_WAIT))
            outcome = self.app.sync()
        return outcome

    def member(self, member_id: str) -> dict[str, Any]:
        """A member's confirmed row."""
        return self.rows("member")[member_id]

    def rows(self, entity: str) -> dict[str, dict[str, Any]]:
        """All confirmed rows of an entity, by id."""
        return self.app.book.rows(entity)

    def why_gone(self, entity: str, row_id: str) -> str:
        """Why a row left the phone; nothing if it never did."""
        gone = self.app.book.given_up(entity, row_id)
        return "" if gone is None else gone.reason

    def digest(self) -> str:
        """Over all rows that this phone holds."""
        return self.app.book.digest()


def _operations(request: transport.Request) -> list[Any]:
    raw = request.body or b"{}"
    is_gzip = request.headers.get("Content-Encoding") == "gzip"
    found: list[Any] = json.loads(gzip.decompress(raw) if is_gzip else raw).get("ops", [])
    return found
