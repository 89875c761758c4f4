"""A server of canned answers, for what a real one will not say in a test."""

import gzip
import json
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from tests.phone.app import Phone
from tests.phone.store import Store
from tests.phone.transport import Answer, NoAnswer, Request
from tests.sync.lines import new_app

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
AGENT = "01a1949e-d680-7a10-8c00-0000000000d1"
TOKEN = "sebuah-token"  # noqa: S105  nobody's
EMPTY = "0" * 16
CONFIG: dict[str, Any] = {"intervals": {"sync": 900, "config": 86_400}}


class Scripted:
    """Gives one answer after the other."""

    def __init__(self, answers: Iterable[Answer | Callable[[Request], Answer]]) -> None:
        self.answers = deque(answers)
        self.seen: list[Request] = []

    def exchange(self, request: Request) -> Answer:
        """The next answer; none left is a broken line."""
        self.seen.append(request)
        if not self.answers:
            raise NoAnswer
        answer = self.answers.popleft()
        return answer(request) if callable(answer) else answer


def ok(body: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(status=status, headers=headers, body=json.dumps(body).encode())


def problem(code: str, status: int, **said: Any) -> Answer:
    headers = {"retry-after": str(said.pop("retry_after"))} if "retry_after" in said else {}
    return ok({"code": code, "status": status} | said, status, **headers)


def last_page(**said: Any) -> dict[str, Any]:
    return {
        "epoch": "k3v9q2xa",
        "full": False,
        "changes": [],
        "cursor": "c2",
        "more": False,
        "book_version": 9,
        "counts": {},
        "digest": EMPTY,
        "next_sync_after": 700,
    } | said


def pushed(request: Request, **said: Any) -> Answer:
    """Every operation is applied."""
    ops = sent(request)
    first = body_of(request)["first_seq"]
    results = [{"seq": op["seq"], "op_id": op["op_id"], "result": "applied"} for op in ops]
    answer = {
        "ack_seq": first + len(ops) - 1,
        "next_seq": first + len(ops),
        "complete": True,
        "lease_until": "2026-12-04T03:15:02.000Z",
        "directives": [],
        "results": results,
    }
    return ok(answer | said)


def body_of(request: Request) -> Any:
    raw = request.body or b"{}"
    is_gzip = request.headers.get("Content-Encoding") == "gzip"
    return json.loads(gzip.decompress(raw) if is_gzip else raw)


def sent(request: Request) -> list[Any]:
    ops: list[Any] = body_of(request)["ops"]
    return ops


def phone_with(*answers: Any, notes: int = 0) -> tuple[Phone, Scripted]:
    """A phone in the middle of its life, with some notes unsent."""
    store, server = Store(), Scripted(answers)
    store.remember(
        token=TOKEN,
        agent={"id": AGENT, "villages": []},
        agent_id=AGENT,
        config=CONFIG,
        config_read_at=NOW.isoformat(),
        pushed_at=NOW.isoformat(),
        cursor="c1",
    )
    phone = new_app(server, store=store, now=lambda: NOW)
    for _ in range(notes):
        phone.capture("device.note", {"code": "other"})
    return phone, server


def paths(server: Scripted) -> list[str]:
    return [f"{one.method} {one.path.split('?')[0].removeprefix('/api/v1')}" for one in server.seen]
