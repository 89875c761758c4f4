"""What each web process counts of itself, in files that all of them share (`config/gunicorn.py`).

Counted by gunicorn's hooks, outside of Django: a request pays some microseconds for it.
"""

from threading import Event, Thread
from time import perf_counter
from typing import Any, Final

from prometheus_client import Counter, Gauge, Histogram

LOOK_EVERY: Final = 5.0  # seconds
BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

ANSWERS: Final = Counter("perisai_answers", "Answers by class of status.", ["status"])
SECONDS: Final = Histogram(
    "perisai_answer_seconds", "From the request's head to the end of its answer.", buckets=BUCKETS
)
POOL_WAITING: Final = Gauge(
    "perisai_pool_waiting",
    "Requests that wait for a connection to the database.",
    multiprocess_mode="livesum",
)
POOL_SIZE: Final = Gauge(
    "perisai_pool_size", "Connections that the pools hold.", multiprocess_mode="livesum"
)
_classes: Final = {number: ANSWERS.labels(f"{number}xx") for number in range(1, 6)}


def begin_request(request: Any) -> None:
    """Its head has come."""
    request.begun_at = perf_counter()


def end_request(request: Any, response: Any) -> None:
    """Its answer is out; one that never became an answer counts as failed."""
    status = getattr(response, "status_code", None) or 500
    _classes[min(max(status // 100, 1), 5)].inc()
    begun_at: float | None = getattr(request, "begun_at", None)
    if begun_at is not None:
        SECONDS.observe(perf_counter() - begun_at)


def watch_pool() -> None:
    """Look at this process's pool now and then, in a thread that ends with the process."""
    Thread(target=_watch, args=(Event(),), daemon=True).start()


def _watch(over: Event) -> None:
    while not over.wait(LOOK_EVERY):
        note_pool()


def note_pool() -> None:
    """Write down how the pool stands; a process that has asked nothing yet has none."""
    from django.db.backends.postgresql.base import DatabaseWrapper  # noqa: PLC0415  after the fork

    pools: dict[str, Any] = getattr(DatabaseWrapper, "_connection_pools", {})
    stats = [pool.get_stats() for pool in pools.values()]
    POOL_WAITING.set(sum(found.get("requests_waiting", 0) for found in stats))
    POOL_SIZE.set(sum(found.get("pool_size", 0) for found in stats))
