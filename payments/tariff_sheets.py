"""Rows that people paste: a table of brackets, the holidays of a year, as CSV."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from payments.errors import TariffFaulty
from payments.tariff_drafts import HolidayRow
from perisai.errors import FieldError

BRACKET_COLUMNS: Final = ("min_income", "base_income")
AMOUNT_COLUMNS: Final = ("jkk", "jht")
HOLIDAY_COLUMNS: Final = ("day", "kind", "name")
MOST_ROWS: Final = 500
LONGEST: Final = 12  # digits of an amount


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetBracket:
    """One line of a pasted table; the printed amounts, or 0 where it has none."""

    line: int
    min_income: int
    base_income: int
    jkk: int = 0
    jht: int = 0


def read_brackets(text: str) -> tuple[SheetBracket, ...]:
    """`min_income,base_income[,jkk,jht]` with a heading; other columns are left aside.

    Raises TariffFaulty with the number of each line that is not right.
    """
    rows, faults = [], []
    for line, cells in _lines(text, BRACKET_COLUMNS):
        amounts = [_amount(cells.get(name, "")) for name in BRACKET_COLUMNS]
        printed = [_amount(cells.get(name) or "0") for name in AMOUNT_COLUMNS]
        if None in (*amounts, *printed):
            faults.append(_("Baris %(line)d: angka bulat dalam rupiah.") % {"line": line})
            continue
        low, base, jkk, jht = (amount or 0 for amount in (*amounts, *printed))
        rows.append(SheetBracket(line=line, min_income=low, base_income=base, jkk=jkk, jht=jht))
    _must_be_faultless(faults)
    return tuple(rows)


def read_holidays(text: str, *, basis: str, kinds: frozenset[str]) -> tuple[HolidayRow, ...]:
    """`day,kind,name` with a heading: days `YYYY-MM-DD`. Raises TariffFaulty, line by line."""
    rows, faults = [], []
    for line, cells in _lines(text, HOLIDAY_COLUMNS):
        day, kind, name = (cells.get(column, "") for column in HOLIDAY_COLUMNS)
        try:
            row = HolidayRow(day=date.fromisoformat(day), kind=kind, name=name, basis=basis)
        except ValueError:
            faults.append(_("Baris %(line)d: tanggal ditulis 2027-03-10.") % {"line": line})
            continue
        if kind not in kinds or not name:
            known = ", ".join(sorted(kinds))
            told = _("Baris %(line)d: jenis (%(kinds)s) dan nama diisi.")
            faults.append(told % {"line": line, "kinds": known})
            continue
        rows.append(row)
    _must_be_faultless(faults)
    return tuple(rows)


def faulty(pointer: str, detail: str) -> TariffFaulty:
    """The refusal of one thing that is not right."""
    return TariffFaulty(errors=(FieldError(pointer=pointer, code="invalid", detail=detail),))


def _lines(text: str, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line with its number and its cells by name. Raises TariffFaulty without a heading."""
    sheet = csv.reader(text.lstrip("\ufeff").strip().splitlines())
    heading = [cell.strip().lower() for cell in next(sheet, [])]
    if not set(columns) <= set(heading):
        names = ",".join(columns)
        raise faulty("/rows", _("Baris pertama menyebut kolom: %(names)s.") % {"names": names})
    for line, cells in enumerate(sheet, start=2):
        if line > MOST_ROWS:
            raise faulty("/rows", _("Paling banyak %(most)d baris.") % {"most": MOST_ROWS})
        if any(cell.strip() for cell in cells):
            named = zip(heading, cells, strict=False)
            yield line, {name: cell.strip() for name, cell in named}


def _amount(cell: str) -> int | None:
    return int(cell) if cell.isascii() and cell.isdigit() and len(cell) <= LONGEST else None


def _must_be_faultless(faults: list[str]) -> None:
    if faults:
        raise TariffFaulty(
            errors=tuple(FieldError(pointer="/rows", code="invalid", detail=one) for one in faults)
        )
