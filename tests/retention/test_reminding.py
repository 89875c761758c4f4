"""On which days a member is reminded, and by what name (R33)."""

import re
from datetime import date, timedelta

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from enrollment.cover import CoverDay, ended_months, lapses_on
from perisai.months import add_months, last_day, month_of
from retention.reminding import Occasion, ReminderDays, ReminderWhy, occasions, short_names

OCTOBER = date(2026, 10, 1)
DUE_ON = {
    "2026-10": date(2026, 10, 15),
    "2026-11": date(2026, 11, 16),
    "2026-12": date(2026, 12, 15),
    "2027-01": date(2027, 1, 15),
    "2027-02": date(2027, 2, 15),
}
USUAL = ReminderDays(before_due=(5, 0), before_lapse=(7,), on_grace=True)


def on(as_of: date, *, lapse_after: int = 3) -> CoverDay:
    """A day of the examples, with the due date of its month."""
    return CoverDay(as_of=as_of, due_on=DUE_ON[f"{as_of:%Y-%m}"], lapse_after=lapse_after)


def days_of(paid_through: date | None, *, lapse_after: int = 3) -> list[tuple[str, str]]:
    """All days of the examples' five months on which such a member is reminded, and why."""
    found = []
    for number in range((date(2027, 2, 28) - OCTOBER).days + 1):
        as_of = OCTOBER + timedelta(days=number)
        for one in occasions(on(as_of, lapse_after=lapse_after), USUAL):
            if one.paid_through == paid_through:
                found.append((as_of.isoformat(), str(one.why)))
    return found


def test_r33_paid_through_october_is_reminded_on_five_days() -> None:
    assert days_of(OCTOBER) == [
        ("2026-11-11", "due_soon"),
        ("2026-11-16", "due_today"),
        ("2026-12-01", "grace_1"),
        ("2027-01-01", "grace_2"),
        ("2027-01-25", "lapse_near"),
    ]


def test_a_longer_grace_has_a_third_first_and_a_later_lapse() -> None:
    assert days_of(OCTOBER, lapse_after=4)[2:] == [
        ("2026-12-01", "grace_1"),
        ("2027-01-01", "grace_2"),
        ("2027-02-01", "grace_3"),
        ("2027-02-22", "lapse_near"),
    ]
    assert days_of(OCTOBER, lapse_after=2)[2:] == [
        ("2026-12-01", "grace_1"),
        ("2026-12-25", "lapse_near"),
    ]


def test_who_never_paid_is_reminded_with_the_due_dates_of_each_month() -> None:
    assert [day for day, _why in days_of(None)] == [
        *("2026-10-10", "2026-10-15", "2026-11-11", "2026-11-16", "2026-12-10", "2026-12-15"),
        *("2027-01-10", "2027-01-15", "2027-02-10", "2027-02-15"),
    ]
    assert {why for _day, why in days_of(None)} == {"first_payment"}


def test_the_words_of_the_setting() -> None:
    assert ReminderDays.of(settings.REMINDER_DAYS) == USUAL
    assert ReminderDays.of(["due-3", "due-1"]) == ReminderDays(
        before_due=(3, 1), before_lapse=(), on_grace=False
    )
    assert ReminderDays.of([]) == ReminderDays(before_due=(), before_lapse=(), on_grace=False)


def test_a_day_before_the_month_is_its_first_and_a_due_date_after_it_reminds_nobody() -> None:
    early = CoverDay(as_of=date(2026, 11, 1), due_on=date(2026, 11, 3))
    days = ReminderDays(before_due=(5,), before_lapse=(), on_grace=False)
    assert [str(one.why) for one in occasions(early, days)] == ["due_soon", "first_payment"]
    late = CoverDay(as_of=date(2026, 11, 28), due_on=date(2026, 12, 1))
    assert occasions(late, ReminderDays(before_due=(3,), before_lapse=(), on_grace=False)) == []


@given(
    as_of=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    lapse_after=st.integers(2, 4),
    before_due=st.sets(st.integers(0, 14)).map(tuple),
    before_lapse=st.sets(st.integers(1, 27)).map(tuple),
)
def test_nobody_has_two_occasions_and_only_who_owes_has_one(
    as_of: date, lapse_after: int, before_due: tuple[int, ...], before_lapse: tuple[int, ...]
) -> None:
    days = ReminderDays(before_due=before_due, before_lapse=before_lapse, on_grace=True)
    due_on = min(month_of(as_of) + timedelta(days=14), last_day(as_of))
    day = CoverDay(as_of=as_of, due_on=due_on, lapse_after=lapse_after)
    found = occasions(day, days)
    assert len({one.paid_through for one in found}) == len(found)
    for one in found:
        _must_owe(one, day)


def _must_owe(one: Occasion, day: CoverDay) -> None:
    if one.paid_through is None:
        assert one.why == ReminderWhy.FIRST_PAYMENT
        return
    ended = ended_months(one.paid_through, as_of=day.as_of)
    ends = lapses_on(one.paid_through, lapse_after=day.lapse_after)
    assert add_months(one.paid_through, 1) <= month_of(day.as_of)
    assert ends is not None
    assert day.as_of < ends
    is_due = one.why in {ReminderWhy.DUE_SOON, ReminderWhy.DUE_TODAY}
    assert (ended == 0) is is_due


@pytest.mark.parametrize(
    ("full_name", "called"),
    [
        ("SITI AMINAH", "Siti"),
        ("Budi Contoh", "Budi"),
        ("MUH. ALI'UDIN", "Muh"),
        ("'AISYAH PUTRI", "Aisyah"),
        ("SUPARMAN", "S*******"),
        ("SUPARMAN .", "S*******"),
        ("A B", "A"),
        ("A", "*"),
    ],
)
def test_r33_a_name_of_several_words_is_called_by_the_first_and_one_word_is_masked(
    full_name: str, called: str
) -> None:
    assert short_names([full_name]) == [called]


def test_nobody_is_called_by_what_is_the_whole_name_of_somebody_beside() -> None:
    assert short_names(["SITI", "SITI AMINAH", "BUDI SANTOSO"]) == ["S***", "S***", "Budi"]


WORD = st.text(st.characters(categories=["L"]), min_size=1, max_size=9)


@given(
    words=st.lists(WORD, min_size=1, max_size=4), marks=st.sampled_from([" ", " - ", ". ", "' "])
)
def test_no_name_is_ever_said_in_full(words: list[str], marks: str) -> None:
    full_name = marks.join(words)
    assert [_folded(one) for one in short_names([full_name])] != [_folded(full_name)]


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()
