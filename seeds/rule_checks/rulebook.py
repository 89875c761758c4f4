"""Everything that the vectors are judged by: the settings of this installation and the seed data.

The tariff and the regions come from files, so that no database is needed.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

from django.conf import settings

from enrollment.jkm import JkmRule
from enrollment.nik import KnownRegions, NikPolicy
from enrollment.services.rules import nik_policy
from payments.due_dates import HolidayCalendar
from payments.quote import BillRules
from payments.services.rates import bill_rules
from payments.tariff import RateBook
from seeds.holiday_source import holiday_calendar
from seeds.region_codes import read_known_regions
from seeds.tariff_files import read_rate_book


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """Rates, regions and settings; columns of a file that name a setting go before them."""

    rates: RateBook
    regions: KnownRegions
    bills: BillRules
    jkm: JkmRule
    nik: NikPolicy
    due_day: int
    age_checked_on_reentry: bool = True

    def holidays(self, month: date) -> HolidayCalendar:
        """The holidays that may move a month's due date, over the end of the year too."""
        return holiday_calendar(month.year, month.year + 1)


@cache
def installed_rulebook() -> Rulebook:
    """The rulebook of this installation."""
    return Rulebook(
        rates=read_rate_book(),
        regions=read_known_regions(),
        bills=bill_rules(),
        jkm=JkmRule(
            full_after=settings.JKM_FULL_AFTER, full=settings.JKM_FULL, under=settings.JKM_UNDER
        ),
        nik=nik_policy(),
        due_day=settings.DUE_DAY_OF_MONTH,
    )
