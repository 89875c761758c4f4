"""Transactions with their time limits, set per kind of work and never per connection."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection, transaction
from psycopg_pool import PoolTimeout

P = ParamSpec("P")
T = TypeVar("T")


class Deadline(Enum):
    """One kind of transaction: its statement timeout in seconds, and whether it may book payments.

    What books lasts no longer than LONGEST_SECONDS as a whole.
    """

    PAGE = (5, False)  # one page, or one pushed operation
    POSTING = (8, True)
    CORRECTION = (15, True)  # money that two persons move, or a bill of the office
    REPORT = (15, False)
    SWEEP = (60, False)
    BULK = (600, False)

    @property
    def seconds(self) -> int:
        """How long one statement may take."""
        return self.value[0]

    @property
    def is_booking(self) -> bool:
        """Whether a payment may appear when it commits."""
        return self.value[1]


class CommitUnanswered(OperationalError):
    """The connection was lost while COMMIT was on its way: nobody knows what came of it."""


LOST = "57P"
"""How the SQLSTATEs begin by which a server that goes down, or ends a session, says good-bye."""

LOCK_NOT_AVAILABLE = "55P03"
ENDED_BY_SERVER = frozenset({"25P03", "25P04"})
"""The transaction stood idle for too long, as in a process that was stopped, or was too long."""
READ_ONLY = "25006"
LOCK_SECONDS = 3
IDLE_SECONDS = 10
LONGEST_SECONDS = 25
"""How long a transaction that may book money lasts as a whole, whatever it waits for.

After it no payment with an earlier time can appear: reports rely on it.
"""


def limit(deadline: Deadline) -> None:
    """Set the limits of the running transaction, in one statement.

    `pgtrigger.ignore` names no trigger: while it is unset, each guard of pgtrigger raises and
    catches an exception, which costs a subtransaction per row.
    """
    longest = LONGEST_SECONDS if deadline.is_booking else 0  # 0: as long as its statements take
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, true),"
            " set_config('statement_timeout', %s, true),"
            " set_config('idle_in_transaction_session_timeout', %s, true),"
            " set_config('transaction_timeout', %s, true),"
            " set_config('pgtrigger.ignore', '{}', true)",
            [f"{LOCK_SECONDS}s", f"{deadline.seconds}s", f"{IDLE_SECONDS}s", f"{longest}s"],
        )


@contextmanager
def within(deadline: Deadline) -> Iterator[None]:
    """A transaction with limits; inside another one it only adds a savepoint.

    Raises CommitUnanswered if the connection is lost in the outermost one's COMMIT.
    """
    is_outermost = not connection.in_atomic_block
    has_run = False
    try:
        with transaction.atomic():
            if is_outermost:
                limit(deadline)
            yield
            has_run = True
    except (OperationalError, InterfaceError) as fault:
        if is_outermost and has_run and _is_lost(fault):
            raise CommitUnanswered from fault
        raise


def _is_lost(fault: Exception) -> bool:
    """Whether the server said nothing, or good-bye; any other word of its means: rolled back."""
    state: str | None = getattr(fault.__cause__, "sqlstate", None)
    return state is None or state.startswith(LOST)


def atomic_within(deadline: Deadline) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """`within` as a decorator of a service."""

    def decorate(service: Callable[P, T]) -> Callable[P, T]:
        @wraps(service)
        def limited(*args: P.args, **kwargs: P.kwargs) -> T:
            with within(deadline):
                return service(*args, **kwargs)

        return limited

    return decorate


def is_lock_timeout(fault: OperationalError) -> bool:
    """Whether somebody else held a lock for longer than we wait."""
    return getattr(fault.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE


def is_away(fault: Exception) -> bool:
    """Whether the database was not there for the call, and may be for the next one.

    Lost, full, locked, only reading, or tired of the transaction: what was begun is rolled back.
    """
    if isinstance(fault, OperationalError | InterfaceError | PoolTimeout) or is_read_only(fault):
        return True
    return getattr(fault.__cause__, "sqlstate", None) in ENDED_BY_SERVER


def is_read_only(fault: Exception) -> bool:
    """Whether the server only reads, as a standby does before it is promoted."""
    return getattr(fault.__cause__, "sqlstate", None) == READ_ONLY
