"""The dated tariff rows as one rate book, loaded once for each state of the three tables."""

from functools import lru_cache

from django.conf import settings
from django.db import connection

from enrollment.programmes import Programme
from payments.models import Discount, DiscountSector, ProgrammeRate, TariffBracket
from payments.quote import BillRules
from payments.tariff import (
    BracketRow,
    DiscountRow,
    PayerKind,
    RateBook,
    RateRow,
    Sector,
)

# Ids are never given twice and no price is edited, so the newest one tells what was added; the sum
# tells what was withdrawn.
NEWEST_ROWS = """
    SELECT (SELECT ARRAY[max(id), sum(id)::bigint] FROM payments_tariffbracket) AS bracket,
           (SELECT ARRAY[max(id), sum(id)::bigint] FROM payments_programmerate) AS rate,
           (SELECT ARRAY[max(id), sum(id)::bigint] FROM payments_discount) AS discount
"""

State = tuple[int | None, ...]


def rate_book() -> RateBook:
    """The tariff as it stands, for `payments.tariff.price` (R2-R4). One statement when known.

    A new law is a new row, never an edited one, so the ids tell whether it changed.
    """
    with connection.cursor() as cursor:
        cursor.execute(NEWEST_ROWS)
        brackets, rates, discounts = cursor.fetchone()
    return rate_book_of(tuple(brackets), tuple(rates), tuple(discounts))


def bill_rules() -> BillRules:
    """What the settings say of bills (R6, R14)."""
    return BillRules(
        periods=settings.BILL_PERIODS,
        max_months_ahead=settings.BILL_MAX_MONTHS_AHEAD,
        lapse_after=settings.COVER_LAPSE_AFTER_ENDED_MONTHS,
    )


@lru_cache(maxsize=2)
def rate_book_of(brackets: State, rates: State, discounts: State) -> RateBook:
    """The tariff up to these rows, for statements that read NEWEST_ROWS on their way."""
    return RateBook(
        brackets=tuple(
            _bracket(row) for row in TariffBracket.objects.filter(pk__lte=brackets[0] or 0)
        ),
        rates=tuple(_rate(row) for row in ProgrammeRate.objects.filter(pk__lte=rates[0] or 0)),
        discounts=tuple(
            _discount(row) for row in Discount.objects.filter(pk__lte=discounts[0] or 0)
        ),
    )


def _bracket(row: TariffBracket) -> BracketRow:
    return BracketRow(
        valid_from=row.valid_from, min_income=row.min_income, base_income=row.base_income
    )


def _rate(row: ProgrammeRate) -> RateRow:
    return RateRow(
        programme=Programme(row.programme),
        valid_from=row.valid_from,
        basis_points=row.basis_points,
        flat_amount=row.flat_amount,
    )


def _discount(row: Discount) -> DiscountRow:
    return DiscountRow(
        code=row.code,
        programmes=frozenset(Programme(name) for name in row.programmes),
        sector=None if row.sector == DiscountSector.ANY else Sector(row.sector),
        month_from=row.month_from,
        month_to=row.month_to,
        percent_off=row.percent_off,
        excluded_payers=frozenset(PayerKind(kind) for kind in row.excluded_payers),
    )
