"""What `paid_through` means on a day (R14, R15, R17); the vector rows are in tests/seeds."""

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.cover import (
    CoverDay,
    CoverKind,
    CoverState,
    cover_case,
    cover_state,
    ended_months,
    lapses_on,
    next_cover,
    paid_through_when,
)
from enrollment.models import ClosedReason, Member
from perisai.months import add_months, month_of, parse_month
from tests.factories.enrollment import MemberFactory

DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))
MONTHS = DAYS.map(month_of)
AUGUST = date(2026, 8, 1)
VECTORS = Path(__file__).parents[2] / "seeds" / "rules" / "cover_states.csv"


def day_of(as_of: date, *, lapse_after: int = 3) -> CoverDay:
    return CoverDay(as_of=as_of, due_on=as_of.replace(day=15), lapse_after=lapse_after)


@pytest.mark.parametrize(
    ("closed_on", "expected"),
    [
        (date(2026, 11, 20), CoverState.CLOSED),
        (date(2026, 11, 19), CoverState.CLOSED),
        (date(2026, 11, 21), CoverState.ACTIVE),
    ],
)
def test_closed_member_is_outside_the_scale_from_that_day(
    closed_on: date, expected: CoverState
) -> None:
    paid_through = date(2026, 11, 1)
    day = day_of(date(2026, 11, 20))
    assert cover_state(paid_through, closed_on=closed_on, day=day) is expected


@given(paid_through=MONTHS, as_of=DAYS, lapse_after=st.integers(2, 4))
def test_states_follow_the_table_of_the_rule(
    paid_through: date, as_of: date, lapse_after: int
) -> None:
    day = day_of(as_of, lapse_after=lapse_after)
    ended = ended_months(paid_through, as_of=as_of)
    state = cover_state(paid_through, closed_on=None, day=day)
    if ended >= lapse_after:
        assert state is CoverState.LAPSED
    elif ended >= 1:
        assert state == f"grace_{ended}"
    elif paid_through >= month_of(as_of) or as_of <= day.due_on:
        assert state is CoverState.ACTIVE
    else:
        assert state is CoverState.OVERDUE


@given(paid_through=MONTHS, as_of=DAYS, lapse_after=st.integers(2, 4))
def test_lapse_begins_on_its_announced_day(
    paid_through: date, as_of: date, lapse_after: int
) -> None:
    announced = lapses_on(paid_through, lapse_after=lapse_after)
    state = cover_state(paid_through, closed_on=None, day=day_of(as_of, lapse_after=lapse_after))
    assert announced is not None
    assert (state is CoverState.LAPSED) == (as_of >= announced)


@given(unpaid=st.integers(1, 24), as_of=DAYS)
def test_bound_of_unpaid_months_is_what_is_counted(unpaid: int, as_of: date) -> None:
    assert ended_months(paid_through_when(unpaid=unpaid, as_of=as_of), as_of=as_of) == unpaid


@given(as_of=DAYS, years=st.integers(0, 30))
def test_who_never_paid_never_lapses(as_of: date, years: int) -> None:
    later = as_of.replace(year=as_of.year + years, day=1)
    state = cover_state(None, closed_on=None, day=day_of(later))
    assert state is CoverState.REGISTERED_UNPAID
    assert lapses_on(None) is None
    assert ended_months(None, as_of=later) == 0


@pytest.mark.parametrize(
    ("paid_through", "as_of", "first_month", "kind"),
    [
        (AUGUST, date(2026, 11, 20), date(2026, 9, 1), CoverKind.CONTINUE),
        (AUGUST, date(2026, 11, 30), date(2026, 9, 1), CoverKind.CONTINUE),
        (AUGUST, date(2026, 12, 1), date(2026, 12, 1), CoverKind.REENTRY),
        (None, date(2026, 12, 2), date(2026, 12, 1), CoverKind.FIRST),
        (date(2027, 3, 1), date(2026, 11, 20), date(2027, 4, 1), CoverKind.CONTINUE),
    ],
    ids=["R7-arrears", "R7-last-day", "R17-reentry", "R17-first", "R7-paid-ahead"],
)
def test_next_payment_begins_with_the_oldest_unpaid_month(
    paid_through: date | None, as_of: date, first_month: date, kind: CoverKind
) -> None:
    start = next_cover(paid_through, as_of=as_of)
    assert (start.first_month, start.kind) == (first_month, kind)


@given(paid_through=MONTHS, as_of=DAYS, lapse_after=st.integers(2, 4))
def test_payment_begins_anew_exactly_when_cover_has_lapsed(
    paid_through: date, as_of: date, lapse_after: int
) -> None:
    state = cover_state(paid_through, closed_on=None, day=day_of(as_of, lapse_after=lapse_after))
    start = next_cover(paid_through, as_of=as_of, lapse_after=lapse_after)
    assert (start.kind is CoverKind.REENTRY) == (state is CoverState.LAPSED)
    if start.kind is CoverKind.CONTINUE:
        assert start.first_month == add_months(paid_through, 1)


@pytest.mark.django_db
@given(
    paid_through=st.none() | MONTHS,
    closed_on=st.none() | DAYS,
    as_of=DAYS,
    lapse_after=st.integers(2, 4),
)
def test_python_and_sql_agree_on_every_member_and_day(
    paid_through: date | None, closed_on: date | None, as_of: date, lapse_after: int
) -> None:
    member = MemberFactory.create(
        paid_through=paid_through,
        closed_on=closed_on,
        closed_reason=ClosedReason.WITHDRAWN if closed_on else "",
    )
    day = day_of(as_of, lapse_after=lapse_after)
    judged = Member.objects.annotate(cover_state=cover_case(day)).values_list("cover_state")
    in_sql = judged.get(pk=member.pk)[0]
    assert in_sql == cover_state(paid_through, closed_on=closed_on, day=day)


@pytest.mark.django_db
def test_every_vector_row_has_its_state_in_sql_too() -> None:
    """The same rows are held against the pure function by `check_rules`."""
    with VECTORS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    months = {row["paid_through"] for row in rows}
    members = {
        month: MemberFactory.create(paid_through=parse_month(month) if month else None).pk
        for month in sorted(months)
    }
    wrong = []
    for row in rows:
        day = CoverDay(
            as_of=date.fromisoformat(row["as_of"]),
            due_on=date.fromisoformat(row["due_on"]),
            lapse_after=int(row["threshold"]),
        )
        judged = Member.objects.annotate(cover_state=cover_case(day))
        in_sql = judged.values_list("cover_state", flat=True).get(pk=members[row["paid_through"]])
        if in_sql != row["state"].lower():
            wrong.append((row["case"], in_sql))
    assert wrong == []
    assert len(rows) == 58


@pytest.mark.django_db
@pytest.mark.parametrize("lapse_after", [2, 3, 4])
def test_python_and_sql_agree_on_every_month_around_today(lapse_after: int) -> None:
    today = date(2026, 11, 20)
    months = [None, *(add_months(month_of(today), step) for step in range(-7, 4))]
    for paid_through in months:
        MemberFactory.create(paid_through=paid_through)
    for due_on in (date(2026, 11, 16), date(2026, 11, 20), date(2026, 11, 23)):
        day = CoverDay(as_of=today, due_on=due_on, lapse_after=lapse_after)
        judged = Member.objects.annotate(cover_state=cover_case(day))
        in_sql = set(judged.values_list("paid_through", "cover_state"))
        in_python = {(month, str(cover_state(month, closed_on=None, day=day))) for month in months}
        assert in_sql == in_python
