"""Synthetic people of the story: nobody's NIK (serials 99xx), nobody's number."""

import secrets
import time
import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

WOMAN_ADDS = 40


def nik(district: str, born: date, *, is_woman: bool, serial: int) -> str:
    """A NIK of the right shape for a day of birth; serial 9900-9999 is nobody's."""
    day = born.day + (WOMAN_ADDS if is_woman else 0)
    return f"{district}{day:02d}{born:%m%y}{serial:04d}"


def farmer(village: str) -> dict[str, Any]:
    """A rice farmer without a phone of her own, for three months."""
    born = date(1990, 11, 11)
    return _form(
        village,
        {
            "nik": nik(village[:6], born, is_woman=True, serial=9971),
            "full_name": "SITI CONTOH PETANI",
            "birth_date": born.isoformat(),
            "sex": "female",
            "phone": "0812-0000-7001",
            "phone_owner": "spouse",
            "occupations": [{"code": "DES01", "is_main": True}],
        },
    )


def fisher(village: str, *, occupation: str) -> dict[str, Any]:
    """A fisher with a phone."""
    born = date(1984, 3, 5)
    return _form(
        village,
        {
            "nik": nik(village[:6], born, is_woman=False, serial=9972),
            "full_name": "BUDI CONTOH NELAYAN",
            "birth_date": born.isoformat(),
            "sex": "male",
            "phone": "081200007002",
            "phone_owner": "self",
            "occupations": [{"code": occupation, "is_main": True}],
        },
    )


def seller(village: str) -> dict[str, Any]:
    """A market seller who will want to be forgotten."""
    born = date(1993, 7, 21)
    return _form(
        village,
        {
            "nik": nik(village[:6], born, is_woman=True, serial=9973),
            "full_name": "DEWI CONTOH PEDAGANG",
            "birth_date": born.isoformat(),
            "sex": "female",
            "phone": "081200007003",
            "phone_owner": "self",
            "occupations": [{"code": "DES01", "is_main": True}],
        },
    )


def _form(village: str, person: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "village_code": village,
        "address_line": "Dusun Contoh",
        "rt": "3",
        "rw": "1",
        "income_monthly": 900_000,
        "programmes": ["JKK", "JKM"],
        "consent": {
            "purposes": ["registration", "reminders"],
            "text_version": "2026-09-id",
            "language": "id",
            "method": "thumbprint",
            "given_at": "2026-11-18T09:12:00.000+07:00",
        },
        **person,
    }


def fresh_id() -> str:
    """An id as a phone makes it: UUIDv7 of the present moment."""
    return str(_uuid7())


def _uuid7() -> uuid.UUID:
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = (value & ~(0xF << 76)) | (7 << 76)
    return uuid.UUID(int=(value & ~(0x3 << 62)) | (0x2 << 62))
