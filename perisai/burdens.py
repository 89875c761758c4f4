"""What can wait when a process is busy: kinds of calls, in the order in which they are given up.

Lists go first, then walks, deltas, and last the question whether anything is new. What a call is
can be told from its head, or only after a look at what it asks for: then the service says so.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from secrets import randbelow
from typing import Final

import structlog

from perisai.errors import Unavailable

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Burden:
    """A kind of call that can wait: shed above this load, and for so many seconds."""

    name: str
    most_load: float
    seconds: int


LIST: Final = Burden(name="list", most_load=0.7, seconds=20)
WALK: Final = Burden(name="walk", most_load=0.8, seconds=60)
DELTA: Final = Burden(name="delta", most_load=0.9, seconds=30)
UNCHANGED: Final = Burden(name="unchanged", most_load=0.97, seconds=30)

_load: ContextVar[float] = ContextVar("load", default=0.0)


@contextmanager
def under_load(share: float) -> Iterator[None]:
    """Inside, the process is as busy as this; outside of it nothing is shed."""
    token = _load.set(share)
    try:
        yield
    finally:
        _load.reset(token)


def must_bear(burden: Burden) -> None:
    """Raises Unavailable, with a spread time to come again, if the process is too busy for it."""
    if _load.get() <= burden.most_load:
        return
    log.info("request_shed", burden=burden.name)
    raise Unavailable(retry_after=burden.seconds + randbelow(burden.seconds + 1))
