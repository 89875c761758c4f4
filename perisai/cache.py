"""The cache on a Redis-protocol server: a counter that cannot lose its end, and no wait per call.

A server that did not answer is left alone for a moment by the whole process: who asks meanwhile
hears at once that it is away, and does without it. After the moment one call tries it again.
"""

from collections.abc import Callable
from functools import cached_property, partial
from threading import Lock
from time import monotonic
from typing import Any, Final, TypeVar

import structlog
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from redis import Redis
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import TimeoutError as NoAnswer

log = structlog.get_logger(__name__)

REST_SECONDS: Final = 2.0
T = TypeVar("T")


class LeftAlone(NoConnection):
    """It did not answer a moment ago, so it was not asked."""


class Patience:
    """Whether a server is worth asking now; one for all threads of a process, which fail alike."""

    def __init__(self, rest: float = REST_SECONDS) -> None:
        self._rest = rest
        self._lock = Lock()
        self._is_away = False
        self._until = 0.0

    def ask(self, work: Callable[[], T]) -> T:
        """Do what needs the server. Raises LeftAlone while it rests, and the work's own faults."""
        self._begin()
        try:
            found = work()
        except (NoConnection, NoAnswer) as fault:
            self._note(fault)
            raise
        if self._is_away:
            self._welcome()
        return found

    def _begin(self) -> None:
        if not self._is_away:
            return
        with self._lock:
            now = monotonic()
            if now < self._until:
                raise LeftAlone
            self._until = now + self._rest  # this call tries; the others do without it meanwhile

    def _note(self, fault: Exception) -> None:
        with self._lock:
            was_away, self._is_away = self._is_away, True
            self._until = monotonic() + self._rest
        if not was_away:
            log.warning("cache_is_away", error=type(fault).__name__)

    def _welcome(self) -> None:
        with self._lock:
            was_away, self._is_away = self._is_away, False
            self._until = 0.0
        if was_away:
            log.info("cache_is_back")


_patience: dict[str, Patience] = {}


class CountingCache(RedisCache):
    """Django's cache, and counting in one round trip.

    `add` and `incr` take three, and a key that ends between two of them comes back without an end.
    """

    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._patience = _patience.setdefault(str(server), Patience())

    def count(self, key: str, seconds: int) -> int:
        """One more under a key, which ends `seconds` after its first call."""
        name = self.make_and_validate_key(key)

        def ask() -> int:
            # No MULTI: an end that was not set is set by the next call.
            with self._counter.pipeline(transaction=False) as both:
                both.incr(name)
                both.expire(name, seconds, nx=True)
                counted, _is_new = both.execute()
            return int(counted)

        return self._patience.ask(ask)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """As Django's."""
        return self._patience.ask(partial(super().get, key, default, version))

    def set(
        self,
        key: Any,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:
        """As Django's."""
        self._patience.ask(partial(super().set, key, value, timeout, version))

    def delete(self, key: Any, version: int | None = None) -> bool:
        """As Django's."""
        return self._patience.ask(partial(super().delete, key, version))

    def has_key(self, key: Any, version: int | None = None) -> bool:
        """As Django's."""
        return self._patience.ask(partial(super().has_key, key, version))

    @cached_property
    def _counter(self) -> Redis:
        """Kept, since making a client takes longer than a call; its pool holds the connections."""
        client: Redis = self._cache.get_client(write=True)
        return client
