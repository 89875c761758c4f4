"""Months are the dates of their first days; neighbours differ by one."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perisai.months import (
    add_calendar_months,
    add_months,
    format_month,
    last_day,
    month_index,
    month_of,
    months_between,
    parse_month,
)

DAYS = st.dates(date(1950, 1, 1), date(2150, 12, 31))
MONTHS = DAYS.map(month_of)
STEPS = st.integers(-500, 500)


@given(MONTHS, STEPS)
def test_adding_months_is_undone_by_taking_them_away(month: date, count: int) -> None:
    later = add_months(month, count)
    assert later.day == 1
    assert months_between(month, later) == count
    assert add_months(later, -count) == month


@given(MONTHS, STEPS, STEPS)
def test_months_are_added_in_any_portions(month: date, first: int, second: int) -> None:
    assert add_months(add_months(month, first), second) == add_months(month, first + second)


@given(DAYS)
def test_month_holds_its_day_and_ends_before_the_next(day: date) -> None:
    month = month_of(day)
    assert month <= day <= last_day(month) < add_months(month, 1)
    assert (add_months(month, 1) - last_day(month)).days == 1


@given(MONTHS)
def test_month_is_written_and_read_back(month: date) -> None:
    assert parse_month(format_month(month)) == month


@given(DAYS, st.integers(0, 240))
def test_calendar_months_keep_the_day_or_end_with_the_month(day: date, count: int) -> None:
    later = add_calendar_months(day, count)
    assert month_index(later) == month_index(day) + count
    assert later.day == min(day.day, last_day(later).day)


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2026, 11, 30), date(2027, 2, 28)), (date(2027, 11, 30), date(2028, 2, 29))],
    ids=["R19-common-year", "R19-leap-year"],
)
def test_three_calendar_months_are_clamped_to_the_end_of_february(
    day: date, expected: date
) -> None:
    assert add_calendar_months(day, 3) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2026-13",
        "2026-00",
        "2026-1",
        "26-11",
        "2026-11-01",
        "2026-11\n",
        " 2026-11",
        "\u0662\u0660\u0662\u0666-\u0661\u0661",
    ],
)
def test_other_shapes_are_no_month(text: str) -> None:
    with pytest.raises(ValueError, match="YYYY-MM"):
        parse_month(text)
