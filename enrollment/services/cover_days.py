"""The day that cover is judged on, from the settings and the published due dates (R13, R14)."""

from datetime import date

from django.conf import settings

from enrollment.cover import CoverDay
from enrollment.errors import DueDateMissing
from enrollment.models import DueDate
from perisai.months import format_month, month_of


def cover_day(as_of: date) -> CoverDay:
    """A day with the due date of its month. Raises DueDateMissing if payments published none."""
    month = month_of(as_of)
    due_on = DueDate.objects.filter(month=month).values_list("due_on", flat=True).first()
    if due_on is None:
        raise DueDateMissing(month=format_month(month))
    return CoverDay(as_of=as_of, due_on=due_on, lapse_after=settings.COVER_LAPSE_AFTER_ENDED_MONTHS)
