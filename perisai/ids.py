"""UUIDv7: made before insert, ordered by time, the key of every row a phone may make."""

from collections.abc import Iterable
from functools import cached_property
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh UUIDv7."""
    return uuid7()


class Ids(tuple[UUID, ...]):
    """Ids that several statements ask for: written as an array once."""

    @cached_property
    def array(self) -> str:
        """What `as_array` says of them."""
        return as_array(iter(self))


def as_array(ids: Iterable[UUID]) -> str:
    """Ids as PostgreSQL writes an array, to be cast there: the driver would dump one by one."""
    if isinstance(ids, Ids):
        return ids.array
    return "{" + ",".join(map(str, ids)) + "}"
