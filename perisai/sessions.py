"""The office's sessions: read from the cache, or from the database while there is none.

They are written to both, so nobody is logged out by a cache that is away. Ending one needs both: a
copy that was left in the cache would go on, so that an end which does not reach it fails.
"""

from typing import Any

from django.contrib.sessions.backends import cached_db, db
from redis.exceptions import RedisError


class SessionStore(cached_db.SessionStore):
    """Django's, which does without the cache to write, but not to read."""

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing, if there is no such session."""
        try:
            return super().load()
        except RedisError:
            return db.SessionStore.load(self)
