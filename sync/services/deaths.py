"""Operations that kill the process that runs them: counted in the cache.

Only who holds the Outbox lock counts, so a count that nobody took back is a death.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

PARKED_AFTER = 3
REMEMBERED_FOR = 24 * 3600  # seconds


@contextmanager
def counting_deaths(device_id: UUID, seq: int) -> Iterator[int]:
    """How many runs of this place began and never ended; any orderly end takes its count back."""
    key = f"push-begun:{device_id}:{seq}"
    before = _count(key)
    try:
        yield before
    except Exception:  # not BaseException: a killed worker must leave its count
        _forget(key)
        raise
    _forget(key)


def _count(key: str) -> int:
    """0 without a cache: a push does not depend on it."""
    try:
        cache.add(key, 0, REMEMBERED_FOR)
        return int(cache.incr(key)) - 1
    except (RedisError, ValueError) as fault:
        log.warning("cache_unavailable", error=type(fault).__name__)
        return 0


def _forget(key: str) -> None:
    try:
        cache.delete(key)
    except RedisError as fault:
        log.warning("cache_unavailable", error=type(fault).__name__)
