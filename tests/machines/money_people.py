"""What a member's cover must be, told a second time without a database or the product's code.

Months are counted as integers, `year * 12 + month - 1`; money is whole rupiah.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

WIB: Final = ZoneInfo("Asia/Jakarta")
PERIODS: Final = (1, 2, 3, 6, 12)
MOST_AHEAD: Final = 12
LAPSE_AFTER: Final = 3
MOST_PEOPLE: Final = 6


@dataclass(frozen=True, kw_only=True)
class Price:
    """One month of a farmer of 1,000,000 rupiah with JKK and JKM, some percent off."""

    percent_off: int = 0

    @property
    def jkk(self) -> int:
        """One percent of the base."""
        return 10_000 * (100 - self.percent_off) // 100

    @property
    def jkm(self) -> int:
        """The same for everybody."""
        return 6_800 * (100 - self.percent_off) // 100

    @property
    def total(self) -> int:
        """Both programmes."""
        return self.jkk + self.jkm


@dataclass(frozen=True, kw_only=True)
class Law:
    """A discount for months from one to another, both included."""

    first: int
    last: int
    percent_off: int

    def holds(self, number: int) -> bool:
        """Whether a month is among its own."""
        return self.first <= number <= self.last


HALF_OFF: Final = Law(first=2026 * 12 + 3, last=2026 * 12 + 11, percent_off=50)
"""April to December 2026: PP 50/2025 for who drives nothing and pays herself."""


@dataclass(kw_only=True)
class Month:
    """One paid month: its number, the episode, who paid when and how much of it is still owed.

    `given` is what later discounts gave back of it.
    """

    number: int
    episode: int
    payment: UUID
    paid_on: date
    price: int
    given: int = 0


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What a bill was priced on: the cover as it stood."""

    paid_through: int | None
    episode: int


@dataclass(kw_only=True)
class Person:
    """One member: what she had when she was brought in, and the months that stand."""

    id: UUID
    brought: Basis = Basis(paid_through=None, episode=0)
    brought_on: date | None = None
    months: list[Month] = field(default_factory=list)
    credit: int = 0
    closed_on: date | None = None
    closed_reason: str = ""
    merged_into: UUID | None = None
    is_sponsored: bool = False

    @property
    def episode(self) -> int:
        """The newest episode that has a month."""
        return max([self.brought.episode, *(month.episode for month in self.months)])

    @property
    def paid_through(self) -> int | None:
        """The last month of the newest episode."""
        numbers = [month.number for month in self._newest()]
        if self.brought.episode == self.episode and self.brought.paid_through is not None:
            numbers.append(self.brought.paid_through)
        return max(numbers, default=None)

    @property
    def started_on(self) -> date | None:
        """The earliest day of the newest episode."""
        days = [month.paid_on for month in self._newest()]
        if self.brought.episode == self.episode and self.brought_on is not None:
            days.append(self.brought_on)
        return min(days, default=None)

    @property
    def basis(self) -> Basis:
        """The cover as it stands."""
        return Basis(paid_through=self.paid_through, episode=self.episode)

    def is_closed(self, day: date) -> bool:
        """Whether her membership has ended by a day."""
        return self.closed_on is not None and self.closed_on <= day

    def has(self, number: int) -> bool:
        """Whether the month is covered."""
        brought = self.brought.paid_through
        is_paid = any(month.number == number for month in self.months)
        return is_paid or (brought is not None and number <= brought)

    def next_month(self, day: date) -> tuple[int, int]:
        """The oldest month to pay on a day, and the episode that it will belong to."""
        running = month_number(day)
        if self.paid_through is None:
            return running, self.episode + 1
        ended_unpaid = running - self.paid_through - 1
        if ended_unpaid >= LAPSE_AFTER:
            return running, self.episode + 1
        return self.paid_through + 1, self.episode

    def why_not(self, months: int, day: date) -> str | None:
        """The code that a bill of her next months is refused with."""
        if self.is_closed(day):
            return "member_closed"
        if months not in PERIODS:
            return "months_not_allowed"
        first, _episode = self.next_month(day)
        last = month_number(day) + MOST_AHEAD
        if first > last:
            return "already_paid"
        return "too_far_ahead" if first + months - 1 > last else None

    def why_no_bridge(self, day: date) -> set[str]:
        """The codes that a sponsor's bill of her missing months may be refused with."""
        if not self.is_sponsored:
            return {"payer_differs", "member_not_found"}
        if self.is_closed(day):
            return {"member_closed"}
        if self.paid_through is None:
            return {"nothing_to_bridge"}
        return {"already_paid"} if self.paid_through >= month_number(day) else set()

    def _newest(self) -> Iterator[Month]:
        return (month for month in self.months if month.episode == self.episode)


def month_number(day: date) -> int:
    """The number of the month that holds a day."""
    return day.year * 12 + day.month - 1


def first_of(number: int) -> date:
    """The first day of a month."""
    return date(number // 12, number % 12 + 1, 1)


def day_of(instant: datetime) -> date:
    """The day in Jakarta."""
    return instant.astimezone(WIB).date()


def end_of_month(instant: datetime) -> datetime:
    """The first instant of the next month in Jakarta."""
    following = first_of(month_number(day_of(instant)) + 1)
    return datetime(following.year, following.month, 1, tzinfo=WIB)
