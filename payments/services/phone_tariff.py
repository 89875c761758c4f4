"""The tariff as phones get it: the same rows that the server prices with."""

from typing import Any

from payments.models import Discount, DiscountSector
from payments.services.rates import rate_book
from payments.tariff import BracketRow, RateRow
from perisai.months import format_month

Rows = dict[str, list[dict[str, Any]]]


def tariff_rows() -> Rows:
    """Brackets, rates and discounts as JSON; two statements once the rate book is known."""
    book = rate_book()
    return {
        "brackets": [_bracket(row) for row in book.brackets],
        "rates": [_rate(row) for row in book.rates],
        "discounts": [_discount(row) for row in Discount.objects.all()],
    }


def _bracket(row: BracketRow) -> dict[str, Any]:
    return {
        "valid_from": format_month(row.valid_from),
        "min_income": row.min_income,
        "base_income": row.base_income,
    }


def _rate(row: RateRow) -> dict[str, Any]:
    return {
        "programme": row.programme.value,
        "valid_from": format_month(row.valid_from),
        "basis_points": row.basis_points,
        "flat_amount": row.flat_amount,
    }


def _discount(row: Discount) -> dict[str, Any]:
    return {
        "code": row.code,
        "programmes": row.programmes,
        "sector": None if row.sector == DiscountSector.ANY else row.sector,
        "month_from": format_month(row.month_from),
        "month_to": format_month(row.month_to),
        "percent_off": row.percent_off,
        "excluded_payers": row.excluded_payers,
        "legal_basis": row.legal_basis,
    }
