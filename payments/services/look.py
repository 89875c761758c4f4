"""Whether a bill can still be paid: one look at everything that may have happened meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from enrollment.errors import MemberClosed
from payments.errors import (
    AlreadyPaid,
    BillReversed,
    BillStale,
    ReferenceReused,
    RepeatNeedsConfirmation,
    ReversedBeforePosting,
)
from payments.services.posting_statements import LOOK
from perisai.clock import official_date

MOST_NAMED: Final = 50
"""How many members a refusal names."""

REPEAT_WITHIN: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """Money at a partner's counter, under its own reference."""

    partner_id: int
    outlet_id: int | None
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What stands against paying a bill. Members by id, at most fifty of each."""

    outcome: str | None  # of the bill's payment: paid or reversed
    closed: Sequence[UUID]
    covered: Sequence[UUID]
    moved: Sequence[UUID]
    overdrawn: Sequence[UUID]
    is_repeat: bool
    is_tombstoned: bool
    is_booked_late: bool

    def check(self, *, may_repeat: bool) -> None:
        """Raises what stands against it.

        ReversedBeforePosting, ReferenceReused, MemberClosed, BillReversed, AlreadyPaid, BillStale
        or RepeatNeedsConfirmation.
        """
        if self.is_tombstoned:
            raise ReversedBeforePosting
        if self.is_booked_late:
            raise ReferenceReused
        if self.closed:
            raise MemberClosed(member_ids=_named(self.closed))
        if self.outcome == "reversed":
            raise BillReversed
        if self.outcome == "paid" or self.covered:
            raise AlreadyPaid(member_ids=_named(self.covered))
        if self.moved or self.overdrawn:
            raise BillStale(member_ids=_named([*self.moved, *self.overdrawn]))
        if self.is_repeat and not may_repeat:
            raise RepeatNeedsConfirmation


def look_at(bill_id: UUID, *, taking: Taking | None = None, now: datetime) -> Look:
    """One statement of its own: one that had to wait for a lock still sees what was before.

    `taking`: the money whose tombstone, and the counter whose repeats are looked for.
    """
    parameters: dict[str, Any] = {
        "bill": bill_id,
        "most": MOST_NAMED,
        "today": official_date(now),
        "outlet": taking.outlet_id if taking else None,
        "partner": taking.partner_id if taking else None,
        "reference": taking.reference if taking else "",
        "since": now - REPEAT_WITHIN,
    }
    with connection.cursor() as cursor:
        cursor.execute(LOOK, parameters)
        outcome, closed, covered, moved, overdrawn, *said = cursor.fetchone()
    is_repeat, is_tombstoned, is_booked_late = said
    return Look(
        outcome=outcome,
        closed=closed,
        covered=covered,
        moved=moved,
        overdrawn=overdrawn,
        is_repeat=is_repeat,
        is_tombstoned=is_tombstoned,
        is_booked_late=is_booked_late,
    )


def _named(member_ids: Sequence[UUID]) -> list[str]:
    return [str(member_id) for member_id in member_ids[:MOST_NAMED]]
