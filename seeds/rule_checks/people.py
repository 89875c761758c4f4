"""Answers for NIK (R22), phone numbers (R26) and masking (R37)."""

from datetime import date
from typing import get_args

from enrollment.ages import completed_years
from enrollment.nik import Birth, NikReading, Sex, read_nik
from perisai.errors import PhoneInvalid
from perisai.phones import normalise_phone
from perisai.privacy import MaskKind, mask
from seeds.rule_checks.cells import Row, cell, day, text
from seeds.rule_checks.rulebook import Rulebook

NIK_INPUTS = ("input", "ref_date")
NIK_ANSWERS = (
    "result",
    "reason",
    "nik",
    "sex",
    "birth_date",
    "alt_birth_date",
    "age",
    "province_code",
    "regency_code",
    "district_code",
    "region_status",
)
PHONE_INPUTS = ("input",)
PHONE_ANSWERS = ("action", "e164")
MASK_INPUTS = ("kind", "input")
MASK_ANSWERS = ("masked",)

# Perempuan and laki-laki, as the cards have it.
_SEX_LETTERS = {Sex.FEMALE: "P", Sex.MALE: "L"}


def answer_nik(row: Row, rulebook: Rulebook) -> Row:
    """All that can be read from a NIK, and the verdict."""
    today = cell(row, "ref_date", day)
    reading = read_nik(row["input"], regions=rulebook.regions, today=today, policy=rulebook.nik)
    return {
        **_verdict(reading),
        **_birth(reading.birth, today),
        "nik": reading.digits,
        "province_code": reading.digits[:2],
        "regency_code": reading.digits[:4],
        "district_code": reading.digits[:6],
        "region_status": text(reading.region_status),
    }


def answer_phone(row: Row, rulebook: Rulebook) -> Row:
    """Accepted or not. Where a number is refused the file tells what the library made of it."""
    del rulebook  # the numbering plan is the library's
    try:
        number = normalise_phone(row["input"])
    except PhoneInvalid:
        return {"action": "reject"}
    return {"action": "accept", "e164": number}


def answer_masked(row: Row, rulebook: Rulebook) -> Row:
    """What may be shown of a personal datum."""
    del rulebook  # no setting opens a mask
    return {"masked": mask(cell(row, "kind", _mask_kind), row["input"])}


def _mask_kind(word: str) -> MaskKind:
    kinds: tuple[MaskKind, ...] = get_args(MaskKind)
    for kind in kinds:
        if kind == word:
            return kind
    raise ValueError("an unknown kind of personal datum")


def _verdict(reading: NikReading) -> Row:
    if reading.fault is not None:
        return {"result": "invalid", "reason": reading.fault.value}
    if reading.warnings:
        return {"result": "warn", "reason": reading.warnings[0]}
    return {"result": "valid", "reason": "ok"}


def _birth(birth: Birth | None, today: date) -> Row:
    if birth is None:
        return dict.fromkeys(("sex", "birth_date", "alt_birth_date", "age"), "")
    return {
        "sex": _SEX_LETTERS[birth.sex],
        "birth_date": str(birth.on),
        "alt_birth_date": text(birth.alternative_on),
        "age": str(completed_years(birth.on, today)),
    }
