"""Due dates from the holidays, written where cover reads them (R13; docs/adr/0008)."""

from datetime import date

from django.conf import settings

from enrollment.models import DueDate
from payments.due_dates import HolidayCalendar, due_date
from payments.models import Holiday, HolidayKind
from perisai.months import add_months, months_between


def publish_due_dates(first: date, last: date) -> int:
    """Write the due date of each month from `first` to `last`, both included; returns how many.

    Called after holidays change. Months that are published already get their new day.
    """
    calendar = _calendar()
    months = [add_months(first, n) for n in range(months_between(first, last) + 1)]
    rows = [
        DueDate(
            month=month,
            due_on=due_date(
                month,
                calendar,
                due_day=settings.DUE_DAY_OF_MONTH,
                cuti_bersama_counts=settings.DUE_CUTI_BERSAMA_COUNTS,
            ),
        )
        for month in months
    ]
    DueDate.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["month"], update_fields=["due_on"]
    )
    return len(rows)


def _calendar() -> HolidayCalendar:
    days = list(Holiday.objects.values_list("day", "kind"))
    return HolidayCalendar(
        national=frozenset(day for day, kind in days if kind == HolidayKind.NATIONAL),
        joint_leave=frozenset(day for day, kind in days if kind == HolidayKind.JOINT_LEAVE),
    )
