"""Whom the sweep of a day would note (R14, R16)."""

from datetime import date

from django.db.models import QuerySet

from enrollment.models import Member, unrestricted
from retention.due import due_days, work_rules

__all__ = ["due_members", "due_window", "work_rules"]


def due_window(as_of: date) -> tuple[date, date]:
    """The oldest and newest `paid_through` of those in arrears whom the sweep of a day looks at."""
    due = due_days(as_of)
    return due.oldest, due.newest


def due_members(as_of: date) -> QuerySet[Member]:
    """Live members in arrears whom the sweep of a day would note; nobody restricted."""
    return Member.objects.live().filter(unrestricted(), paid_through__range=due_window(as_of))
