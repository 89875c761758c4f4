"""Operations that kill the process that runs them: counted in the cache.

Only who holds the Outbox lock counts, so a count that nobody took back is a death.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import cast
from uuid import UUID

from django.core.cache import cache
from redis.exceptions import RedisError

from perisai.cache import CountingCache

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
    with suppress(RedisError, OSError):
        return cast("CountingCache", cache).count(key, REMEMBERED_FOR) - 1
    return 0


def _forget(key: str) -> None:
    with suppress(RedisError, OSError):
        cache.delete(key)
