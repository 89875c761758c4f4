"""The national identity number (NIK): sixteen digits `PP RR DD ddmmyy SSSS`, parsed (R22).

It shows where and as whom somebody was first registered and never changes, so most that looks odd
may warn and must not refuse. There is no check digit. A NIK is never a secret, never a login.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final, Literal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from enrollment.ages import completed_years
from enrollment.errors import NikInvalid

LENGTH: Final = 16
WOMEN_ADD: Final = 40
LONGEST_MONTH: Final = 31
MONTHS: Final = 12
_BETWEEN_GROUPS = re.compile(r"[\s.-]")

UnknownProvince = Literal["refuse", "warn"]


class Sex(TextChoices):
    """As printed on the identity card."""

    FEMALE = "female"
    MALE = "male"


class RegionStatus(TextChoices):
    """What the region lists say of the first six digits."""

    CURRENT = "current", _("berlaku")
    LEGACY = "legacy", _("kode lama")
    UNKNOWN_DISTRICT = "unknown_district", _("kecamatan tidak dikenal")
    UNKNOWN_REGENCY = "unknown_regency", _("kabupaten/kota tidak dikenal")
    UNKNOWN_PROVINCE = "unknown_province", _("provinsi tidak dikenal")


class NikFault(TextChoices):
    """Why something cannot be a NIK; the label is what the agent reads."""

    EMPTY = "empty", _("NIK belum diisi.")
    NON_DIGIT = "non_digit", _("NIK hanya berisi angka 0-9.")
    LENGTH = "length", _("NIK terdiri atas 16 angka.")
    ALL_ZERO = "all_zero", _("NIK tidak boleh berisi nol saja.")
    DAY = "day", _("Angka ke-7 dan ke-8 NIK bukan tanggal lahir.")
    MONTH = "month", _("Angka ke-9 dan ke-10 NIK bukan bulan lahir.")
    DATE = "date", _("Tanggal lahir di NIK tidak ada di kalender.")
    SERIAL_ZERO = "serial_zero", _("Empat angka terakhir NIK tidak boleh 0000.")
    UNKNOWN_PROVINCE = "unknown_province", _("Kode provinsi di NIK tidak dikenal.")


class SoftCheck(TextChoices):
    """What an agent confirms from the card before a registration counts."""

    REGION_UNKNOWN = "region_unknown", _("wilayah di NIK tidak ada di daftar sekarang")
    BIRTH_DIFFERS = "birth_differs", _("tanggal lahir berbeda dari NIK")
    SEX_DIFFERS = "sex_differs", _("jenis kelamin berbeda dari NIK")
    AGE_OUTSIDE_15_64 = "age_outside_15_64", _("usia di luar 15-64 tahun")
    DIGITS_EQUAL = "digits_equal", _("semua angka NIK sama")


AGE_OUTSIDE: Final = "age_outside_15_64"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRegions:
    """The region codes of the present edition, and those that older editions had besides."""

    provinces: frozenset[str]
    regencies: frozenset[str]
    districts: frozenset[str]
    legacy: frozenset[str]

    def status_of(self, district_code: str) -> RegionStatus:
        """How much of a six-digit district code is known."""
        regency, province = district_code[:4], district_code[:2]
        if province not in self.provinces and province not in _provinces_of(self.legacy):
            return RegionStatus.UNKNOWN_PROVINCE
        if district_code in self.districts:
            return RegionStatus.CURRENT
        if district_code in self.legacy:
            return RegionStatus.LEGACY
        if regency in self.regencies or regency in self.legacy:
            return RegionStatus.UNKNOWN_DISTRICT
        return RegionStatus.UNKNOWN_REGENCY


@lru_cache(maxsize=4)
def _provinces_of(codes: frozenset[str]) -> frozenset[str]:
    """Made once for each list of codes, not once for each NIK."""
    return frozenset(code[:2] for code in codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """Sex and birth date of a NIK: the latest century not in the future, and the other one."""

    sex: Sex
    on: date
    alternative_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NikPolicy:
    """What settings decide: unknown provinces, and the ages (both included) not to warn of."""

    unknown_province: UnknownProvince = "refuse"
    plausible_age: tuple[int, int] = (15, 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class NikReading:
    """All that can be read from sixteen digits, sound or not.

    Representations end in logs, so they hold neither the digits nor the birth.
    """

    digits: str = field(default="", repr=False)
    region_status: RegionStatus | None = None
    birth: Birth | None = field(default=None, repr=False)
    fault: NikFault | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Nik:
    """A sound NIK. `warnings` hold region statuses and `age_outside_15_64`, worst first."""

    digits: str = field(repr=False)
    sex: Sex = field(repr=False)
    birth_date: date = field(repr=False)
    alt_birth_date: date | None = field(repr=False)
    region_status: RegionStatus
    warnings: tuple[str, ...]

    @property
    def regency_code(self) -> str:
        """Four digits: where it was first issued, in the coding of that day."""
        return self.digits[:4]

    @property
    def district_code(self) -> str:
        """Six digits."""
        return self.digits[:6]


STANDARD_POLICY = NikPolicy()


def parse_nik(
    text: str, *, regions: KnownRegions, today: date, policy: NikPolicy = STANDARD_POLICY
) -> Nik:
    """The NIK written in a text; blanks, dots and dashes between the groups are dropped.

    Raises NikInvalid with `reason` (a NikFault); it never repeats a digit.
    """
    reading = read_nik(text, regions=regions, today=today, policy=policy)
    if reading.fault is not None:
        raise NikInvalid(str(reading.fault.label), reason=reading.fault.value)
    if reading.birth is None or reading.region_status is None:
        raise AssertionError("a reading without a fault has a birth and a region")
    return Nik(
        digits=reading.digits,
        sex=reading.birth.sex,
        birth_date=reading.birth.on,
        alt_birth_date=reading.birth.alternative_on,
        region_status=reading.region_status,
        warnings=reading.warnings,
    )


def read_nik(
    text: str, *, regions: KnownRegions, today: date, policy: NikPolicy = STANDARD_POLICY
) -> NikReading:
    """What a text says as a NIK, with the first fault if it has one. Raises nothing."""
    digits = _BETWEEN_GROUPS.sub("", text)
    fault = _shape_fault(digits)
    if fault is not None:
        return NikReading(fault=fault)
    status = regions.status_of(digits[:6])
    birth = _read_birth(digits, today=today)
    if isinstance(birth, NikFault):
        return NikReading(digits=digits, region_status=status, fault=birth)
    refused = status is RegionStatus.UNKNOWN_PROVINCE and policy.unknown_province == "refuse"
    return NikReading(
        digits=digits,
        region_status=status,
        birth=birth,
        fault=NikFault.UNKNOWN_PROVINCE if refused else None,
        warnings=_warnings(status, birth, today=today, plausible=policy.plausible_age),
    )


def soft_checks(nik: Nik, *, birth_date: date, sex: Sex) -> tuple[SoftCheck, ...]:
    """What differs between a NIK and its form or looks odd, to be confirmed from the card."""
    found: dict[SoftCheck, bool] = {
        SoftCheck.REGION_UNKNOWN: nik.region_status is not RegionStatus.CURRENT,
        SoftCheck.BIRTH_DIFFERS: birth_date not in {nik.birth_date, nik.alt_birth_date},
        SoftCheck.SEX_DIFFERS: sex != nik.sex,
        SoftCheck.AGE_OUTSIDE_15_64: AGE_OUTSIDE in nik.warnings,
        SoftCheck.DIGITS_EQUAL: len(set(nik.digits)) == 1,
    }
    return tuple(check for check, is_odd in found.items() if is_odd)


def _shape_fault(digits: str) -> NikFault | None:
    faults: tuple[tuple[NikFault, Callable[[str], bool]], ...] = (
        (NikFault.EMPTY, lambda text: not text),
        (NikFault.NON_DIGIT, lambda text: not (text.isascii() and text.isdigit())),
        (NikFault.LENGTH, lambda text: len(text) != LENGTH),
        (NikFault.ALL_ZERO, lambda text: not text.strip("0")),
    )
    return next((fault for fault, is_found in faults if is_found(digits)), None)


def _read_birth(digits: str, *, today: date) -> Birth | NikFault:
    day, month, year = int(digits[6:8]), int(digits[8:10]), int(digits[10:12])
    sex = Sex.FEMALE if day > WOMEN_ADD else Sex.MALE
    day -= WOMEN_ADD if sex is Sex.FEMALE else 0
    if not 1 <= day <= LONGEST_MONTH:
        return NikFault.DAY
    if not 1 <= month <= MONTHS:
        return NikFault.MONTH
    readings = [_real_date(century + year, month, day) for century in (2000, 1900)]
    possible = [reading for reading in readings if reading is not None and reading <= today]
    if not possible:
        return NikFault.DATE
    if digits.endswith("0000"):
        return NikFault.SERIAL_ZERO
    return Birth(sex=sex, on=possible[0], alternative_on=next(iter(possible[1:]), None))


def _real_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _warnings(
    status: RegionStatus, birth: Birth, *, today: date, plausible: tuple[int, int]
) -> tuple[str, ...]:
    youngest, oldest = plausible
    readings = (birth.on, birth.alternative_on)
    ages = [completed_years(born_on, today) for born_on in readings if born_on is not None]
    region = {
        RegionStatus.CURRENT: (),
        RegionStatus.LEGACY: ("legacy_region",),
    }.get(status, (status.value,))
    is_plausible = any(youngest <= age <= oldest for age in ages)
    return region if is_plausible else (*region, AGE_OUTSIDE)
