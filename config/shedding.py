"""What a busy web process gives up first, so that phones can always send and counters be paid.

Sending, paying, logging in and the offices' pages are never shed. Busy is a process whose threads
have been at work for some seconds: a moment with every thread taken sheds nothing. What a call is,
is told here from its head; a page of a book is judged once more where it is read, also within a
push.
"""

from math import exp
from threading import Lock
from time import monotonic
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config.middleware import Answer
from config.problems import unavailable
from perisai.burdens import DELTA, LIST, UNCHANGED, WALK, Burden, must_bear, under_load
from perisai.errors import Unavailable

MEMORY: Final = 5.0  # seconds in which two thirds of what was is forgotten
CHANGES: Final = "/api/v1/sync/changes"
LISTS: Final = ("/api/v1/members", "/api/v1/follow-ups", "/api/v1/me/")


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
            with under_load(share):
                return self._answer(request)
        finally:
            self.load.end(monotonic())

    def _answer(self, request: HttpRequest) -> HttpResponse:
        burden = burden_of(request)
        try:
            if burden is not None:
                must_bear(burden)
        except Unavailable as refusal:
            return unavailable(request, retry_after=refusal.context["retry_after"])
        return self.get_response(request)


def burden_of(request: HttpRequest) -> Burden | None:
    """What the call is at least, from its head alone; None: it is never shed."""
    if request.path.startswith(LISTS):
        return LIST
    if request.path != CHANGES:
        return None
    if request.headers.get("If-None-Match"):
        return UNCHANGED
    return DELTA if request.GET.get("cursor") else WALK
