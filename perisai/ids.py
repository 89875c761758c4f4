"""UUIDv7: made before insert, ordered by time, the key of every row a phone may make."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh UUIDv7."""
    return uuid7()
