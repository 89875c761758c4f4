"""A phone's line in the field: answers get lost, batches arrive twice; all is noted on paper."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from time import monotonic
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from faults.heard import Paper
from tests.phone.exchange import CHANGES, OK, SYNC
from tests.phone.transport import Answer, NoAnswer, Request, Transport

PATIENT: Final = 60.0  # seconds
HASTY: Final = 0.3  # at most: a line that dies so soon after sending


class Wire(Transport, Protocol):
    """A connection that can be hung up."""

    def close(self) -> None:
        """Hang up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """How lines behave: the shares of what is sent to which something happens."""

    bad_line: float  # the answer never comes
    sent_again: float  # a batch whose answer was heard arrives once more
    twice_at_once: float


class Line:
    """Carries the reference phone's calls; `connect` opens a wire that waits so many seconds."""

    def __init__(
        self, connect: Callable[[float], Wire], paper: Paper, random: Random, weather: Weather
    ) -> None:
        self._connect = connect
        self._wire = connect(PATIENT)
        self._paper = paper
        self._random = random
        self._weather = weather

    def exchange(self, request: Request) -> Answer:
        """Send, and note what was answered. Raises NoAnswer."""
        is_push = (request.method, request.path) == ("POST", SYNC)
        if (is_push or request.method == "PATCH") and self._happens(self._weather.bad_line):
            self._send_and_die(request)
        if is_push and self._happens(self._weather.twice_at_once):
            return self._sent_twice(request)
        answer = self._noted(self._wire, request)
        if is_push and answer.status == OK and self._happens(self._weather.sent_again):
            self._paper.heard.repeat("arrived again")
            with suppress(NoAnswer):
                self._noted(self._wire, request)
        return answer

    def close(self) -> None:
        """Hang up."""
        self._wire.close()

    def _happens(self, share: float) -> bool:
        return self._random.random() < share

    def _send_and_die(self, request: Request) -> None:
        """The server may do all of it; nobody hears."""
        self._paper.heard.repeat("lost answer")
        hasty = self._connect(max(self._random.random() * HASTY, 0.001))
        with suppress(NoAnswer):
            hasty.exchange(request)
        hasty.close()
        raise NoAnswer

    def _sent_twice(self, request: Request) -> Answer:
        """The same batch on two lines at once; the phone hears the first."""
        self._paper.heard.repeat("twice at once")
        second, sent_at = self._connect(PATIENT), monotonic()
        with ThreadPoolExecutor(1) as pool:
            beside = pool.submit(second.exchange, request)
            try:
                answer = self._noted(self._wire, request)
            finally:
                with suppress(NoAnswer):
                    self._note(request, beside.result(), sent_at)
                second.close()
        return answer

    def _noted(self, wire: Wire, request: Request) -> Answer:
        sent_at = monotonic()
        try:
            answer = wire.exchange(request)
        except NoAnswer:
            self._paper.heard.repeat("no answer")
            raise
        self._note(request, answer, sent_at)
        return answer

    def _note(self, request: Request, answer: Answer, sent_at: float) -> None:
        if answer.status >= 400:
            self._paper.heard.repeat(str(_read(answer).get("code", answer.status)))
            return
        self._paper.heard.answer(sent_at)
        path = urlsplit(request.path).path
        if answer.status != OK or path not in {SYNC, CHANGES}:
            return
        said = _read(answer)
        self._paper.note_results(said.get("results", ()))
        self._paper.note_page(said if path == CHANGES else said.get("pull", {}))


def _read(answer: Answer) -> Any:
    """The JSON of an answer; of none, and of a proxy's page, an empty one."""
    try:
        return json.loads(answer.body or b"{}")
    except ValueError:
        return {}
