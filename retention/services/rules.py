"""Whom the sweep of a day would note (R14, R16)."""

from datetime import date

from retention.due import due_days


def due_window(as_of: date) -> tuple[date, date]:
    """The oldest and newest `paid_through` of those in arrears whom the sweep of a day looks at."""
    due = due_days(as_of)
    return due.oldest, due.newest
