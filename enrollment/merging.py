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

_mergers: list[Merger] = []
_keepers: list[Merger] = []


def merges(merger: Merger) -> Merger:
    """Register who moves an app's part of a person, in the caller's transaction.

    It raises a refusal where a person must settle something first: then nothing is merged.
    """
    _mergers.append(merger)
    return merger


def keeps_months(keeper: Merger) -> Merger:
    """Register who knows of months that stay with their row for ever, and refuses a merge of it.

    It is asked about a losing row that covers months, which no merge moves.
    """
    _keepers.append(keeper)
    return keeper


def ask_keepers(merge: Merge) -> None:
    """Raises what a keeper refuses; nothing: the row's months may be taken back."""
    for keeper in _keepers:
        keeper(merge)


def move_all(merge: Merge) -> None:
    """Move every app's part, the lower apps first. Raises what one of them refuses."""
    for merger in _mergers:
        merger(merge)
