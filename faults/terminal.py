"""A terminal at a counter: it sends, and acts on the word `retry` alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from random import Random
from time import monotonic, sleep
from typing import Any, Final
from uuid import uuid4

from faults.journal import Journal, Slip

PAYMENTS: Final = "/api/v1/pospay/payments"
INQUIRIES: Final = "/api/v1/pospay/inquiries"
REVERSALS: Final = "/api/v1/pospay/reversals"
ANSWERS_WITHIN: Final = 15.0
GIVES_UP_AFTER: Final = 60.0
PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 3.0
MOST_BILLS: Final = 4
DONE, SAME_KEY, ASK_STATUS, NEW_KEY = "done", "same_key", "ask_status", "new_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """One counter and the token of its terminal."""

    partner: int
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What somebody comes to pay: the next month of a number, or a bill with its amount."""

    kpj: str = ""
    bill_code: str = ""
    amount: int = 0
    is_taken_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer; no status: the line died before it came."""

    status: int
    body: Mapping[str, Any]
    pause: float

    @property
    def word(self) -> str:
        """What to do now. A dead line says nothing: the same is sent again."""
        if 200 <= self.status < 300:
            return DONE
        return str(self.body.get("retry", SAME_KEY))

    @property
    def code(self) -> str:
        """The refusal's name."""
        return str(self.body.get("code", "no_answer"))


NO_ANSWER: Final = Answer(status=0, body={}, pause=PAUSE)


class Terminal:
    """One of eight; `bad_line` is how often it loses an answer by itself."""

    def __init__(self, port: int, journal: Journal, random: Random, *, bad_line: float) -> None:
        self._port = port
        self._journal = journal
        self._random = random
        self._bad_line = bad_line
        self._connection: HTTPConnection | None = None

    def serve(self, errand: Errand, counter: Counter) -> None:
        """See somebody through to paper in hand, or to a refusal."""
        for _ in range(MOST_BILLS):
            bill = self._bill(errand, counter)
            if bill is None:
                return
            word = self._pay(bill, errand, counter)
            if word != NEW_KEY:
                return
        self._journal.refuse("too_many_bills")

    def _bill(self, errand: Errand, counter: Counter) -> tuple[str, int] | None:
        """Code and amount; None when the inquiry was refused."""
        if errand.bill_code:
            return errand.bill_code, errand.amount
        answer = self._until_said("POST", INQUIRIES, counter, {"kpj": errand.kpj, "months": 1})
        if answer is None or answer.word != DONE:
            self._journal.refuse(answer.code if answer else "inquiry_unanswered")
            return None
        return str(answer.body["bill_code"]), int(answer.body["payable"])

    def _pay(self, bill: tuple[str, int], errand: Errand, counter: Counter) -> str:
        """Pay one bill under one key; the last word."""
        code, amount = bill
        key, asked_at = f"faults-{uuid4().hex}", monotonic()
        body = {
            "bill_code": code,
            "amount": amount,
            "reference": key,
            "paid_at": datetime.now(tz=UTC).isoformat(),
            "confirm_repeat": self._random.random() < 0.5,
        }
        found = self._paid(body, counter, key=key)
        if found is None:
            self._journal.give_up(key)
            return SAME_KEY
        if found.word != DONE:
            self._journal.refuse(found.code)
            return found.word
        slip = Slip(
            partner=counter.partner,
            key=key,
            reference=key,
            bill_code=code,
            amount=amount,
            payment_id=str(found.body["id"]),
            asked_at=asked_at,
            answered_at=monotonic(),
        )
        self._journal.acknowledge(slip)
        if errand.is_taken_back:
            self._take_back(slip, counter)
        return DONE

    def _paid(self, body: Mapping[str, Any], counter: Counter, *, key: str) -> Answer | None:
        """The final answer; where the server says so, the status is read before anything else."""
        for _ in range(2):
            answer = self._until_said("POST", PAYMENTS, counter, body, key=key)
            if answer is None or answer.word != ASK_STATUS:
                return answer
            self._journal.repeat(ASK_STATUS)
            status = self._until_said("GET", f"{PAYMENTS}?reference={key}", counter)
            if status is None or status.word == DONE:
                return status
        return answer  # asked, not there, sent again, and refused again: it is not ours

    def _take_back(self, slip: Slip, counter: Counter) -> None:
        """The customer changed her mind."""
        body = {"reference": slip.reference, "reason": "customer_cancelled"}
        answer = self._until_said("POST", REVERSALS, counter, body, key=f"back-{uuid4().hex}")
        if answer is None:
            self._journal.give_up(slip.reference)
        elif answer.word == DONE:
            self._journal.reverse(slip.reference)
        else:
            self._journal.refuse(answer.code)

    def _until_said(
        self,
        method: str,
        path: str,
        counter: Counter,
        body: Mapping[str, Any] | None = None,
        key: str = "",
    ) -> Answer | None:
        """Send the same until the answer is another word than same_key; None: nobody answers."""
        give_up_at = monotonic() + GIVES_UP_AFTER
        while monotonic() < give_up_at:
            answer = self._send(method, path, counter, body, key)
            if answer.word != SAME_KEY:
                return answer
            self._journal.repeat(answer.code)
            sleep(min(answer.pause, LONGEST_PAUSE) * (0.5 + self._random.random()))
        return None

    def _send(
        self,
        method: str,
        path: str,
        counter: Counter,
        body: Mapping[str, Any] | None,
        key: str,
    ) -> Answer:
        """One exchange; now and then the line dies between the request and its answer."""
        headers = {"Authorization": f"Token {counter.token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        sent_at = monotonic()
        line = self._connection or HTTPConnection("127.0.0.1", self._port, timeout=ANSWERS_WITHIN)
        self._connection = line
        try:
            line.request(method, path, json.dumps(body) if body else None, headers)
            if key and self._random.random() < self._bad_line:
                sleep(self._random.random() * PAUSE)
                raise ConnectionResetError
            response = line.getresponse()
            said = json.loads(response.read() or b"{}")
        except (OSError, HTTPException, ValueError):
            line.close()
            self._connection = None
            return NO_ANSWER
        answer = Answer(
            status=response.status,
            body=said,
            pause=float(response.headers.get("Retry-After", PAUSE)),
        )
        if answer.word == DONE:
            self._journal.hear(sent_at)
        return answer
