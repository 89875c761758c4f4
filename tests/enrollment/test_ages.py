"""Who is of an age to join and to pay (R21); the vector rows are in tests/seeds."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.ages import (
    AgeLimits,
    AgeResult,
    age_at_payment,
    age_at_registration,
    age_result,
    birthday,
    completed_years,
)
from enrollment.cover import CoverKind

BIRTHS = st.dates(date(1900, 1, 1), date(2020, 12, 31))


@given(BIRTHS, st.integers(0, 120))
def test_age_steps_up_on_the_birthday_and_not_a_day_before(born_on: date, years: int) -> None:
    turned_on = birthday(born_on, years)
    assert completed_years(born_on, turned_on) == years
    assert completed_years(born_on, turned_on - timedelta(days=1)) == years - 1


def test_leap_day_child_ages_on_1_march_in_common_years() -> None:
    assert birthday(date(2008, 2, 29), 18) == date(2026, 3, 1)
    assert birthday(date(1964, 2, 29), 64) == date(2028, 2, 29)


def test_old_member_may_pay_but_not_come_back() -> None:
    seventy = date(1956, 11, 20)
    on = date(2026, 11, 20)
    verdicts = {kind: age_at_payment(seventy, on=on, kind=kind) for kind in CoverKind}
    assert verdicts == {
        CoverKind.FIRST: AgeResult.TOO_OLD_AT_PAYMENT,
        CoverKind.CONTINUE: AgeResult.OK,
        CoverKind.REENTRY: AgeResult.TOO_OLD_AT_PAYMENT,
    }


def test_age_at_reentry_is_not_asked_where_the_setting_is_off() -> None:
    limits = AgeLimits(checked_on_reentry=False)
    verdict = age_at_payment(
        date(1956, 1, 1), on=date(2026, 11, 20), kind=CoverKind.REENTRY, limits=limits
    )
    assert verdict is AgeResult.OK


@pytest.mark.parametrize(
    ("born_on", "expected"),
    [
        (date(2008, 11, 21), AgeResult.TOO_YOUNG_AT_REGISTRATION),
        (date(2008, 11, 20), AgeResult.OK),
        (date(1961, 11, 21), AgeResult.OK),
        (date(1961, 11, 20), AgeResult.TOO_OLD_AT_REGISTRATION),
    ],
)
def test_registration_is_open_from_18_to_64(born_on: date, expected: AgeResult) -> None:
    assert age_at_registration(born_on, on=date(2026, 11, 20)) is expected


def test_reentry_is_judged_by_the_payment_alone() -> None:
    verdict = age_result(
        date(1961, 11, 22),
        registered_on=date(1970, 1, 1),
        paid_on=date(2026, 11, 21),
        kind=CoverKind.REENTRY,
    )
    assert verdict is AgeResult.OK
