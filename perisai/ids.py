"""UUIDv7: made before insert, ordered by time, the key of every row a phone may make."""

from collections.abc import Iterable
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh UUIDv7."""
    return uuid7()


def as_array(ids: Iterable[UUID]) -> str:
    """Ids as PostgreSQL writes an array, to be cast there: the driver would dump one by one."""
    return "{" + ",".join(map(str, ids)) + "}"
