"""What the apps above teach a merge: what goes with a member recorded twice, and what forbids it.

Filled when `PerisaiConfig.ready()` finds their `mergers.py`, as the admin finds `admin.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """A row that ends, and the row that counts for the person from now on; both are locked.

    `user_id`: who decided it; `at` is our own clock.
    """

    losing_id: UUID
    winning_id: UUID
    user_id: int | None
    at: datetime


Merger = Callable[[Merge], None]
Keeper = Callable[[Merge], bool]

_mergers: list[Merger] = []
_keepers: list[Keeper] = []


def merges(merger: Merger) -> Merger:
    """Register who moves an app's part of a person, in the caller's transaction.

    It raises a refusal where a person must settle something first: then nothing is merged.
    """
    _mergers.append(merger)
    return merger


def keeps_months(keeper: Keeper) -> Keeper:
    """Register who knows of months that stay with their row for ever, and may refuse its merge.

    It is asked about a losing row that covers months, which no merge moves: whether it may end all
    the same, since each of them is a month of the other row too.
    """
    _keepers.append(keeper)
    return keeper


def has_only_doubled_months(merge: Merge) -> bool:
    """Whether nobody loses a month if the row ends; else they may be taken back.

    Raises what a keeper refuses.
    """
    return any(keeper(merge) for keeper in _keepers)


def move_all(merge: Merge) -> None:
    """Move every app's part, the lower apps first. Raises what one of them refuses."""
    for merger in _mergers:
        merger(merge)
