"""Whether a change of the tariff can be made now: asked when proposed and when confirmed."""

import re
from datetime import date
from itertools import pairwise
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from enrollment.programmes import Programme
from payments.errors import TariffRowKnown, TariffRowUnknown, TariffRowUsed, TariffTooEarly
from payments.models import Discount, HolidayBasis, HolidayKind, ProgrammeRate, TariffBracket
from payments.services.rates import rate_book
from payments.services.tariff_use import (
    brackets_with_use,
    discounts_with_use,
    rates_with_use,
)
from payments.tariff import PER_CENT, DiscountRow, RateRow
from payments.tariff_drafts import (
    BracketTable,
    HolidayChange,
    TariffChange,
    TariffTable,
    Withdrawal,
)
from payments.tariff_sheets import SheetBracket, faulty
from perisai.months import month_of

CODE: Final = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
LONGEST_CODE: Final = 30
LONGEST_BASIS: Final = 60
"""What a receipt has room for."""


def must_be_possible(change: TariffChange, *, today: date) -> None:
    """Raises TariffFaulty, TariffTooEarly, TariffRowKnown, TariffRowUnknown or TariffRowUsed."""
    match change:
        case BracketTable():
            _check_table(change, today=today)
        case RateRow():
            _check_rate(change, today=today)
        case DiscountRow():
            _check_discount(change)
        case Withdrawal():
            if any(row.is_used for row in rows_of(change)):
                raise TariffRowUsed
        case HolidayChange():
            _check_days(change)


def must_be_as_printed(rows: tuple[SheetBracket, ...], *, valid_from: date) -> None:
    """The amounts that a table prints are its base times the rates of its month (R2).

    Raises TariffFaulty, naming the first line that says otherwise.
    """
    rates = rate_book()
    for row in rows:
        for programme, printed in ((Programme.JKK, row.jkk), (Programme.JHT, row.jht)):
            over, under = rates.rate(programme, valid_from).fraction_of(row.base_income)
            if printed and printed * under != over:
                told = _("Baris %(line)d: %(programme)s tidak sama dengan dasar kali tarif.")
                raise faulty("/rows", told % {"line": row.line, "programme": programme.value})


def must_fit_on_paper(change: TariffChange, source: str) -> None:
    """Receipts print a discount's legal basis: nothing of it is cut off. Raises TariffFaulty."""
    if isinstance(change, DiscountRow) and len(source) > LONGEST_BASIS:
        told = _("Dasar hukum diskon paling panjang %(most)d huruf: struk mencetaknya.")
        raise faulty("/source", told % {"most": LONGEST_BASIS})


def rows_of(withdrawal: Withdrawal) -> QuerySet[Any]:
    """The rows that a withdrawal is about, with `is_used`.

    Raises TariffRowUnknown, also for those that came with the installation: prices rest on them.
    """
    rows: QuerySet[Any]
    match withdrawal.table:
        case TariffTable.BRACKETS:
            rows = brackets_with_use().filter(valid_from=withdrawal.valid_from)
        case TariffTable.RATE:
            rows = rates_with_use().filter(
                programme=withdrawal.programme, valid_from=withdrawal.valid_from
            )
        case TariffTable.DISCOUNT:
            rows = discounts_with_use().filter(code=withdrawal.code)
    rows = rows.filter(brought_at__isnull=False)
    if not rows:
        raise TariffRowUnknown
    return rows


def _check_table(table: BracketTable, *, today: date) -> None:
    _must_not_be_over(table.valid_from, today=today)
    if TariffBracket.objects.filter(valid_from=table.valid_from).exists():
        raise TariffRowKnown
    if not table.rows or table.rows[0].min_income != 0:
        raise faulty("/rows", _("Lapisan pertama mulai dari 0."))
    if table.rows[0].base_income <= 0:
        raise faulty("/rows", _("Dasar upah lebih dari nol."))
    for lower, upper in pairwise(table.rows):
        if upper.min_income <= lower.min_income or upper.base_income <= lower.base_income:
            told = _("Lapisan dari %(low)d tidak lebih tinggi daripada sebelumnya.")
            raise faulty("/rows", told % {"low": upper.min_income})


def _check_rate(rate: RateRow, *, today: date) -> None:
    _must_not_be_over(rate.valid_from, today=today)
    if (rate.basis_points is None) is (rate.flat_amount is None):
        raise faulty("/basis_points", _("Isi persen atau jumlah tetap, salah satu."))
    known = ProgrammeRate.objects.filter(programme=rate.programme, valid_from=rate.valid_from)
    if known.exists():
        raise TariffRowKnown


def _check_discount(row: DiscountRow) -> None:
    if not CODE.fullmatch(row.code) or len(row.code) > LONGEST_CODE:
        raise faulty("/code", _("Kode: huruf kecil, angka dan garis bawah."))
    if not row.programmes:
        raise faulty("/programmes", _("Pilih paling sedikit satu program."))
    if row.month_to < row.month_from:
        raise faulty("/month_to", _("Bulan terakhir mendahului bulan pertama."))
    if not 1 <= row.percent_off <= PER_CENT:
        raise faulty("/percent_off", _("Potongan 1 sampai 100 persen."))
    if Discount.objects.filter(code=row.code).exists():
        raise TariffRowKnown


def _check_days(change: HolidayChange) -> None:
    keys = [(row.day, row.kind) for row in (*change.put, *change.gone)]
    if not keys or len(set(keys)) != len(keys):
        raise faulty("/rows", _("Sebut setiap hari satu kali."))
    for row in (*change.put, *change.gone):
        if row.kind not in HolidayKind.values:
            raise faulty("/kind", _("Jenis hari libur tidak dikenal."))
    for row in change.put:
        if not row.name or row.basis not in HolidayBasis.values:
            raise faulty("/name", _("Nama dan dasar hari libur diisi."))


def _must_not_be_over(start: date, *, today: date) -> None:
    if start < month_of(today):
        raise TariffTooEarly
