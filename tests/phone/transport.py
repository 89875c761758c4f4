"""One call to the server. Either there is a whole answer, or nobody knows what happened."""

import gzip
import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

SECONDS = 60
IDLE_SECONDS = 3  # the server may hang up an idle line: then a call on it has no answer


class NoAnswer(Exception):
    """The line broke. The server may have done all, a part, or nothing: only asking again tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request; `path` with its query."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One whole answer, inflated; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Transport(Protocol):
    """What carries a request; tests put lines in between that lose, repeat and cut."""

    def exchange(self, request: Request) -> Answer:
        """Send and wait. Raises NoAnswer."""


class HttpTransport:
    """Real HTTP over one connection that is kept and opened anew when it is gone."""

    def __init__(self, base_url: str, *, seconds: float = SECONDS) -> None:
        self._url = urlsplit(base_url)
        self._seconds = seconds
        self._line: http.client.HTTPConnection | None = None
        self._used_at = 0.0

    def exchange(self, request: Request) -> Answer:
        """Send and wait. Raises NoAnswer. Never sends twice by itself: that is the loop's word."""
        if time.monotonic() - self._used_at > IDLE_SECONDS:
            self.close()
        line, self._line = self._line or self._opened(), None
        try:
            line.request(
                request.method, request.path, body=request.body, headers=dict(request.headers)
            )
            response = line.getresponse()
            answer = whole(response.status, response.getheaders(), response.read())
        except (OSError, http.client.HTTPException, EOFError) as fault:
            line.close()
            raise NoAnswer from fault
        self._line, self._used_at = line, time.monotonic()
        return answer

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _opened(self) -> http.client.HTTPConnection:
        is_safe = self._url.scheme == "https"
        kind = http.client.HTTPSConnection if is_safe else http.client.HTTPConnection
        return kind(self._url.hostname or "", self._url.port, timeout=self._seconds)


def whole(status: int, headers: "list[tuple[str, str]]", body: bytes) -> Answer:
    """An answer as the client reads it. Raises EOFError, OSError for gzip that was cut."""
    named = {name.lower(): value for name, value in headers}
    if named.get("content-encoding") == "gzip" and body:
        body = gzip.decompress(body)
    return Answer(status=status, headers=named, body=body)
