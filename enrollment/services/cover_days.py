"""The day that cover is judged on, from the settings and the published due dates (R13, R14)."""

from datetime import date
from typing import Final

from django.conf import settings

from enrollment.cover import CoverDay
from enrollment.errors import DueDateMissing
from enrollment.models import DueDate
from perisai.months import add_months, format_month, month_of

MONTHS_AHEAD: Final = 13
"""How many months of due dates a phone keeps: as far as a bill reaches, and one more."""


def cover_day(as_of: date) -> CoverDay:
    """A day with the due date of its month. Raises DueDateMissing if payments published none."""
    month = month_of(as_of)
    due_on = DueDate.objects.filter(month=month).values_list("due_on", flat=True).first()
    if due_on is None:
        raise DueDateMissing(month=format_month(month))
    return CoverDay(as_of=as_of, due_on=due_on, lapse_after=settings.COVER_LAPSE_AFTER_ENDED_MONTHS)


def due_days(*, around: date) -> dict[str, str]:
    """The due date of each month that a phone may judge before it asks again: day by month."""
    month = month_of(around)
    published = DueDate.objects.filter(
        month__gte=add_months(month, -1), month__lte=add_months(month, MONTHS_AHEAD)
    )
    return {format_month(row.month): row.due_on.isoformat() for row in published}
