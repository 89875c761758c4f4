"""The thresholds of the work list as the settings say them (R14, R16)."""

from datetime import date
from typing import Final

from django.conf import settings
from django.db.models import QuerySet

from enrollment.cover import paid_through_when
from enrollment.models import Member, unrestricted
from retention.priority import Weights, WorkRules

SPONSOR_ENDING_DAYS: Final = 60
"""How long before a sponsor stops paying the agent hears of it (R34)."""


def work_rules() -> WorkRules:
    """What makes work, and its weights."""
    return WorkRules(
        opens_after_ended=settings.FOLLOWUP_OPENS_AFTER_ENDED,
        first_payment_after_days=settings.FOLLOWUP_FIRST_PAYMENT_AFTER.days,
        sponsor_ending_days=SPONSOR_ENDING_DAYS,
        lapse_after=settings.COVER_LAPSE_AFTER_ENDED_MONTHS,
        weights=Weights(),
    )


def due_window(as_of: date) -> tuple[date, date]:
    """The oldest and newest `paid_through` that the sweep of a day looks at, both included.

    Bounded below, so that people who lapsed long ago are not walked through every night; one month
    beyond the lapse, so that a sweep that was late for a whole month still finds everybody.
    """
    oldest = settings.COVER_LAPSE_AFTER_ENDED_MONTHS + 1
    return (
        paid_through_when(unpaid=oldest, as_of=as_of),
        paid_through_when(unpaid=settings.FOLLOWUP_OPENS_AFTER_ENDED, as_of=as_of),
    )


def due_members(as_of: date) -> QuerySet[Member]:
    """Live members whom the sweep of a day would note; not those whose data are restricted."""
    return Member.objects.live().filter(unrestricted(), paid_through__range=due_window(as_of))
