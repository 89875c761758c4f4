"""When a price rises, for whom and by how much: pure, by the tariff files (R34, R35)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.programmes import Programme
from payments.tariff import BracketRow, Sector, Terms, price, remembered_prices
from perisai.months import add_months
from retention.price_steps import (
    WITH_JHT,
    WITHOUT_JHT,
    PriceSpan,
    PriceStep,
    at_its_floor,
    floors_of,
    price_spans,
    price_steps,
    steps_for,
)
from seeds.tariff_files import read_rate_book

RATES = read_rate_book()
SIX_WEEKS = timedelta(days=42)
JANUARY, APRIL = date(2027, 1, 1), date(2027, 4, 1)
FARMER = Terms(income=1_000_000, programmes=WITHOUT_JHT, sector=Sector.NON_TRANSPORT)
OJEK = replace(FARMER, sector=Sector.TRANSPORT)


def told(day: date, terms: Terms = FARMER, *, within: timedelta = SIX_WEEKS) -> list[PriceStep]:
    """The rises that somebody who paid until two months ago is told of on a day."""
    steps = price_steps(day, rates=RATES, within=within)
    return list(steps_for(terms, add_months(day.replace(day=1), -2), steps))


@pytest.mark.parametrize(
    ("terms", "day", "month"),
    [
        pytest.param(FARMER, date(2026, 11, 19), None, id="farmer too early"),
        pytest.param(FARMER, date(2026, 11, 20), JANUARY, id="farmer from the first day"),
        pytest.param(FARMER, date(2026, 12, 31), JANUARY, id="farmer on the last day"),
        pytest.param(FARMER, date(2027, 1, 1), None, id="farmer once it costs so"),
        pytest.param(OJEK, date(2026, 11, 20), None, id="ojek not with the farmers"),
        pytest.param(OJEK, date(2027, 2, 17), None, id="ojek too early"),
        pytest.param(OJEK, date(2027, 2, 18), APRIL, id="ojek from the first day"),
        pytest.param(OJEK, date(2027, 3, 31), APRIL, id="ojek on the last day"),
        pytest.param(FARMER, date(2027, 2, 18), None, id="farmer not with the ojek"),
    ],
)
def test_r35_days(terms: Terms, day: date, month: date | None) -> None:
    found = [(step.month, step.was, step.becomes) for step in told(day, terms)]
    assert found == ([(month, 8_400, 16_800)] if month else [])


def test_with_jht_only_the_reduced_part_rises() -> None:
    (step,) = told(date(2026, 11, 20), replace(FARMER, programmes=WITH_JHT))
    assert (step.was, step.becomes) == (28_400, 36_800)


def test_the_days_are_a_setting_and_none_are_none() -> None:
    day = date(2026, 12, 2)
    assert told(day, within=timedelta(days=30))
    assert not told(day, within=timedelta(days=29))
    assert not told(date(2026, 12, 31), within=timedelta(0))


@pytest.mark.parametrize("paid_through", [None, JANUARY, date(2027, 6, 1)])
def test_a_month_that_is_paid_concerns_nobody(paid_through: date | None) -> None:
    steps = price_steps(date(2026, 11, 20), rates=RATES, within=SIX_WEEKS)
    assert steps_for(FARMER, paid_through, steps) == ()
    assert steps_for(FARMER, date(2026, 12, 1), steps)


def test_a_price_that_falls_or_stays_is_no_rise() -> None:
    april = price_steps(date(2026, 3, 20), rates=RATES, within=SIX_WEEKS)
    assert steps_for(FARMER, date(2026, 2, 1), april) == ()


def test_a_new_table_of_brackets_is_a_rise_too() -> None:
    dearer = BracketRow(valid_from=date(2027, 2, 1), min_income=0, base_income=1_300_000)
    rates = replace(RATES, brackets=(*RATES.brackets, dearer))
    steps = price_steps(date(2026, 12, 22), rates=rates, within=SIX_WEEKS)
    found = [
        (step.month, step.was, step.becomes) for step in steps_for(FARMER, date(2026, 12, 1), steps)
    ]
    assert found == [(JANUARY, 8_400, 16_800), (date(2027, 2, 1), 16_800, 19_800)]


@given(
    income=st.integers(min_value=0, max_value=40_000_000),
    sector=st.sampled_from(Sector),
    has_jht=st.booleans(),
    day=st.dates(min_value=date(2026, 10, 1), max_value=date(2027, 6, 30)),
)
def test_whatever_is_told_is_what_the_tariff_says(
    *, income: int, sector: Sector, has_jht: bool, day: date
) -> None:
    terms = Terms(income=income, programmes=WITH_JHT if has_jht else WITHOUT_JHT, sector=sector)
    months = [add_months(day.replace(day=1), ahead) for ahead in (1, 2)]
    prices = {
        month: (
            price(add_months(month, -1), terms, rates=RATES).total,
            price(month, terms, rates=RATES).total,
        )
        for month in months
    }
    expected = [
        (month, was, becomes)
        for month, (was, becomes) in prices.items()
        if was < becomes and month - day <= SIX_WEEKS
    ]
    assert [(step.month, step.was, step.becomes) for step in told(day, terms)] == expected


@given(income=st.integers(min_value=0, max_value=40_000_000))
def test_the_floor_of_an_income_is_priced_alike(income: int) -> None:
    terms = Terms(income=income, programmes=frozenset(Programme), sector=Sector.NON_TRANSPORT)
    lowest = at_its_floor(terms, floors_of(RATES))
    assert lowest.income <= income
    for month in (date(2026, 11, 1), JANUARY):
        assert price(month, lowest, rates=RATES) == price(month, terms, rates=RATES)


def test_r34_prices_alone() -> None:
    prices = remembered_prices(RATES)
    assert price_spans(JANUARY, 12, FARMER, prices=prices) == (
        PriceSpan(since=JANUARY, until=None, amount=16_800),
    )
    assert price_spans(JANUARY, 12, OJEK, prices=prices) == (
        PriceSpan(since=JANUARY, until=date(2027, 3, 1), amount=8_400),
        PriceSpan(since=APRIL, until=None, amount=16_800),
    )
