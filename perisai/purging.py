"""What the apps above teach the purge: how each ends what was kept long enough.

Filled when `PerisaiConfig.ready()` finds their `purges.py`; two purges of one name stop the start.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet

from perisai.keeping import class_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """One job of a class. `overdue` reads the rows that wait, `end` ends those of the given keys.

    `dated_by` is the column that a row's age is read from. `end` runs in a transaction of its own
    with at most `at_once` rows, may be repeated, and returns how many rows it ended.
    """

    code: str
    of: str
    overdue: Callable[[datetime], QuerySet[Any]]
    dated_by: str
    end: Callable[[Sequence[Any], datetime], int]
    at_once: int = 1_000


_purges: dict[str, Purge] = {}


def register(purge: Purge) -> None:
    """Make it run every night. Raises ImproperlyConfigured for a second one, or a strange class."""
    if purge.code in _purges:
        raise ImproperlyConfigured(f"there are two purges {purge.code}")
    try:
        kept = class_of(purge.of)
    except KeyError as unknown:
        raise ImproperlyConfigured(f"{purge.of} is no class of the retention table") from unknown
    if kept.no_job:
        raise ImproperlyConfigured(f"{purge.of} is said to need no purge: {kept.no_job}")
    _purges[purge.code] = purge


def purge_of(code: str) -> Purge | None:
    """The purge of a name; None if there is none."""
    return _purges.get(code)


def known_purges() -> list[Purge]:
    """All, by name."""
    return [_purges[code] for code in sorted(_purges)]
