"""NIK rules beyond the vector rows (R22), which are in tests/seeds. All numbers are made up."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.errors import NikInvalid
from enrollment.nik import (
    KnownRegions,
    NikPolicy,
    RegionStatus,
    Sex,
    SoftCheck,
    parse_nik,
    read_nik,
    soft_checks,
)

TODAY = date(2026, 11, 20)
REGIONS = KnownRegions(
    provinces=frozenset({"31", "33", "93"}),
    regencies=frozenset({"3171", "3301", "9301"}),
    districts=frozenset({"317101", "330101", "930101"}),
    legacy=frozenset({"9101", "910101"}),
)


def test_worked_example_is_a_woman_born_in_1990_of_an_unknown_regency() -> None:
    nik = parse_nik("3300005111900001", regions=REGIONS, today=TODAY)
    assert (nik.sex, nik.birth_date, nik.alt_birth_date) == (Sex.FEMALE, date(1990, 11, 11), None)
    assert nik.region_status is RegionStatus.UNKNOWN_REGENCY
    assert nik.warnings == ("unknown_regency",)
    assert (nik.regency_code, nik.district_code) == ("3300", "330000")


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("3171013211900001", "day"),
        ("3171011113900001", "month"),
        ("3171013002900001", "date"),
        ("3171011111900000", "serial_zero"),
        ("5401011111900001", "unknown_province"),
    ],
)
def test_impossible_number_is_refused_without_repeating_it(written: str, reason: str) -> None:
    with pytest.raises(NikInvalid) as refused:
        parse_nik(written, regions=REGIONS, today=TODAY)
    assert refused.value.context == {"reason": reason}
    assert written not in f"{refused.value} {refused.value.detail} {refused.value.args}"


def test_unknown_province_only_warns_under_the_mild_setting() -> None:
    mild = NikPolicy(unknown_province="warn")
    nik = parse_nik("5401011111900001", regions=REGIONS, today=TODAY, policy=mild)
    assert nik.warnings == ("unknown_province",)


@pytest.mark.parametrize(
    ("digits", "status"),
    [
        ("3171010000000000", RegionStatus.CURRENT),
        ("9101010000000000", RegionStatus.LEGACY),
        ("9101990000000000", RegionStatus.UNKNOWN_DISTRICT),
        ("3171990000000000", RegionStatus.UNKNOWN_DISTRICT),
        ("3399010000000000", RegionStatus.UNKNOWN_REGENCY),
        ("9199010000000000", RegionStatus.UNKNOWN_REGENCY),
        ("2001010000000000", RegionStatus.UNKNOWN_PROVINCE),
    ],
)
def test_older_editions_make_a_region_known(digits: str, status: RegionStatus) -> None:
    assert REGIONS.status_of(digits[:6]) is status


def test_plausible_age_is_a_setting() -> None:
    strict = NikPolicy(plausible_age=(18, 64))
    sixteen = "3171011503109950"
    assert parse_nik(sixteen, regions=REGIONS, today=TODAY).warnings == ()
    warned = parse_nik(sixteen, regions=REGIONS, today=TODAY, policy=strict)
    assert warned.warnings == ("age_outside_15_64",)


def test_representation_shows_no_personal_data() -> None:
    nik = parse_nik("3171015111900001", regions=REGIONS, today=TODAY)
    shown = repr(nik) + repr(read_nik("3171015111900001", regions=REGIONS, today=TODAY))
    assert "3171" not in shown
    assert "1990" not in shown
    assert "female" not in shown.lower()


@pytest.mark.parametrize(
    ("written", "birth_date", "sex", "expected"),
    [
        ("3171015111900001", date(1990, 11, 11), Sex.FEMALE, ()),
        ("3171015111900001", date(1990, 11, 12), Sex.FEMALE, (SoftCheck.BIRTH_DIFFERS,)),
        ("3171015111900001", date(1990, 11, 11), Sex.MALE, (SoftCheck.SEX_DIFFERS,)),
        # The card may mean the other century: both readings are right.
        ("3171011503109950", date(1910, 3, 15), Sex.MALE, ()),
        ("9101011111900001", date(1990, 11, 11), Sex.MALE, (SoftCheck.REGION_UNKNOWN,)),
        ("3171011111600001", date(1960, 11, 11), Sex.MALE, (SoftCheck.AGE_OUTSIDE_15_64,)),
    ],
)
def test_agent_confirms_what_differs_from_the_form(
    written: str, birth_date: date, sex: Sex, expected: tuple[SoftCheck, ...]
) -> None:
    nik = parse_nik(written, regions=REGIONS, today=TODAY)
    assert soft_checks(nik, birth_date=birth_date, sex=sex) == expected


def test_sixteen_equal_digits_are_confirmed_too() -> None:
    ones = KnownRegions(
        provinces=frozenset({"11"}),
        regencies=frozenset({"1111"}),
        districts=frozenset({"111111"}),
        legacy=frozenset(),
    )
    nik = parse_nik("1" * 16, regions=ones, today=TODAY)
    asked = soft_checks(nik, birth_date=date(2011, 11, 11), sex=Sex.MALE)
    assert asked == (SoftCheck.DIGITS_EQUAL,)


@given(
    born_on=st.dates(date(1927, 1, 1), TODAY),
    sex=st.sampled_from(Sex),
    serial=st.integers(1, 9999),
)
def test_birth_and_sex_are_read_as_the_registry_wrote_them(
    born_on: date, sex: Sex, serial: int
) -> None:
    day = born_on.day + (40 if sex is Sex.FEMALE else 0)
    written = f"317101{day:02}{born_on:%m%y}{serial:04}"
    nik = parse_nik(written, regions=REGIONS, today=TODAY)
    assert nik.sex is sex
    assert born_on in {nik.birth_date, nik.alt_birth_date}
    assert nik.birth_date <= TODAY


@given(st.text(max_size=24))
def test_any_text_is_read_without_breaking(text: str) -> None:
    reading = read_nik(text, regions=REGIONS, today=TODAY)
    assert reading.fault is not None or len(reading.digits) == 16
