"""The message gateway of the demonstration: the tests' fake one, as a process of its own.

What it got is what would have arrived on people's phones. It keeps that in memory and tells nobody
but who asks on the loopback.
"""

import contextlib
import json
import secrets
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from config.local.errors import CannotStart
from config.local.lifeline import command_for

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "tests.fakes.gateway"
SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A running gateway: its address, and what it is called and signs with."""

    url: str
    token: str
    secret: str

    def environment(self) -> dict[str, str]:
        """What tells a process of the product to send here."""
        return {
            "NOTIFY_BACKEND": "http",
            "NOTIFY_URL": self.url,
            "NOTIFY_TOKEN": self.token,
            "NOTIFY_CALLBACK_SECRET": self.secret,
        }

    @property
    def messages(self) -> dict[str, dict[str, Any]]:
        """What it took, by reference."""
        taken: dict[str, dict[str, Any]] = self._got()["messages"]
        return taken

    @property
    def calls(self) -> dict[str, int]:
        """How often each reference was sent."""
        counted: dict[str, int] = self._got()["calls"]
        return counted

    @property
    def strange(self) -> list[str]:
        """What a true gateway would complain of."""
        complaints: list[str] = self._got()["strange"]
        return complaints

    def answer(self, *words: str) -> None:
        """What the next calls are answered, one word each; the last word holds on."""
        self._ask("/answers", list(words))

    def let_go(self) -> None:
        """Answer those calls that it was told to hold."""
        self._ask("/go", [])

    def _got(self) -> dict[str, Any]:
        found: dict[str, Any] = self._ask("/got")
        return found

    def _ask(self, path: str, said: object = None) -> Any:
        body = None if said is None else json.dumps(said).encode()
        with urllib.request.urlopen(urljoin(self.url, path), body, timeout=SECONDS) as answer:  # noqa: S310
            return json.load(answer)


@contextlib.contextmanager
def gateway(lock: Path, *, callback: str = "") -> Iterator[Gateway]:
    """A gateway until the block ends, or until who holds the lock dies. Raises CannotStart.

    `callback` is where it reports that a message was delivered.
    """
    token, secret = secrets.token_hex(32), secrets.token_hex(32)  # no dash, as a flag has
    order = [sys.executable, "-m", PROGRAM, "--token", token, "--secret", secret]
    with subprocess.Popen(
        command_for(lock, "run", [*order, "--callback", callback]),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            url = process.stdout.readline().strip() if process.stdout else ""
            if not url:
                raise CannotStart("the message gateway does not start")
            yield Gateway(url=url, token=token, secret=secret)
        finally:
            process.terminate()
