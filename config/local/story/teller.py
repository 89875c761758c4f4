"""Tells the story: an Indonesian sentence a step, the request, the answer in short, the verdict."""

import http.client
import http.cookiejar
import json
import os
import select
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console

SECONDS = 30
SHORT = 150
PAUSE_SECONDS = 1.5


class StepFailed(AssertionError):
    """What the answer should have been, and was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body as JSON; an empty body is an empty object."""
        return json.loads(self.text) if self.text else {}


class _StayHere(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer to look at, not to follow."""

    def redirect_request(self, *args: Any) -> None:
        """Never follow."""


class Web:
    """One browser or one app: its own cookies, nothing else kept."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.cookies), _StayHere()
        )

    def call(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request; every status is an answer."""
        url = urllib.parse.urljoin(f"{self.base_url}/", path)
        request = urllib.request.Request(  # noqa: S310  our own server, http
            url, data=body, method=method, headers=dict(headers or {})
        )
        try:
            with self._opener.open(request, timeout=SECONDS) as response:
                return _answer(response.status, response)
        except urllib.error.HTTPError as refusal:
            return _answer(refusal.code, refusal)

    def lose_answer(
        self, method: str, path: str, *, body: bytes, headers: Mapping[str, str]
    ) -> None:
        """Send one request and hang up when its answer is on the way: the line broke."""
        host = urllib.parse.urlsplit(self.base_url)
        line = http.client.HTTPConnection(host.hostname or "", host.port, timeout=SECONDS)
        line.request(method, path, body=body, headers=dict(headers))
        select.select([line.sock], [], [], SECONDS)
        line.close()


def _answer(status: int, response: Any) -> Answer:
    text = response.read().decode("utf-8")
    return Answer(status=status, headers=dict(response.headers.items()), text=text)


class Teller:
    """Prints the story and holds each step to its word."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=True)
        self.number = 0
        self._is_slow = bool(os.environ.get("DEMO_SLOW"))

    def say(self, sentence: str) -> None:
        """Begin a step."""
        self.number += 1
        if self._is_slow and self.number > 1:
            time.sleep(PAUSE_SECONDS)
        self.console.print(f"\n[bold]{self.number:2d}. {sentence}[/bold]")

    def asked(self, method: str, path: str, answer: Answer, short: str = "") -> None:
        """Show a request and its answer in short."""
        words = short or answer.text.replace("\n", " ")
        words = words if len(words) <= SHORT else f"{words[:SHORT]}…"
        self.console.print(f"    {method} {path}  [dim]→[/dim] {answer.status}", end="  ")
        self.console.print(words, style="dim", markup=False)

    def holds(self, claim: str, *, is_true: bool, seen: object = "") -> None:
        """A verdict. Raises StepFailed when it does not hold."""
        mark = "[green]✓[/green]" if is_true else "[red]✗[/red]"
        self.console.print(f"    {mark} {claim}")
        if not is_true:
            raise StepFailed(f"{claim}; seen: {seen}")

    def equals(self, claim: str, seen: object, wanted: object) -> None:
        """A verdict on one value."""
        self.holds(claim, is_true=seen == wanted, seen=f"{seen!r} instead of {wanted!r}")
