"""A terminal of the fault run does what the word `retry` says, and nothing cleverer."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from random import Random
from threading import Thread
from typing import Any

import pytest

from faults.journal import Journal
from faults.terminal import Counter, Errand, Terminal

BILL = Errand(bill_code="9931419592653586", amount=8_400)
Said = tuple[str, str, str]


@dataclass
class Script:
    """What a server answers, in turn: a status and a body, or nothing at all."""

    answers: list[tuple[int, dict[str, Any]] | None] = field(default_factory=list)
    heard: list[tuple[str, str, str]] = field(default_factory=list)
    journal: Journal = field(default_factory=Journal)
    port: int = 0

    def serve(self, errand: Errand) -> Journal:
        """Let a terminal with a good line run an errand here."""
        terminal = Terminal(self.port, self.journal, Random(1), bad_line=0)  # noqa: S311
        terminal.serve(errand, Counter(partner=1, token="t"))  # noqa: S106
        return self.journal

    @property
    def keys(self) -> list[str]:
        """The key of each payment that was sent."""
        return [key for method, path, key in self.heard if (method, path[-8:]) == POSTED]


POSTED = ("POST", "payments")


@pytest.fixture
def script() -> Iterator[Script]:
    """A server that follows a script."""
    made = Script()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            made.heard.append((self.command, self.path, self.headers.get("Idempotency-Key", "")))
            said = made.answers.pop(0)
            if said is None:
                return  # the connection closes without a word
            body = json.dumps(said[1]).encode()
            self.send_response(said[0])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815  the base's names

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        made.port = server.server_port
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


def paid(number: int = 1) -> tuple[int, dict[str, Any]]:
    return 201, {"id": f"00000000-0000-7000-8000-{number:012d}"}


def refused(status: int, retry: str, code: str = "refused") -> tuple[int, dict[str, Any]]:
    return status, {"retry": retry, "code": code}


def test_paid_at_once_is_one_slip(script: Script) -> None:
    script.answers = [paid()]

    journal = script.serve(BILL)

    assert [slip.amount for slip in journal.slips] == [8_400]
    assert journal.slips[0].key == script.keys[0]


@pytest.mark.parametrize(
    "first", [None, refused(503, "same_key"), refused(409, "same_key"), (500, {})], ids=str
)
def test_same_key_and_a_dead_line_send_the_same_again(
    script: Script, first: tuple[int, dict[str, Any]] | None
) -> None:
    script.answers = [first, paid()]

    journal = script.serve(BILL)

    assert len(journal.slips) == 1
    assert len(script.keys) == 2
    assert len(set(script.keys)) == 1


def test_new_key_asks_for_a_bill_again_and_takes_another_key(script: Script) -> None:
    bill = (200, {"bill_code": "9912349567890122", "payable": 8_400})
    script.answers = [bill, refused(409, "new_key", "bill_stale"), bill, paid()]

    journal = script.serve(Errand(kpj="80000000001"))

    assert len(set(script.keys)) == 2
    assert [slip.key for slip in journal.slips] == script.keys[1:]
    assert journal.refusals == {"bill_stale": 1}


def test_ask_status_finds_what_was_booked(script: Script) -> None:
    script.answers = [refused(504, "ask_status"), paid(7)]

    journal = script.serve(BILL)

    assert script.heard[1][:2] == ("GET", f"/api/v1/pospay/payments?reference={script.keys[0]}")
    assert [slip.payment_id[-1] for slip in journal.slips] == ["7"]


def test_ask_status_of_what_is_not_there_sends_the_same_once_more(script: Script) -> None:
    taken = refused(409, "ask_status", "already_paid")
    nothing = refused(404, "never", "payment_not_found")
    script.answers = [taken, nothing, taken, nothing]

    journal = script.serve(BILL)

    assert journal.slips == []
    assert journal.refusals == {"already_paid": 1}
    assert len(set(script.keys)) == 1


def test_never_is_the_end(script: Script) -> None:
    script.answers = [refused(422, "never", "amount_mismatch")]

    journal = script.serve(BILL)

    assert (journal.slips, journal.refusals) == ([], {"amount_mismatch": 1})


def test_taking_back_is_noted_when_the_server_says_so(script: Script) -> None:
    script.answers = [paid(), refused(503, "same_key"), (200, {"state": "reversed"})]

    journal = script.serve(Errand(bill_code=BILL.bill_code, amount=8_400, is_taken_back=True))

    assert journal.reversed_references == {journal.slips[0].reference}
