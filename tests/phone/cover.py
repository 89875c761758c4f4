"""Where a member's cover stands on a day: derived from `paid_through`, never stored.

Months are counted as integers, so that no zone and no month's length can be in the way.
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Any

Row = Mapping[str, Any]


def number_of(month: str) -> int:
    """A month `YYYY-MM` as a number that counts on."""
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def text_of(number: int) -> str:
    """The month of a number."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def first_day(number: int) -> date:
    """The first day of the month of a number."""
    return date(number // 12, number % 12 + 1, 1)


def end_of(month: str) -> date:
    """The last day of a month `YYYY-MM`."""
    year, number = int(month[:4]), int(month[5:7])
    return date(year, number, monthrange(year, number)[1])


def ended_months(row: Row, today: date) -> int:
    """Unpaid months that have ended; who never paid has none."""
    if row["paid_through"] is None:
        return 0
    return max(0, number_of(f"{today:%Y-%m}") - number_of(row["paid_through"]) - 1)


def state_of(row: Row, config: Row, today: date) -> str:
    """The member's state on a day of the official zone.

    The config names the due date of each month, holidays counted; the next fetch brings more.
    """
    if row["closed_on"] is not None and date.fromisoformat(row["closed_on"]) <= today:
        return "closed"
    if row["paid_through"] is None:
        return "registered_unpaid"
    ended = ended_months(row, today)
    if ended >= config["cover"]["lapse_after_ended_months"]:
        return "lapsed"
    if ended:
        return f"grace_{ended}"
    this_month = f"{today:%Y-%m}"
    is_due = today > date.fromisoformat(config["cover"]["due_on"][this_month])
    return "overdue" if is_due and row["paid_through"] < this_month else "active"
