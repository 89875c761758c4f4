"""Counting calls: in the cache for all processes, or in each process while the cache is down.

A limit is then as much looser as there are processes, and never off.
"""

import time
from contextlib import suppress
from threading import Lock
from typing import Final, cast

from django.core.cache import cache
from redis.exceptions import RedisError

from perisai.cache import CountingCache

MOST_KEYS: Final = 20_000


class OwnCounters:
    """This process's counters: a number and an end for each key, never more keys than it may."""

    def __init__(self, most: int = MOST_KEYS) -> None:
        self._most = most
        self._lock = Lock()
        self._counted: dict[str, tuple[int, float]] = {}

    def count(self, key: str, seconds: int) -> int:
        """One more under a key, from one on again once `seconds` have passed."""
        now = time.time()
        with self._lock:
            number, ends = self._counted.get(key, (0, 0.0))
            if ends <= now:
                number, ends = 0, now + seconds
                self._make_room(now)
            self._counted[key] = (number + 1, ends)
            return number + 1

    def ends(self, key: str) -> float:
        """When a key's window ends, as seconds since 1970; 0 for one that nobody counts."""
        return self._counted.get(key, (0, 0.0))[1]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._counted.clear()

    def _make_room(self, now: float) -> None:
        if len(self._counted) < self._most:
            return
        live = {key: kept for key, kept in self._counted.items() if kept[1] > now}
        self._counted = live if len(live) < self._most else {}


own: Final = OwnCounters()


def calls(key: str, seconds: int) -> int:
    """Count one call under a key and return how many there were in its window."""
    with suppress(RedisError, OSError):
        return cast("CountingCache", cache).count(key, seconds)
    return own.count(key, seconds)


def shut_out(key: str, seconds: int) -> None:
    """Let nobody through under a key for some time."""
    own.count(key, seconds)
    with suppress(RedisError, OSError):
        cache.set(key, time.time() + seconds, timeout=seconds)


def seconds_shut_out(key: str) -> int:
    """How long nobody gets through yet; 0: everybody does."""
    now = time.time()
    ends = own.ends(key)
    if ends <= now:
        with suppress(RedisError, OSError):
            ends = cache.get(key) or 0.0
    return max(0, int(ends - now + 0.999))
