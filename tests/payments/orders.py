"""Two acts in every order that their locks allow, each on a connection of its own.

The first is stopped in front of one of its statements that lock or book; the second runs until it
is done, or waits for the first; then the first goes on. Nothing is left to chance.
"""

import re
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Final, Generic, TypeVar

from django.db import connection

T = TypeVar("T")
LOCKS_OR_BOOKS: Final = re.compile(
    r"FOR (NO KEY )?UPDATE|advisory|INSERT INTO \"?payments_(idempotencykey|payment\b|journalentry)"
)
PATIENCE: Final = 10  # seconds, after which something is broken
WAITING: Final = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Met(Generic[T]):
    """What two acts came to; `is_over`: the first had fewer statements than that number."""

    first: T
    second: T
    is_over: bool


@dataclass(slots=True, kw_only=True)
class _Stop:
    """Holds a session in front of a statement."""

    left: int
    reached: Event = field(default_factory=Event)
    goes_on: Event = field(default_factory=Event)
    has_held: bool = False

    def __call__(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,  # noqa: FBT001  Django's own signature
        context: Any,
    ) -> Any:
        """One statement."""
        if LOCKS_OR_BOOKS.search(sql):
            self.left -= 1
            if self.left == 0:
                self.has_held = True
                self.reached.set()
                assert self.goes_on.wait(PATIENCE)
        return execute(sql, params, many, context)


def meet(first: Callable[[], T], second: Callable[[], T], *, at: int) -> Met[T]:
    """Let the second act come while the first stands in front of its statement of that number."""
    stop = _Stop(left=at)

    def held() -> T:
        try:
            with connection.execute_wrapper(stop):
                return first()
        finally:
            stop.reached.set()
            connection.close()

    def free() -> T:
        try:
            return second()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=2) as pool:
        one = pool.submit(held)
        assert stop.reached.wait(PATIENCE)
        two = pool.submit(free)
        _until_it_is_done_or_waits(two)
        stop.goes_on.set()
        return Met(first=one.result(), second=two.result(), is_over=not stop.has_held)


def _until_it_is_done_or_waits(act: Future[T]) -> None:
    while not wait([act], timeout=0.005).done:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone() != (0,):
                return
