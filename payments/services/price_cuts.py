"""What may make months cheaper that were paid: a discount, a bracket table or a rate (R9)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from enrollment.programmes import Programme
from payments.errors import TariffRowUnknown
from payments.models import Discount, TariffChangeKind, TariffProposal
from payments.services.rates import rate_book
from payments.services.tariff_use import WAITED
from payments.tariff import BracketRow, PayerKind, RateBook, RateRow, Sector, Terms, price_of_base
from payments.tariff_drafts import BracketTable, of_details
from perisai.models import Decision
from perisai.months import add_months, format_month, months_between

CREDITED: Final = frozenset({Programme.JKK, Programme.JKM})
"""The programmes whose surplus goes to the credit, which pays no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceCut:
    """One discount, table or rate, and the rows that its months are priced by since.

    `month_to` is None where it has no end. `tables`: when each table was confirmed, by its start;
    those that came with the installation are not there.
    """

    code: str
    month_from: date
    month_to: date | None
    known_at: datetime
    rates: RateBook
    tables: Mapping[date, datetime]
    sectors: tuple[Sector, ...] = tuple(Sector)
    payers: tuple[PayerKind, ...] = tuple(PayerKind)

    @property
    def reference(self) -> str:
        """How the entries of its credit begin; the code of a discount has no colon."""
        return self.code if ":" in self.code else f"discount:{self.code}"

    def months_until(self, last: date) -> list[date]:
        """Its months, not after `last`."""
        until = last if self.month_to is None else min(self.month_to, last)
        count = months_between(self.month_from, until) + 1
        return [add_months(self.month_from, number) for number in range(count)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Incomes from `low` to below `high` whose month was priced by `base`, and is by `now` today.

    It is about bills that were made from one instant to before another; None: no bound.
    """

    base: int
    now: int
    low: int
    high: int | None
    made_from: datetime | None = None
    made_to: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a month costs today by the base that it was paid by. `who`: place among the groups."""

    who: int
    month: date
    step: Step
    jkk: int
    jkm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedCut:
    """All prices of a cut. `groups`: the sectors and payers that pay alike."""

    groups: tuple[tuple[Terms, ...], ...]
    cells: tuple[Cell, ...]


def table_code(start: date) -> str:
    """What the credit of a bracket table is called by."""
    return f"table:{format_month(start)}"


def rate_code(programme: Programme, start: date) -> str:
    """What the credit of a programme's rate is called by."""
    return f"rate:{programme.value}:{format_month(start)}"


def known_cuts() -> list[PriceCut]:
    """All that were not withdrawn, in a fixed number of statements.

    Tables and rates that came with the installation are left out: nothing was paid before them.
    """
    rates = rate_book()
    confirmed = _confirmed(rates)
    tables = {
        change.valid_from: known_at
        for change, known_at in confirmed.values()
        if isinstance(change, BracketTable)
    }
    of_rows = [
        PriceCut(
            code=code,
            month_from=change.valid_from,
            month_to=None,
            known_at=known_at,
            rates=rates,
            tables=tables,
        )
        for code, (change, known_at) in confirmed.items()
    ]
    return [*_discounts(rates, tables), *of_rows]


def cut_of(code: str) -> PriceCut:
    """The one of a code. Raises TariffRowUnknown, also for what was withdrawn."""
    found = next((cut for cut in known_cuts() if cut.code == code), None)
    if found is None:
        raise TariffRowUnknown
    return found


def price_cut(cut: PriceCut, *, last: date) -> PricedCut:
    """What JKK and JKM of its months cost by it, up to `last`."""
    months = cut.months_until(last)
    groups = _groups(cut, months)
    cells = [
        _cell(number, month, step, group[0], rates=cut.rates)
        for month in months
        for step in steps_of(month, cut.rates.brackets, cut.tables)
        for number, group in enumerate(groups)
    ]
    return PricedCut(groups=groups, cells=tuple(cells))


def steps_of(
    month: date, brackets: tuple[BracketRow, ...], tables: Mapping[date, datetime]
) -> list[Step]:
    """What became of each base that a month may have been paid by.

    A bill made about when the newest table was confirmed may be priced by it or by an older one.
    """
    starts = sorted({row.valid_from for row in brackets if row.valid_from <= month})
    known_at = tables.get(starts[-1]) if starts else None
    if known_at is None:
        bases = sorted({row.base_income for row in brackets})
        return [Step(base=base, now=base, low=0, high=None) for base in bases]
    own = [
        replace(step, made_from=known_at - WAITED)
        for step in _steps(starts[-1], starts[-1], brackets)
    ]
    older = [
        replace(step, made_to=known_at + WAITED)
        for start in starts[:-1]
        for step in _steps(start, starts[-1], brackets)
    ]
    return own + older


def _steps(old: date, new: date, brackets: tuple[BracketRow, ...]) -> Iterator[Step]:
    """From one table to another, between all incomes at which either steps."""
    lows = sorted({row.min_income for row in brackets if row.valid_from in {old, new}})
    for low, high in zip(lows, [*lows[1:], None], strict=True):
        yield Step(
            base=_base(old, low, brackets), now=_base(new, low, brackets), low=low, high=high
        )


def _base(start: date, income: int, brackets: tuple[BracketRow, ...]) -> int:
    rows = tuple(row for row in brackets if row.valid_from == start)
    return RateBook(brackets=rows, rates=(), discounts=()).base_income(start, income)


def _cell(who: int, month: date, step: Step, terms: Terms, *, rates: RateBook) -> Cell:
    left = price_of_base(month, step.now, terms, rates=rates)
    return Cell(who=who, month=month, step=step, jkk=left.jkk, jkm=left.jkm)


def _groups(cut: PriceCut, months: list[date]) -> tuple[tuple[Terms, ...], ...]:
    """Sectors and payers that have the same discount in every month pay alike."""
    alike: dict[tuple[str, ...], list[Terms]] = defaultdict(list)
    for sector in cut.sectors:
        for payer in cut.payers:
            terms = Terms(income=0, programmes=CREDITED, sector=sector, payer=payer)
            found = (cut.rates.discount(month, terms) for month in months)
            alike[tuple(row.code if row else "" for row in found)].append(terms)
    return tuple(tuple(group) for group in alike.values())


def _discounts(rates: RateBook, tables: Mapping[date, datetime]) -> list[PriceCut]:
    """Each alone: what another one gives is that one's to give back."""
    recorded = dict(Discount.objects.order_by("pk").values_list("code", "recorded_at"))
    rows = {row.code: row for row in rates.discounts}
    return [
        PriceCut(
            code=code,
            month_from=rows[code].month_from,
            month_to=rows[code].month_to,
            known_at=known_at,
            rates=replace(rates, discounts=(rows[code],)),
            tables=tables,
            sectors=tuple(Sector) if (sector := rows[code].sector) is None else (sector,),
            payers=tuple(kind for kind in PayerKind if kind not in rows[code].excluded_payers),
        )
        for code, known_at in recorded.items()
        if code in rows
    ]


def _confirmed(rates: RateBook) -> dict[str, tuple[BracketTable | RateRow, datetime]]:
    """The tables and rates that two persons confirmed and that stand, by code."""
    proposals = TariffProposal.objects.filter(
        kind__in=(TariffChangeKind.BRACKETS, TariffChangeKind.RATE), decision=Decision.CONFIRMED
    )
    starts = {row.valid_from for row in rates.brackets}
    standing = {(row.programme, row.valid_from) for row in rates.rates}
    found: dict[str, tuple[BracketTable | RateRow, datetime]] = {}
    rows = proposals.order_by("decided_at").values_list("kind", "details", "decided_at")
    for kind, details, known_at in rows:
        change = of_details(kind, details)
        if known_at is None:
            continue
        if isinstance(change, BracketTable) and change.valid_from in starts:
            found[table_code(change.valid_from)] = change, known_at
        if isinstance(change, RateRow) and _counts(change, standing):
            found[rate_code(change.programme, change.valid_from)] = change, known_at
    return found


def _counts(change: RateRow, standing: set[tuple[Programme, date]]) -> bool:
    return change.programme in CREDITED and (change.programme, change.valid_from) in standing
