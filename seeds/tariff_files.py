"""The tariff as it lies in `seeds/tariff/`: read into the same rate book as the database's rows."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from enrollment.programmes import Programme
from payments.tariff import (
    PER_CENT,
    BracketRow,
    DiscountRow,
    PayerKind,
    RateBook,
    RateRow,
    Sector,
)
from perisai.months import parse_month

TARIFF_FOLDER: Final = Path(__file__).parent / "tariff"
# PP 44/2015 came into force on 1 July 2015; the bracket file holds its one table.
BRACKETS_VALID_FROM: Final = date(2015, 7, 1)
# How the file names the payers whom PP 50/2025 leaves out.
_EXCLUDED_PAYERS: Final = {
    "": frozenset[PayerKind](),
    "paid_from_state_or_regional_budget": frozenset({PayerKind.APBN, PayerKind.APBD}),
}


def read_rate_book(folder: Path = TARIFF_FOLDER) -> RateBook:
    """All rows of the tariff files. Raises ValueError or KeyError for a file it cannot read."""
    return RateBook(
        brackets=tuple(read_brackets(folder / "contribution_brackets.csv")),
        rates=tuple(read_rates(folder / "programme_rates.csv")),
        discounts=tuple(read_discounts(folder / "contribution_adjustments.csv")),
    )


def read_brackets(path: Path) -> Iterator[BracketRow]:
    """The income brackets; printed upper ends and amounts are not needed for a price."""
    for row in _rows(path):
        yield BracketRow(
            valid_from=BRACKETS_VALID_FROM,
            min_income=int(row["min_income"]),
            base_income=int(row["base_income"]),
        )


def read_rates(path: Path) -> Iterator[RateRow]:
    """Each programme's rate: basis points of the base, or a flat sum."""
    for row in _rows(path):
        yield RateRow(
            programme=Programme(row["programme"]),
            valid_from=parse_month(row["valid_from"]),
            basis_points=int(row["basis_points"]) if row["basis_points"] else None,
            flat_amount=int(row["flat_amount"]) if row["flat_amount"] else None,
        )


def read_discounts(path: Path) -> Iterator[DiscountRow]:
    """The reductions; the file's `factor` is what is left to pay, ours is what is taken off."""
    for row in _rows(path):
        yield DiscountRow(
            code=row["code"],
            programmes=frozenset(Programme(name) for name in row["programs"].split("+")),
            sector=None if row["sector"] == "any" else Sector(row["sector"]),
            month_from=parse_month(row["valid_from"]),
            month_to=parse_month(row["valid_to"]),
            percent_off=PER_CENT - int(PER_CENT * Decimal(row["factor"])),
            excluded_payers=_EXCLUDED_PAYERS[row["excludes"]],
        )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
