"""The cache on a Redis-protocol server, with a counter that cannot lose its end."""

from functools import cached_property

from django.core.cache.backends.redis import RedisCache
from redis import Redis


class CountingCache(RedisCache):
    """Django's cache, and counting in one round trip.

    `add` and `incr` take three, and a key that ends between two of them comes back without an end.
    """

    def count(self, key: str, seconds: int) -> int:
        """One more under a key, which ends `seconds` after its first call."""
        name = self.make_and_validate_key(key)
        # No MULTI: an end that was not set is set by the next call.
        with self._counter.pipeline(transaction=False) as both:
            both.incr(name)
            both.expire(name, seconds, nx=True)
            counted, _is_new = both.execute()
        return int(counted)

    @cached_property
    def _counter(self) -> Redis:
        """Kept, since making a client takes longer than a call; its pool holds the connections."""
        client: Redis = self._cache.get_client(write=True)
        return client
