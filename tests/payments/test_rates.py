"""The rate book: loaded once, and again when a new law is a new row (R2 to R4)."""

from datetime import date

import pytest

from payments.models import Discount, TariffBracket
from payments.services.rates import rate_book
from seeds.tariff_files import read_rate_book
from tests.statements import counted

pytestmark = pytest.mark.django_db


def test_rows_of_the_database_are_the_rows_of_the_files() -> None:
    found, files = rate_book(), read_rate_book()

    assert set(found.brackets) == set(files.brackets)
    assert set(found.rates) == set(files.rates)
    assert set(found.discounts) == set(files.discounts)


def test_known_book_costs_one_statement() -> None:
    rate_book()

    with counted() as statements:
        rate_book()

    assert len(statements) == 1


def test_new_law_is_seen_at_once() -> None:
    month = date(2027, 6, 1)
    assert rate_book().base_income(month, 0) == 1_000_000

    TariffBracket.objects.create(valid_from=month, min_income=0, base_income=1_500_000)
    Discount.objects.create(
        code="contoh",
        programmes=["JKK"],
        sector="any",
        month_from=month,
        month_to=month,
        percent_off=10,
        legal_basis="contoh",
    )

    assert rate_book().base_income(month, 0) == 1_500_000
    assert [row.code for row in rate_book().discounts if row.sector is None] == ["contoh"]


def test_printed_amounts_of_every_bracket_follow_from_its_base() -> None:
    rates = rate_book()
    month = date(2026, 1, 1)

    bases = [row.base_income for row in rates.brackets if row.valid_from <= month]
    assert bases
    assert all(base * 100 % 10_000 == 0 and base * 200 % 10_000 == 0 for base in bases)
