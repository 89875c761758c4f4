"""What a busy web process gives up first, so that phones can always send and counters be paid.

Lists go first, then walks, deltas, and last the question whether anything is new. Sending, paying,
logging in and the offices' pages are never shed. Busy is a process whose threads have been at work
for some seconds: a moment with every thread taken sheds nothing.
"""

from dataclasses import dataclass
from math import exp
from secrets import randbelow
from threading import Lock
from time import monotonic
from typing import Final

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config.middleware import Answer
from config.problems import unavailable

MEMORY: Final = 5.0  # seconds in which two thirds of what was is forgotten
CHANGES: Final = "/api/v1/sync/changes"
LISTS: Final = ("/api/v1/members", "/api/v1/follow-ups", "/api/v1/me/")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Burden:
    """A kind of call that can wait: shed from this load on, and for so many seconds."""

    name: str
    most_load: float
    seconds: int


LIST: Final = Burden(name="list", most_load=0.7, seconds=20)
WALK: Final = Burden(name="walk", most_load=0.8, seconds=60)
DELTA: Final = Burden(name="delta", most_load=0.9, seconds=30)
UNCHANGED: Final = Burden(name="unchanged", most_load=0.97, seconds=30)


class Load:
    """The share of this process's threads that were at work, the last seconds above all."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._lock = Lock()
        self._busy = 0
        self._share = 0.0
        self._seen_at = 0.0

    def begin(self, now: float) -> float:
        """One more thread is at work; the load without it."""
        with self._lock:
            self._pass(now)
            self._busy += 1
            return self._share

    def end(self, now: float) -> None:
        """One thread is free again."""
        with self._lock:
            self._pass(now)
            self._busy -= 1

    def _pass(self, now: float) -> None:
        share = min(self._busy / self._threads, 1.0)
        kept = exp(-max(now - self._seen_at, 0.0) / MEMORY)
        self._share = share + (self._share - share) * kept
        self._seen_at = now


class SheddingMiddleware:
    """503 with Retry-After for what can wait; outside of gunicorn nothing is shed."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.load = Load(settings.WEB_THREADS) if settings.WEB_THREADS else None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or ask to come again."""
        if self.load is None:
            return self.get_response(request)
        share = self.load.begin(monotonic())
        try:
            burden = burden_of(request)
            if burden is None or share <= burden.most_load:
                return self.get_response(request)
            log.info("request_shed", burden=burden.name)
            return unavailable(request, retry_after=burden.seconds + randbelow(burden.seconds + 1))
        finally:
            self.load.end(monotonic())


def burden_of(request: HttpRequest) -> Burden | None:
    """What the call is, from its head alone; None: it is never shed."""
    if request.path.startswith(LISTS):
        return LIST
    if request.path != CHANGES:
        return None
    if request.headers.get("If-None-Match"):
        return UNCHANGED
    return DELTA if request.GET.get("cursor") else WALK
