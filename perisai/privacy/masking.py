"""What of a personal datum may be shown before a reveal (R37, seeds/rules/masking.csv)."""

import re
from collections.abc import Callable, Mapping
from typing import Literal

MaskKind = Literal["nik", "phone", "kpj", "name", "email"]

NIK_SHAPE = re.compile(r"[0-9]{16}")
PHONE_SHAPE = re.compile(r"\+62[0-9]{9,13}")
KPJ_SHAPE = re.compile(r"[0-9]{11}")
EMAIL_SHAPE = re.compile(r"[^@\s]+@[^@\s]+")


def mask(kind: MaskKind, value: str) -> str:
    """The masked form of a value; what has not the shape of its kind is stars alone."""
    return _MASKS[kind](value)


def _masked_nik(nik: str) -> str:
    """No digit of the serial: birth date and district stand on the same pages.

    Always sixteen signs, so that a wrong number does not tell where it broke off.
    """
    return nik[:4] + "*" * 12 if NIK_SHAPE.fullmatch(nik) else "*" * 16


def _masked_phone(phone: str) -> str:
    if not PHONE_SHAPE.fullmatch(phone):
        return "*" * len(phone)
    return phone[:4] + "*" * (len(phone) - 8) + phone[-4:]


def _masked_kpj(kpj: str) -> str:
    return kpj[:2] + "*" * 6 + kpj[-3:] if KPJ_SHAPE.fullmatch(kpj) else "*" * len(kpj)


def _masked_name(name: str) -> str:
    return " ".join(_initial(word) + "*" * (len(word) - 1) for word in name.split())


def _initial(word: str) -> str:
    return word[0] if word[0].isalpha() else "*"


def _masked_email(email: str) -> str:
    if not EMAIL_SHAPE.fullmatch(email):
        return "***"
    return f"{email[0]}***@{email.partition('@')[2]}"


_MASKS: Mapping[MaskKind, Callable[[str], str]] = {
    "nik": _masked_nik,
    "phone": _masked_phone,
    "kpj": _masked_kpj,
    "name": _masked_name,
    "email": _masked_email,
}
