"""The day until which a month is paid in time (R13); the vector rows are in tests/seeds."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.due_dates import DayOff, HolidayCalendar, due_date, postponements
from perisai.months import month_of

DAYS = st.dates(date(2025, 1, 1), date(2028, 12, 31))
NONE = HolidayCalendar(national=frozenset(), joint_leave=frozenset())


@given(
    month=DAYS.map(month_of),
    national=st.frozensets(DAYS, max_size=400),
    joint_leave=st.frozensets(DAYS, max_size=100),
    counts=st.booleans(),
)
def test_due_date_is_the_first_working_day_from_the_15th(
    month: date,
    national: frozenset[date],
    joint_leave: frozenset[date],
    counts: bool,  # noqa: FBT001
) -> None:
    holidays = HolidayCalendar(national=national, joint_leave=joint_leave)
    due_on = due_date(month, holidays, cuti_bersama_counts=counts)
    moved = postponements(month, holidays, cuti_bersama_counts=counts)
    assert due_on.weekday() < 5
    assert due_on not in national
    assert not counts or due_on not in joint_leave
    assert (due_on - month.replace(day=15)).days == len(moved)
    assert all(step.reasons for step in moved)


def test_other_due_day_is_a_setting_and_ends_with_the_month() -> None:
    assert due_date(date(2027, 2, 1), NONE, due_day=10) == date(2027, 2, 10)
    # 31 means the last day; 28 February 2027 is a Sunday, so March begins first.
    assert due_date(date(2027, 2, 1), NONE, due_day=31) == date(2027, 3, 1)
    assert due_date(date(2027, 3, 1), NONE, due_day=31) == date(2027, 3, 31)


def test_reasons_of_a_moved_day_are_all_named() -> None:
    sunday = date(2026, 11, 15)
    holidays = HolidayCalendar(national=frozenset({sunday}), joint_leave=frozenset({sunday}))
    (step,) = postponements(date(2026, 11, 1), holidays)
    assert step.day == sunday
    assert step.reasons == (DayOff.WEEKEND, DayOff.HOLIDAY, DayOff.JOINT_LEAVE)


@pytest.mark.parametrize(("counts", "day"), [(True, 16), (False, 15)])
def test_joint_leave_counts_by_the_setting(counts: bool, day: int) -> None:  # noqa: FBT001
    holidays = HolidayCalendar(national=frozenset(), joint_leave=frozenset({date(2026, 12, 15)}))
    due_on = due_date(date(2026, 12, 1), holidays, cuti_bersama_counts=counts)
    assert due_on == date(2026, 12, day)
