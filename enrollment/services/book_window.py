"""What phones hold no longer: members who were closed or whose cover lapsed long ago.

They stay in their agent's care and in the office; who pays again is in the book again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from enrollment.models import Member
from perisai.clock import official_date
from perisai.deadlines import Deadline
from perisai.months import add_months, month_of
from sync.models import Book, BookEntry, DropReason
from sync.services import book

CLOSED_SHOWN_FOR: Final = timedelta(days=90)
LAPSED_SHOWN_FOR: Final = 24  # months
BOOKS_AT_ONCE: Final = 200
AT_ONCE: Final = 500  # members in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """Whom a phone holds on a day: closed from then on, or paid through that month or later."""

    closed_from: date
    paid_through_from: date

    @property
    def outside(self) -> Q:
        """Members whom no phone holds any more."""
        is_closed = Q(closed_on__lt=self.closed_from)
        return is_closed | Q(closed_on=None, paid_through__lt=self.paid_through_from)


def trim_books(*, now: datetime) -> int:
    """Drop who has left the window: 90 days after closing, 24 months after a lapse; how many.

    At most five hundred of one book in a transaction; a run that was cut short is run again.
    """
    window = _window(official_date(now))
    trimmed = 0
    for agent_id, ids in _outside(window):
        for start in range(0, len(ids), AT_ONCE):
            trimmed += _trim(agent_id, ids[start : start + AT_ONCE], window)
    return trimmed


def _window(today: date) -> _Window:
    """Cover lapses on a first of month, so only whole months count."""
    shown = LAPSED_SHOWN_FOR + settings.COVER_LAPSE_AFTER_ENDED_MONTHS + 1
    newest_gone = add_months(month_of(today - timedelta(days=1)), -shown)
    return _Window(
        closed_from=today - CLOSED_SHOWN_FOR, paid_through_from=add_months(newest_gone, 1)
    )


def _outside(window: _Window) -> Iterator[tuple[UUID, list[UUID]]]:
    """Agents with the members in their books who have left the window."""
    after = UUID(int=0)
    gone = Member.objects.filter(window.outside).values("pk")
    while books := list(
        Book.objects.filter(pk__gt=after)
        .order_by("pk")
        .values_list("pk", flat=True)[:BOOKS_AT_ONCE]
    ):
        after = books[-1]
        shown = BookEntry.objects.filter(
            book__in=books, entity="member", is_present=True, entity_id__in=gone
        )
        found = shown.order_by("book", "entity_id").values_list("book__agent", "entity_id")
        for agent_id, entries in groupby(found, key=lambda entry: entry[0]):
            yield agent_id, [member_id for _, member_id in entries]


def _trim(agent_id: UUID, ids: Sequence[UUID], window: _Window) -> int:
    """Under the members' locks: who paid or moved meanwhile stays."""
    with book.recording(Deadline.BULK) as changes:
        locked = Member.objects.filter(window.outside, pk__in=ids, agent=agent_id).order_by("pk")
        found = list(locked.select_for_update(no_key=True).values_list("pk", "closed_on"))
        closed = [pk for pk, closed_on in found if closed_on is not None]
        lapsed = [pk for pk, closed_on in found if closed_on is None]
        changes.drop(agent_id, "member", closed, reason=DropReason.CLOSED)
        changes.drop(agent_id, "member", lapsed, reason=DropReason.OUT_OF_WINDOW)
    return len(found)
