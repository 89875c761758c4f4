"""When a price rises, for whom, from what to what (R35), and what members pay alone (R34). Pure.

The law prices by income bracket, programmes and sector, so members share a handful of prices.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import Final

from enrollment.programmes import Programme
from payments.tariff import NoRate, PriceOf, RateBook, Sector, Terms, remembered_prices
from perisai.months import add_months, month_of

WITHOUT_JHT: Final = frozenset({Programme.JKK, Programme.JKM})
WITH_JHT: Final = frozenset(Programme)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceStep:
    """A month from which members of some incomes, a sector and programmes pay more than before.

    Incomes from `low` to below `below`; None: all above.
    """

    month: date
    low: int
    below: int | None
    sector: Sector
    has_jht: bool
    was: int
    becomes: int

    def fits(self, terms: Terms) -> bool:
        """Whether these terms are priced by it."""
        return (
            self.low <= terms.income
            and (self.below is None or terms.income < self.below)
            and self.sector == terms.sector
            and self.has_jht == (Programme.JHT in terms.programmes)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSpan:
    """Neighbouring months of one price; `until` None: as far as it was looked."""

    since: date
    until: date | None
    amount: int


def price_steps(on: date, *, rates: RateBook, within: timedelta) -> tuple[PriceStep, ...]:
    """The rises that members are told of on a day, the nearest month first (R35).

    A rise is told from `within` before its month until the day before; 0 days: none.
    """
    prices, floors = remembered_prices(rates), floors_of(rates)
    month = add_months(month_of(on), 1)
    found: list[PriceStep] = []
    while month - on <= within:
        if _changes(month, rates):
            found += _rises(month, prices, floors)
        month = add_months(month, 1)
    return tuple(found)


def steps_for(
    terms: Terms, paid_through: date | None, steps: Sequence[PriceStep]
) -> tuple[PriceStep, ...]:
    """The rises in months that are not paid yet; none for who never paid anything."""
    if paid_through is None:
        return ()
    return tuple(step for step in steps if step.month > paid_through and step.fits(terms))


def floors_of(rates: RateBook) -> list[int]:
    """Where incomes begin to be priced differently, in any table of brackets, ascending."""
    return sorted({row.min_income for row in rates.brackets})


def at_its_floor(terms: Terms, floors: Sequence[int]) -> Terms:
    """The same terms at the lowest income that is priced alike, so that few are left."""
    place = bisect_right(floors, terms.income)
    return replace(terms, income=floors[place - 1]) if place else terms


def price_spans(first: date, count: int, terms: Terms, *, prices: PriceOf) -> tuple[PriceSpan, ...]:
    """What some months cost from a first one on, neighbours of one price together.

    Raises what `payments.tariff.price` raises.
    """
    months = [add_months(first, number) for number in range(count)]
    amounts = [(month, prices(month, terms).total) for month in months]
    spans = [
        (amount, [month for month, _ in run])
        for amount, run in groupby(amounts, key=lambda priced: priced[1])
    ]
    return tuple(
        PriceSpan(since=run[0], until=None if run[-1] == months[-1] else run[-1], amount=amount)
        for amount, run in spans
    )


def _changes(month: date, rates: RateBook) -> bool:
    """Whether any row of the tariff begins or ends there."""
    before = add_months(month, -1)
    return (
        any(row.valid_from == month for row in rates.brackets)
        or any(row.valid_from == month for row in rates.rates)
        or any(row.month_to == before or row.month_from == month for row in rates.discounts)
    )


def _rises(month: date, prices: PriceOf, floors: Sequence[int]) -> Iterator[PriceStep]:
    for low, below in pairwise((*floors, None)):
        for sector in Sector:
            for programmes in (WITHOUT_JHT, WITH_JHT):
                terms = Terms(income=low or 0, programmes=programmes, sector=sector)
                try:
                    was, becomes = (
                        prices(at, terms).total for at in (add_months(month, -1), month)
                    )
                except NoRate:
                    continue
                if was < becomes:
                    yield PriceStep(
                        month=month,
                        low=low or 0,
                        below=below,
                        sector=sector,
                        has_jht=Programme.JHT in programmes,
                        was=was,
                        becomes=becomes,
                    )
