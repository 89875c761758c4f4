"""What the apps above teach the erasure: what each destroys of a person, and what forbids it.

Filled when `PerisaiConfig.ready()` finds their `erasers.py`, as the admin finds `admin.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One person to forget: every row of hers (merged ones too), locked by the caller.

    Among the ids are those that phones made for her and the server put on one of the rows.
    """

    kind: str
    ids: tuple[UUID, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why a person cannot be forgotten yet; `until` is None where a person must decide first."""

    reason: str
    until: date | None


Eraser = Callable[[Subject], None]
Holder = Callable[[Subject], Hold | None]

_erasers: dict[str, list[Eraser]] = {}
_holders: dict[str, list[Holder]] = {}


def erases(kind: str) -> Callable[[Eraser], Eraser]:
    """Register who destroys an app's part of a person: in the caller's transaction, repeatable."""

    def register(eraser: Eraser) -> Eraser:
        _erasers.setdefault(kind, []).append(eraser)
        return eraser

    return register


def holds(kind: str) -> Callable[[Holder], Holder]:
    """Register what may forbid an erasure: an open claim, money that is not settled."""

    def register(holder: Holder) -> Holder:
        _holders.setdefault(kind, []).append(holder)
        return holder

    return register


def erase(subject: Subject) -> None:
    """Destroy every app's part, the lower apps first."""
    for eraser in _erasers.get(subject.kind, []):
        eraser(subject)


def hold_on(subject: Subject) -> Hold | None:
    """The first reason against it; None if there is none."""
    found = (holder(subject) for holder in _holders.get(subject.kind, []))
    return next((hold for hold in found if hold is not None), None)
