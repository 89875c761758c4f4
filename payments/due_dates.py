"""The day until which a month is paid in time: the 15th, moved to the next working day (R13)."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from perisai.months import last_day

DUE_DAY: Final = 15
_SATURDAY: Final = 5


class DayOff(StrEnum):
    """Why nothing falls due on a day."""

    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    JOINT_LEAVE = "joint_leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayCalendar:
    """National holidays, and the days of joint leave (cuti bersama) beside them."""

    national: frozenset[date]
    joint_leave: frozenset[date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponement:
    """A day on which a month would have fallen due, and why it did not."""

    day: date
    reasons: tuple[DayOff, ...]


def due_date(
    month: date,
    holidays: HolidayCalendar,
    *,
    due_day: int = DUE_DAY,
    cuti_bersama_counts: bool = True,
) -> date:
    """The due date of a contribution month, in that month's calendar."""
    moved = postponements(month, holidays, due_day=due_day, cuti_bersama_counts=cuti_bersama_counts)
    return moved[-1].day + timedelta(days=1) if moved else _nominal(month, due_day)


def postponements(
    month: date,
    holidays: HolidayCalendar,
    *,
    due_day: int = DUE_DAY,
    cuti_bersama_counts: bool = True,
) -> tuple[Postponement, ...]:
    """The days off from the nominal due day on, in order; empty when it is a working day."""
    moved: list[Postponement] = []
    day = _nominal(month, due_day)
    while reasons := _reasons(day, holidays, cuti_bersama_counts=cuti_bersama_counts):
        moved.append(Postponement(day=day, reasons=reasons))
        day += timedelta(days=1)
    return tuple(moved)


def _nominal(month: date, due_day: int) -> date:
    # A due day of 31 means the last day of a shorter month.
    return min(month + timedelta(days=due_day - 1), last_day(month))


def _reasons(
    day: date, holidays: HolidayCalendar, *, cuti_bersama_counts: bool
) -> tuple[DayOff, ...]:
    found = {
        DayOff.WEEKEND: day.weekday() >= _SATURDAY,
        DayOff.HOLIDAY: day in holidays.national,
        DayOff.JOINT_LEAVE: cuti_bersama_counts and day in holidays.joint_leave,
    }
    return tuple(reason for reason, is_so in found.items() if is_so)
