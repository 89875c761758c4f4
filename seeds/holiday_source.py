"""Indonesian holidays from the `holidays` package, as rows that people correct by hand (R13).

A year is an estimate until the yearly joint decree names its days; the package then still marks
the two Eids as computed.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from holidays import GOVERNMENT, PUBLIC, country_holidays

from payments.due_dates import HolidayCalendar
from payments.models import HolidayBasis, HolidayKind

_ESTIMATED: Final = "(perkiraan)"


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayDay:
    """One day off with its Indonesian name."""

    day: date
    kind: HolidayKind
    name: str
    basis: HolidayBasis


@cache
def holiday_days(year: int) -> tuple[HolidayDay, ...]:
    """The national holidays and joint leave of a year, by day."""
    national = _named_days(year, PUBLIC)
    joint_leave = _named_days(year, GOVERNMENT)
    basis = _basis([*national.values(), *joint_leave.values()])
    days = [
        HolidayDay(day=day, kind=kind, name=name, basis=basis)
        for kind, named in (
            (HolidayKind.NATIONAL, national),
            (HolidayKind.JOINT_LEAVE, joint_leave),
        )
        for day, name in named.items()
    ]
    return tuple(sorted(days, key=lambda row: (row.day, row.kind.value)))


def holiday_basis(year: int) -> HolidayBasis:
    """Whether a year's days are decreed."""
    return holiday_days(year)[0].basis


@cache
def holiday_calendar(*years: int) -> HolidayCalendar:
    """The calendar of some years, as the rule of due dates reads it."""
    days = [row for year in years for row in holiday_days(year)]
    return HolidayCalendar(
        national=frozenset(row.day for row in days if row.kind is HolidayKind.NATIONAL),
        joint_leave=frozenset(row.day for row in days if row.kind is HolidayKind.JOINT_LEAVE),
    )


def _named_days(year: int, category: str) -> dict[date, str]:
    found = country_holidays("ID", years=year, categories=category, language="id")
    return {day: str(name) for day, name in found.items()}


def _basis(names: list[str]) -> HolidayBasis:
    is_estimated = any(_ESTIMATED in name for name in names)
    return HolidayBasis.ESTIMATE if is_estimated else HolidayBasis.DECREE
