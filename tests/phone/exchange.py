"""One call with the phone's headers: what it sends of itself, and how an answer is read."""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlencode

from tests.phone.advice import refusal_of
from tests.phone.store import Store
from tests.phone.transport import Answer, Request, Transport
from tests.phone.wire import instant, moment

SYNC: Final = "/api/v1/sync"
CHANGES: Final = "/api/v1/sync/changes"
CONFIG: Final = "/api/v1/sync/config"
LOGIN: Final = "/api/v1/auth/login"
REF: Final = "/api/v1/ref"  # the list; the files below it are anybody's
SHORT: Final = 512  # bytes that are not worth compressing
OK, UNCHANGED, REFUSED = 200, 304, 400
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What the app and the handset are."""

    app_version: str = "1.4.0"
    schema: int = 1
    platform: str = "android"
    model: str = "SM-A055F"
    label: str = "HP contoh"
    language: str = "id"


class Exchange:
    """Calls the server in the name of the store's agent."""

    def __init__(
        self, store: Store, transport: Transport, clock: Clock, model: Model | None = None
    ) -> None:
        self.store = store
        self.transport = transport
        self.clock = clock
        self.model = model or Model()
        self._present: datetime | None = None

    @property
    def present(self) -> datetime:
        """The server's present at its last answer: what is kept for thirty days is kept by it."""
        return self._present or self.clock()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One answer of a status below 400; bytes go as they are. Raises Refused, NoAnswer."""
        is_open = path == LOGIN or path.startswith(f"{REF}/")
        sent = self._headers(has_token=not is_open) | dict(headers or {})
        raw: bytes | None = body
        if body is not None and not isinstance(body, bytes):
            raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
            sent["Content-Type"] = "application/json"
            if len(raw) > SHORT and not self.store.fact("plain"):
                raw = gzip.compress(raw)
                sent["Content-Encoding"] = "gzip"
        wanted = f"{path}?{urlencode(query)}" if query else path
        answer = self.transport.exchange(
            Request(method=method, path=wanted, headers=sent, body=raw)
        )
        self._present = present_of(answer) or self.clock()
        if answer.status >= REFUSED:
            raise refusal_of(answer)
        return answer

    def _headers(self, *, has_token: bool) -> dict[str, str]:
        headers = {
            "X-App-Version": self.model.app_version,
            "X-Schema": str(self.model.schema),
            "X-Device-Time": instant(self.clock()),
            "Accept-Language": self.model.language,
            "Accept-Encoding": "gzip",
        }
        token = self.store.fact("token") if has_token else None
        return headers | ({"Authorization": f"Token {token}"} if token else {})


def present_of(answer: Answer) -> datetime | None:
    """When the server answered, by its own clock."""
    said, told = answer.headers.get("date"), answer.headers.get("x-server-time")
    if said:
        return parsedate_to_datetime(said)
    return moment(told) if told else None


def local_lease(answer: Answer, lease_until: str, now: datetime) -> str:
    """When the lease ends by the phone's own clock, which may be years off.

    The server names an instant; what counts is how far ahead of its own present that is.
    """
    return instant(now + (moment(lease_until) - (present_of(answer) or now)))


def read(answer: Answer) -> Any:
    """The JSON of an answer."""
    return json.loads(answer.body) if answer.body else {}
