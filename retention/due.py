"""The thresholds of the work list, and the days between which the sweep of a day looks (R14, R16).

Every kind of work is bounded below: what is older was noted when it was new, so that a sweep costs
what has come up of late and not what has lain for years. Each bound leaves room for a sweep that
was late for a whole month.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.conf import settings

from enrollment.cover import paid_through_when
from perisai.months import last_day, month_of
from retention.priority import Weights, WorkRules

REGISTERED_WITHIN: Final = timedelta(days=90)
"""A form may arrive a month after its capture, and its week must have passed."""

PROMISED_WITHIN: Final = timedelta(days=62)
"""An attempt may arrive a month after the day that was promised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDays:
    """Both ends of each window are included; `oldest` and `newest` are months of cover."""

    as_of: date
    oldest: date
    newest: date
    registered_since: date
    registered_until: date
    promised_since: date
    sponsored_since: date
    sponsored_until: date

    @property
    def promised_until(self) -> date:
        """A promise is broken on the day after."""
        return self.as_of - timedelta(days=1)


def work_rules() -> WorkRules:
    """What makes work, and its weights, as the settings say them."""
    return WorkRules(
        opens_after_ended=settings.FOLLOWUP_OPENS_AFTER_ENDED,
        first_payment_after_days=settings.FOLLOWUP_FIRST_PAYMENT_AFTER.days,
        sponsor_ending_days=max(settings.SPONSOR_ALERT_DAYS),
        lapse_after=settings.COVER_LAPSE_AFTER_ENDED_MONTHS,
        weights=Weights(),
    )


def due_days(as_of: date) -> DueDays:
    """The windows of a day; arrears reach one month beyond the lapse."""
    rules = work_rules()
    return DueDays(
        as_of=as_of,
        oldest=paid_through_when(unpaid=rules.lapse_after + 1, as_of=as_of),
        newest=paid_through_when(unpaid=rules.opens_after_ended, as_of=as_of),
        registered_since=as_of - REGISTERED_WITHIN,
        registered_until=as_of - timedelta(days=rules.first_payment_after_days),
        promised_since=as_of - PROMISED_WITHIN,
        sponsored_since=month_of(as_of),
        sponsored_until=_last_whole_month(as_of + timedelta(days=rules.sponsor_ending_days)),
    )


def _last_whole_month(day: date) -> date:
    """The end of the last month that is over on a day: a sponsor ends with its last month."""
    end = last_day(month_of(day))
    return end if end == day else month_of(day) - timedelta(days=1)
