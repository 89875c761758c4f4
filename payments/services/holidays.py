"""Days on which nothing falls due, and the due dates that follow from them (R13)."""

from datetime import date

from django.db.models import QuerySet

from payments.models import Holiday
from payments.services.due_dates import publish_due_dates
from payments.tariff_drafts import HolidayChange
from perisai.months import add_months, month_of


def known_holidays() -> QuerySet[Holiday]:
    """All days: the calendar is the same for everybody."""
    return Holiday.objects.all()


def change_days(change: HolidayChange) -> int:
    """Put and remove days and publish the due dates of their months; joins the transaction.

    A due day at a month's end can move into the next month, so the month before counts too.
    Returns how many rows changed.
    """
    changed = sum(_put(row.day, row.kind, name=row.name, basis=row.basis) for row in change.put)
    for row in change.gone:
        changed += Holiday.objects.filter(day=row.day, kind=row.kind).delete()[0]
    days = change.days
    publish_due_dates(add_months(month_of(days[0]), -1), month_of(days[-1]))
    return changed


def _put(day: date, kind: str, *, name: str, basis: str) -> bool:
    """Whether the day was new or said otherwise."""
    said = {"name": name, "basis": basis}
    row, is_new = Holiday.objects.get_or_create(day=day, kind=kind, defaults=said)
    if is_new or (row.name, row.basis) == (name, basis):
        return is_new
    row.name, row.basis = name, basis
    row.save(update_fields=["name", "basis"])
    return True
