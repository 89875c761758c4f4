"""What a member's next months cost (R5-R9): the pure part of making a bill.

A bill never names its first month: the oldest unpaid months come first, each at its own price.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from enrollment.cover import LAPSE_AFTER, CoverKind, NextCover, next_cover
from enrollment.errors import MemberClosed
from payments.errors import AlreadyPaid, NothingToBridge, TooFarAhead
from payments.tariff import (
    PayerKind,
    Price,
    PriceOf,
    RateBook,
    Terms,
    remembered_prices,
)
from payments.worded_refusals import months_not_allowed
from perisai.months import add_months, month_of, months_between

PAYERS_WITH_CREDIT: Final = frozenset({PayerKind.SELF, PayerKind.GROUP})


@dataclass(frozen=True, slots=True, kw_only=True)
class BillRules:
    """What settings decide: the periods on offer, how far ahead, and when cover lapses."""

    periods: tuple[int, ...] = (1, 2, 3, 6, 12)
    max_months_ahead: int = 12
    lapse_after: int = LAPSE_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """The member as a quote sees her: `credit` is her balance of account 2200, in rupiah."""

    paid_through: date | None
    closed_on: date | None
    terms: Terms
    episode_no: int = 0
    credit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLine:
    """One month of a quote; `credit` pays JKK and JKM only, never JHT."""

    month: date
    price: Price
    credit: int

    @property
    def payable(self) -> int:
        """What is left to pay in money."""
        return self.price.total - self.credit


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Months that follow one another, oldest first, and what their payment does."""

    kind: CoverKind
    episode_no: int
    lines: tuple[QuoteLine, ...]

    @property
    def first_month(self) -> date:
        """The oldest month."""
        return self.lines[0].month

    @property
    def last_month(self) -> date:
        """`paid_through` once the quote is paid."""
        return self.lines[-1].month

    @property
    def gross(self) -> int:
        """The sum of the prices."""
        return sum(line.price.total for line in self.lines)

    @property
    def credit(self) -> int:
        """What the member's credit pays of it."""
        return sum(line.credit for line in self.lines)

    @property
    def payable(self) -> int:
        """What is left to pay in money; never below zero."""
        return self.gross - self.credit


STANDARD_RULES = BillRules()


def quote_months(
    member: Quoted,
    months: int,
    *,
    as_of: date,
    rates: RateBook,
    rules: BillRules = STANDARD_RULES,
) -> Quote:
    """The price of a member's next `months`, from the oldest unpaid one on.

    Raises, in this order: MemberClosed; MonthsNotAllowed; AlreadyPaid if not even one month fits
    before the horizon, else TooFarAhead; then what `price` raises. Age (R21) is asked elsewhere.
    """
    return quote_next(member, months, as_of=as_of, prices=remembered_prices(rates), rules=rules)


def quote_next(
    member: Quoted, months: int, *, as_of: date, prices: PriceOf, rules: BillRules
) -> Quote:
    """`quote_months` by prices that many members share."""
    _check_not_closed(member, as_of=as_of)
    if months not in rules.periods:
        raise months_not_allowed(rules.periods)
    start = next_cover(member.paid_through, as_of=as_of, lapse_after=rules.lapse_after)
    _check_horizon(start.first_month, months, last=_horizon(as_of, rules))
    return _quote(member, start, months, prices=prices)


def quote_bridge(member: Quoted, *, as_of: date, prices: PriceOf) -> Quote:
    """All missing months up to the running one; the episode goes on in spite of a lapse (R18).

    Raises MemberClosed; NothingToBridge for who never paid; AlreadyPaid if no month is missing;
    then what `price` raises.
    """
    _check_not_closed(member, as_of=as_of)
    if member.paid_through is None:
        raise NothingToBridge
    start = next_cover(member.paid_through, as_of=as_of, lapse_after=None)
    missing = months_between(member.paid_through, as_of)
    if missing < 1:
        raise AlreadyPaid
    return _quote(member, start, missing, prices=prices)


def _check_not_closed(member: Quoted, *, as_of: date) -> None:
    if member.closed_on is not None and member.closed_on <= as_of:
        raise MemberClosed


def _quote(member: Quoted, start: NextCover, months: int, *, prices: PriceOf) -> Quote:
    covered = [add_months(start.first_month, number) for number in range(months)]
    priced = [(month, prices(month, member.terms)) for month in covered]
    has_credit = member.terms.payer in PAYERS_WITH_CREDIT
    return Quote(
        kind=start.kind,
        episode_no=member.episode_no + (start.kind is not CoverKind.CONTINUE),
        lines=_lines(priced, credit=member.credit if has_credit else 0),
    )


def _horizon(as_of: date, rules: BillRules) -> date:
    return add_months(month_of(as_of), rules.max_months_ahead)


def _check_horizon(first: date, months: int, *, last: date) -> None:
    if first > last:
        raise AlreadyPaid()
    if add_months(first, months - 1) > last:
        raise TooFarAhead()


def _lines(prices: list[tuple[date, Price]], *, credit: int) -> tuple[QuoteLine, ...]:
    lines: list[QuoteLine] = []
    for month, month_price in prices:
        used = min(credit, month_price.jkk + month_price.jkm)
        lines.append(QuoteLine(month=month, price=month_price, credit=used))
        credit -= used
    return tuple(lines)
