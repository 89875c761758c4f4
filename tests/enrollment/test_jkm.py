"""What the heirs may expect (R19); the vector rows are in tests/seeds."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from enrollment.jkm import JkmRule, JkmTier, PaidTime, jkm_grant
from perisai.months import month_of

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(first=DAYS, died_on=DAYS, through=DAYS)
def test_amount_is_stated_only_for_a_paid_month_after_the_first_payment(
    first: date, died_on: date, through: date
) -> None:
    paid = PaidTime(first_paid_on=first, paid_through=month_of(through))
    grant = jkm_grant(died_on, paid=paid)
    is_covered = first <= died_on and month_of(died_on) <= paid.paid_through
    assert (grant.amount is not None) == is_covered
    assert (grant.tier is JkmTier.NOT_STATED) != is_covered


@given(first=DAYS, died_on=DAYS)
def test_grant_is_full_from_the_announced_day(first: date, died_on: date) -> None:
    paid = PaidTime(first_paid_on=first, paid_through=date(2031, 1, 1))
    grant = jkm_grant(died_on, paid=paid)
    assert (grant.tier is JkmTier.FULL) == (died_on >= grant.full_from)


def test_sums_are_settings() -> None:
    rule = JkmRule(full_after=1, full=50_000_000, under=20_000_000)
    paid = PaidTime(first_paid_on=date(2026, 9, 10), paid_through=date(2026, 12, 1))
    assert jkm_grant(date(2026, 10, 9), paid=paid, rule=rule).amount == 20_000_000
    assert jkm_grant(date(2026, 10, 10), paid=paid, rule=rule).amount == 50_000_000
