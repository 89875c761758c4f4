"""What carries the reference phone's calls in tests: into this process, over lines of every kind.

The phone itself knows none of this: it has a transport, and answers that come or do not.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.test import Client

from perisai import clock
from perisai.models import Agent
from tests.factories.perisai import login_body
from tests.phone.app import Phone
from tests.phone.exchange import Model
from tests.phone.store import Store
from tests.phone.transport import Answer, NoAnswer, Request, Transport, whole


class InProcess:
    """The server in this process, without a socket: for tests that are many."""

    def __init__(self) -> None:
        self._client = Client(raise_request_exception=False)

    def exchange(self, request: Request) -> Answer:
        """The whole answer, as if it came over a wire."""
        headers: dict[str, Any] = dict(request.headers)
        answer = self._client.generic(
            request.method,
            request.path,
            request.body or b"",
            content_type=headers.pop("Content-Type", ""),
            headers=headers,
        )
        return whole(answer.status_code, list(answer.items()), answer.content)


class Line:
    """A bad line: each exchange takes the next of its moods, then it is well again.

    Moods: `ok`, `lost` (never arrived), `deaf` (arrived, the answer did not), `twice` (arrived two
    times), `late` (arrives after the next one), `cut` (half of it arrived).
    """

    def __init__(self, inner: Transport | None = None) -> None:
        self.inner = inner or InProcess()
        self.moods: deque[str] = deque()
        self.seen: list[Request] = []
        self._late: list[Request] = []

    def will(self, *moods: str) -> None:
        """What happens to the next exchanges."""
        self.moods.extend(moods)

    def exchange(self, request: Request) -> Answer:
        """Send, as well as the line can. Raises NoAnswer."""
        mood = self.moods.popleft() if self.moods else "ok"
        self.seen.append(request)
        if mood == "late":
            self._late.append(request)
        if mood == "cut" and request.body:
            half = request.body[: len(request.body) // 2]
            self.inner.exchange(
                Request(
                    method=request.method, path=request.path, headers=request.headers, body=half
                )
            )
        if mood in {"lost", "late", "cut"}:
            raise NoAnswer
        if mood == "twice":
            self.inner.exchange(request)
        answer = self.inner.exchange(request)
        self.deliver_late()
        if mood == "deaf":
            raise NoAnswer
        return answer

    def deliver_late(self) -> None:
        """What was under way arrives now; nobody hears the answers."""
        under_way, self._late = self._late, []
        for request in under_way:
            self.inner.exchange(request)


def new_app(
    transport: Transport,
    *,
    store: Store | None = None,
    now: Callable[[], datetime] = clock.now,
    model: Model | None = None,
) -> Phone:
    """A phone that is not logged in."""
    return Phone(store or Store(), transport, now, model)


def app_of(agent: Agent, transport: Transport | None = None, **said: Any) -> Phone:
    """A phone on which an agent has logged in."""
    phone = new_app(transport or Line(), **said)
    log_in(phone, agent)
    return phone


def log_in(phone: Phone, agent: Agent) -> None:
    """Log an agent in."""
    body = login_body(agent)
    phone.log_in(body["login"], password=body["password"])
