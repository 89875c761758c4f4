"""Days that people correct, and the due dates that follow at once (R13)."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from enrollment.models import DueDate
from enrollment.services.cover_days import due_days
from payments.errors import TariffFaulty
from payments.models import Holiday
from payments.services.holidays import change_days
from payments.services.tariff_changes import propose_change
from payments.tariff_drafts import HolidayChange, HolidayRow
from payments.tariff_sheets import read_holidays
from perisai.models import Role
from seeds.reference import load_holidays
from tests.factories.payments import NOW
from tests.factories.perisai import UserFactory

pytestmark = pytest.mark.django_db

RULES = Path(__file__).parents[2] / "seeds" / "rules"
KINDS = frozenset({"national", "joint_leave"})


def vectors() -> dict[str, str]:
    """By month, the due date of the vector file where joint leave counts."""
    with (RULES / "due_dates.csv").open(encoding="utf-8", newline="") as file:
        return {row["month"]: row["due_cuti_counted"] for row in csv.DictReader(file)}


def holiday(day: str, kind: str = "national", name: str = "Hari Contoh") -> HolidayRow:
    return HolidayRow(day=date.fromisoformat(day), kind=kind, name=name, basis="decree")


def due(month: str) -> str:
    return DueDate.objects.get(month=f"{month}-01").due_on.isoformat()


def test_published_due_dates_are_those_of_the_vectors() -> None:
    known = vectors()
    published = DueDate.objects.filter(month__in=[f"{month}-01" for month in known])
    assert len(known) == 36
    assert {f"{row.month:%Y-%m}": f"{row.due_on}" for row in published} == known


def test_days_move_the_due_dates_of_their_months_alone() -> None:
    before = dict(DueDate.objects.values_list("month", "due_on"))

    assert change_days(HolidayChange(put=(holiday("2026-12-15"), holiday("2026-12-16")))) == 2

    assert due("2026-12") == "2026-12-17"
    after = dict(DueDate.objects.values_list("month", "due_on"))
    assert {month for month in after if after[month] != before[month]} == {date(2026, 12, 1)}


def test_day_that_goes_gives_the_due_date_back() -> None:
    row = holiday("2026-12-15")
    change_days(HolidayChange(put=(row,)))
    assert change_days(HolidayChange(gone=(row,))) == 1
    assert due("2026-12") == "2026-12-15"
    assert change_days(HolidayChange(gone=(row,))) == 0


def test_same_day_again_changes_nothing_and_another_name_does() -> None:
    row = holiday("2026-12-15")
    assert change_days(HolidayChange(put=(row,))) == 1
    assert change_days(HolidayChange(put=(row,))) == 0
    assert change_days(HolidayChange(put=(holiday("2026-12-15", name="Nama lain"),))) == 1


def test_due_day_at_the_end_of_a_month_looks_into_the_next(settings: Any) -> None:
    settings.DUE_DAY_OF_MONTH = 31
    # 28 February 2027 is a Sunday, so February falls due on 1 March, unless that is a holiday.
    change_days(HolidayChange(put=(holiday("2027-03-01"),)))
    assert due("2027-02") == "2027-03-02"


def test_loading_again_leaves_a_corrected_year_alone() -> None:
    gone = Holiday.objects.filter(day__year=2026).order_by("day")[0]
    gone.delete()
    load_holidays()
    assert not Holiday.objects.filter(day=gone.day, kind=gone.kind).exists()


def test_phones_get_the_due_dates_that_they_judge_by() -> None:
    change_days(HolidayChange(put=(holiday("2026-11-16"),)))
    told = due_days(around=date(2026, 11, 20))
    assert (min(told), max(told), len(told)) == ("2026-10", "2027-12", 15)
    assert (told["2026-11"], told["2027-05"]) == ("2026-11-17", "2027-05-21")


@pytest.mark.parametrize(
    "change",
    [
        HolidayChange(),
        HolidayChange(put=(holiday("2026-12-15"), holiday("2026-12-15"))),
        HolidayChange(put=(holiday("2026-12-15"),), gone=(holiday("2026-12-15"),)),
        HolidayChange(put=(holiday("2026-12-15", kind="libur"),)),
        HolidayChange(put=(holiday("2026-12-15", name=""),)),
    ],
)
def test_days_that_cannot_be_right_are_refused(change: HolidayChange) -> None:
    with pytest.raises(TariffFaulty):
        propose_change(change, source="SKB", by=UserFactory.create(role=Role.FINANCE), now=NOW)


@pytest.mark.parametrize(
    "text",
    [
        "day,kind\n2027-01-01,national",
        "day,kind,name\n1/1/27,national,x",
        "day,kind,name\n2027-01-01,libur,x",
        "day,kind,name\n2027-01-01,national,",
    ],
)
def test_faulty_list_of_days_is_refused(text: str) -> None:
    with pytest.raises(TariffFaulty):
        read_holidays(text, basis="decree", kinds=KINDS)
