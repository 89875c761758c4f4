"""Month arithmetic. A month is the date of its first day, written `YYYY-MM` outside."""

import calendar
import re
from datetime import date

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


def month_of(day: date) -> date:
    """The month that holds a day."""
    return day.replace(day=1)


def month_index(month: date) -> int:
    """Months counted as integers, so that neighbours differ by one."""
    return month.year * 12 + month.month - 1


def add_months(month: date, count: int) -> date:
    """The month `count` after (or, negative, before) a month."""
    year, number = divmod(month_index(month) + count, 12)
    return date(year, number + 1, 1)


def months_between(earlier: date, later: date) -> int:
    """How many months `later` lies after `earlier`; negative if before."""
    return month_index(later) - month_index(earlier)


def last_day(month: date) -> date:
    """The last calendar day of a month."""
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def add_calendar_months(day: date, count: int) -> date:
    """The same day of a later month, clamped to that month's end (R19)."""
    month = add_months(month_of(day), count)
    return month.replace(day=min(day.day, last_day(month).day))


def parse_month(text: str) -> date:
    """`2026-11` as a month. Raises ValueError for any other shape."""
    match = _MONTH.fullmatch(text)
    if match is None:
        raise ValueError("a month is written YYYY-MM")
    return date(int(match[1]), int(match[2]), 1)


def format_month(month: date) -> str:
    """A month as `2026-11`."""
    return month.isoformat()[:7]
