"""What a habit makes somebody do in a month: how many months to pay, and on which day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from enrollment.cover import LAPSE_AFTER, ended_months
from payments.quote import STANDARD_RULES
from perisai.months import last_day, months_between
from seeds.demo.draws import happens, open_day
from seeds.demo.person import Habit, Pattern

PAYS_EARLY_DAYS: Final = 11
PAYS_LATE_DAYS: Final = 14
IS_LATE: Final = 0.22
HARVESTS: Final = frozenset({3, 4, 8, 9})
STARTS_AT_ONCE: Final = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where somebody stands at the start of a month (first day)."""

    month: date
    paid_through: date | None

    @property
    def owed(self) -> int:
        """Months to pay so that this one is paid; old ones are written off by a lapse (R7)."""
        if self.paid_through is None:
            return 1
        if ended_months(self.paid_through, as_of=self.month) >= LAPSE_AFTER:
            return 1
        return max(0, months_between(self.paid_through, self.month))


def months_wanted(pattern: Pattern, standing: Standing, numbers: Random) -> int:
    """How many months somebody pays in this month; 0: none."""
    if standing.owed == 0 or _is_away(pattern, standing.month):
        return 0
    if standing.paid_through is None and pattern.habit is not Habit.NEVER:
        return _first(pattern.habit, numbers)
    return WISHES[pattern.habit](standing, numbers)


def pay_day(
    month: date, due_on: date, numbers: Random, *, bounds: tuple[date, date]
) -> date | None:
    """A day of the month on which a counter is open, around the due date; None: out of bounds."""
    if happens(IS_LATE, numbers):
        day = due_on + timedelta(days=numbers.randint(1, PAYS_LATE_DAYS))
    else:
        day = due_on - timedelta(days=numbers.randint(0, PAYS_EARLY_DAYS))
    first, last = max(bounds[0], month), min(bounds[1], last_day(month))
    if first > last or day > bounds[1]:
        return None
    return open_day(min(max(day, first), last), first=first, last=last)


def _is_away(pattern: Pattern, month: date) -> bool:
    if pattern.stops_after is None or month <= pattern.stops_after:
        return False
    return pattern.returns_in is None or month < pattern.returns_in


def _first(habit: Habit, numbers: Random) -> int:
    if not happens(STARTS_AT_ONCE, numbers):
        return 0
    return FIRST_PERIODS.get(habit, 1)


def _period(at_least: int) -> int:
    """The shortest period on offer that holds so many months."""
    return next(period for period in STANDARD_RULES.periods if period >= at_least)


def _periodically(months: int, chance: float) -> Callable[[Standing, Random], int]:
    def wish(standing: Standing, numbers: Random) -> int:
        if not happens(chance, numbers):
            return 0
        return _period(max(months, standing.owed))

    return wish


def _now_and_then(standing: Standing, numbers: Random) -> int:
    """One month or all that is owed, in some months only."""
    if not happens(0.45, numbers):
        return 0
    return 1 if happens(0.6, numbers) else _period(standing.owed)


def _at_harvest(standing: Standing, numbers: Random) -> int:
    if standing.month.month not in HARVESTS or not happens(0.7, numbers):
        return 0
    return 6


def _never(standing: Standing, numbers: Random) -> int:
    del standing, numbers
    return 0


FIRST_PERIODS: Final[Mapping[Habit, int]] = {
    Habit.QUARTERLY: 3,
    Habit.HALF_YEARLY: 6,
    Habit.YEARLY: 12,
    Habit.HARVEST: 3,
    Habit.AHEAD: 12,
}
WISHES: Final[Mapping[Habit, Callable[[Standing, Random], int]]] = {
    Habit.MONTHLY: _periodically(1, 0.93),
    Habit.QUARTERLY: _periodically(3, 0.85),
    Habit.HALF_YEARLY: _periodically(6, 0.8),
    Habit.YEARLY: _periodically(12, 0.75),
    Habit.FORGETFUL: _now_and_then,
    Habit.STOPPED: _periodically(1, 0.95),
    Habit.RETURNING: _periodically(1, 0.95),
    Habit.NEVER: _never,
    Habit.HARVEST: _at_harvest,
    Habit.AHEAD: _periodically(12, 1),
}
