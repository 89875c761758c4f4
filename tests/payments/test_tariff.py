"""The price of one month (R1-R4); the vector rows are in tests/seeds."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.errors import JhtRequired, JkkJkmRequired, ProgrammeUnknown
from enrollment.programmes import Programme, parse_programmes
from payments.errors import IncomeInvalid
from payments.tariff import (
    BracketRow,
    DiscountRow,
    NoRate,
    PayerKind,
    Price,
    RateRow,
    Sector,
    Terms,
    price,
)
from perisai.errors import DomainError
from perisai.months import month_of
from seeds.tariff_files import read_rate_book

RATES = read_rate_book()
TWO = frozenset({Programme.JKK, Programme.JKM})
THREE = frozenset(Programme)
FARMER = Terms(income=1_000_000, programmes=TWO, sector=Sector.NON_TRANSPORT)
NOVEMBER, FEBRUARY = date(2026, 11, 1), date(2026, 2, 1)
MONTHS = st.dates(date(2015, 7, 1), date(2030, 12, 31)).map(month_of)
INCOMES = st.integers(0, 50_000_000)
TERMS = st.builds(
    Terms,
    income=INCOMES,
    programmes=st.sampled_from([TWO, THREE]),
    sector=st.sampled_from(Sector),
    payer=st.sampled_from(PayerKind),
)


@pytest.mark.parametrize(
    ("base", "full", "full_jht", "reduced", "reduced_jht"),
    [
        (1_000_000, 16_800, 36_800, 8_400, 28_400),
        (2_000_000, 26_800, 66_800, 13_400, 53_400),
        (2_950_000, 36_300, 95_300, 18_150, 77_150),
        (20_700_000, 213_800, 627_800, 106_900, 520_900),
    ],
    ids=["R3-lowest", "R3-2.0m", "R3-2.95m", "R3-highest"],
)
def test_price_table_of_the_rule(
    base: int, full: int, full_jht: int, reduced: int, reduced_jht: int
) -> None:
    two = replace(FARMER, income=base)
    three = replace(two, programmes=THREE)
    totals = [
        price(month, terms, rates=RATES).total
        for month in (FEBRUARY, NOVEMBER)
        for terms in (two, three)
    ]
    assert totals == [full, full_jht, reduced, reduced_jht]


@pytest.mark.parametrize(
    ("names", "is_employer", "refusal"),
    [
        (("JKK", "JKM"), True, JhtRequired),
        (("JHT",), False, JkkJkmRequired),
        (("JKK",), False, JkkJkmRequired),
        (("JKM", "JHT"), False, JkkJkmRequired),
        ((), False, JkkJkmRequired),
        (("JKK", "JKM", "JP"), False, ProgrammeUnknown),
        (("jkk", "JKM"), False, ProgrammeUnknown),
    ],
    ids=["R1-employer", "R1-jht", "R1-jkk", "R1-jkm-jht", "R1-none", "R1-jp", "R1-lower-case"],
)
def test_programmes_are_refused_by_name(
    names: tuple[str, ...],
    is_employer: bool,  # noqa: FBT001
    refusal: type[DomainError],
) -> None:
    with pytest.raises(refusal):
        price(
            NOVEMBER,
            replace(FARMER, programmes=parse_programmes(names), is_employer=is_employer),
            rates=RATES,
        )


def test_employer_with_jht_has_a_price() -> None:
    terms = replace(FARMER, programmes=THREE, is_employer=True)
    assert price(NOVEMBER, terms, rates=RATES).total == 28_400


def test_negative_income_is_refused() -> None:
    with pytest.raises(IncomeInvalid):
        price(NOVEMBER, replace(FARMER, income=-1), rates=RATES)


def test_month_before_the_first_row_is_a_fault_of_the_data() -> None:
    with pytest.raises(NoRate):
        price(date(2015, 6, 1), FARMER, rates=RATES)


@given(MONTHS, TERMS, INCOMES)
def test_price_never_falls_with_income(month: date, terms: Terms, more: int) -> None:
    lower = price(month, terms, rates=RATES)
    higher = price(month, replace(terms, income=terms.income + more), rates=RATES)
    assert (lower.jkk, lower.jht) <= (higher.jkk, higher.jht)
    assert lower.jkm == higher.jkm


@given(MONTHS, TERMS)
def test_discount_halves_jkk_and_jkm_and_leaves_jht(month: date, terms: Terms) -> None:
    found = price(month, terms, rates=RATES)
    full = price(month, terms, rates=replace(RATES, discounts=()))
    assert found.jht == full.jht
    assert found.base_income == full.base_income
    if found.discount_code:
        assert (2 * found.jkk, 2 * found.jkm) == (full.jkk, full.jkm)
        assert terms.payer not in {PayerKind.APBN, PayerKind.APBD}
    else:
        assert found == full


@given(TERMS)
def test_no_amount_of_the_present_table_is_rounded(terms: Terms) -> None:
    found = price(NOVEMBER, terms, rates=RATES)
    assert found.jkk % 250 == 0
    assert found.total == found.jkk + found.jkm + found.jht


def test_each_programme_is_rounded_half_up_once() -> None:
    odd = replace(
        RATES,
        brackets=(BracketRow(valid_from=FEBRUARY, min_income=0, base_income=1_000_250),),
        discounts=(),
    )
    # 1 % of 1,000,250 is 10,002.5; 2 % is 20,005.
    terms = replace(FARMER, programmes=THREE)
    assert price(NOVEMBER, terms, rates=odd) == Price(
        jkk=10_003, jkm=6_800, jht=20_005, base_income=1_000_250, discount_code=""
    )
    # Half of 10,002.5 is 5,001.25: rounding the full price first would give 5,002.
    halved = replace(odd, discounts=(discount("half", percent_off=50),))
    assert price(NOVEMBER, terms, rates=halved).jkk == 5_001


def discount(code: str, *, percent_off: int, sector: Sector | None = None) -> DiscountRow:
    return DiscountRow(
        code=code,
        programmes=TWO,
        sector=sector,
        month_from=NOVEMBER,
        month_to=NOVEMBER,
        percent_off=percent_off,
        excluded_payers=frozenset(),
    )


def test_greatest_discount_counts_alone() -> None:
    rows = (
        discount("small", percent_off=10),
        discount("great", percent_off=60),
        discount("other", percent_off=90, sector=Sector.TRANSPORT),
    )
    found = price(NOVEMBER, FARMER, rates=replace(RATES, discounts=rows))
    assert (found.jkk, found.jkm, found.discount_code) == (4_000, 2_720, "great")


def test_new_law_is_a_new_row_and_old_months_keep_their_price() -> None:
    dearer = replace(
        RATES,
        brackets=(
            *RATES.brackets,
            BracketRow(valid_from=NOVEMBER, min_income=0, base_income=1_500_000),
        ),
        rates=(
            *RATES.rates,
            RateRow(programme=Programme.JKM, valid_from=NOVEMBER, flat_amount=7_000),
        ),
        discounts=(),
    )
    assert price(date(2026, 10, 1), FARMER, rates=dearer).total == 16_800
    assert price(NOVEMBER, FARMER, rates=dearer).total == 22_000
    rich = replace(FARMER, income=20_700_000)
    assert price(NOVEMBER, rich, rates=dearer).base_income == 1_500_000
