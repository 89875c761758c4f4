"""The reference files say what the law and the lists say."""

import csv
from datetime import date
from pathlib import Path

from enrollment.programmes import Programme
from payments.models import HolidayBasis, HolidayKind
from payments.tariff import PayerKind, Sector
from seeds.holiday_source import holiday_basis, holiday_calendar, holiday_days
from seeds.region_codes import read_known_regions
from seeds.tariff_files import TARIFF_FOLDER, read_rate_book

JANUARY = date(2026, 1, 1)


def test_amounts_printed_in_the_brackets_are_base_times_rate() -> None:
    rates = read_rate_book()
    with (TARIFF_FOLDER / "contribution_brackets.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 33
    for row in rows:
        base = rates.base_income(JANUARY, int(row["min_income"]))
        assert base == int(row["base_income"])
        for programme in Programme:
            numerator, denominator = rates.rate(programme, JANUARY).fraction_of(base)
            assert numerator == denominator * int(row[programme.lower()]), row


def test_reductions_of_pp_50_2025_are_read_as_the_rule_has_them() -> None:
    read = {
        row.code: (row.sector, row.month_from, row.month_to, row.percent_off)
        for row in read_rate_book().discounts
    }
    assert read == {
        "pp50_2025_transport": (Sector.TRANSPORT, JANUARY, date(2027, 3, 1), 50),
        "pp50_2025_other": (Sector.NON_TRANSPORT, date(2026, 4, 1), date(2026, 12, 1), 50),
    }
    for row in read_rate_book().discounts:
        assert row.programmes == {Programme.JKK, Programme.JKM}
        assert row.excluded_payers == {PayerKind.APBN, PayerKind.APBD}


def test_regions_are_the_edition_of_2025_with_the_codes_before() -> None:
    regions = read_known_regions()
    counts = [len(regions.provinces), len(regions.regencies), len(regions.districts)]
    assert counts == [38, 514, 7_285]
    assert len(regions.legacy) == 620
    assert regions.legacy.isdisjoint(regions.regencies | regions.districts)


def test_licence_travels_with_the_region_files() -> None:
    folder = Path(TARIFF_FOLDER).parent / "regions"
    assert "Copyright (c) 2017-2025 Cahya DSN" in (folder / "LICENSE.md").read_text("utf-8")


def test_holidays_of_2026_are_those_of_the_decree() -> None:
    days = holiday_days(2026)
    kinds = [row.kind for row in days]
    assert kinds.count(HolidayKind.NATIONAL) == 17
    assert kinds.count(HolidayKind.JOINT_LEAVE) == 8
    assert {row.basis for row in days} == {HolidayBasis.DECREE}
    assert [row.day for row in days] == sorted(row.day for row in days)


def test_year_before_its_decree_is_an_estimate() -> None:
    assert [holiday_basis(year) for year in (2024, 2025, 2026, 2027)] == [
        HolidayBasis.DECREE,
        HolidayBasis.DECREE,
        HolidayBasis.DECREE,
        HolidayBasis.ESTIMATE,
    ]


def test_calendar_spans_the_years_asked_for() -> None:
    calendar = holiday_calendar(2026, 2027)
    assert {date(2026, 8, 17), date(2027, 8, 17)} <= calendar.national
    assert {date(2026, 12, 24), date(2027, 12, 24)} <= calendar.joint_leave
