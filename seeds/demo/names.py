"""Names of invented people: common Indonesian names, combined at random, without titles."""

from random import Random
from typing import Final

from enrollment.nik import Sex
from seeds.demo.draws import happens

ONE_WORD: Final = 0.12
THREE_WORDS: Final = 0.10

# fmt: off
WOMEN: Final = (
    "NURHAYATI", "SRI", "DEWI", "RINI", "YULIANA", "RATNA", "FATIMAH", "AISYAH", "MARYAM", "ROHANI",
    "SUMIATI", "KARTINI", "LESTARI", "WULAN", "INDAH", "PUTRI", "MELATI", "YANTI", "ERNI",
    "NURLELA", "ROSMINI", "HALIMAH", "ZUBAIDAH", "SALMA", "KHADIJAH", "RAHMAWATI", "EKAWATI",
    "SUSANTI", "MARLINA", "DARMI", "TUTI", "NANI", "LINA", "RINA", "EVI", "DIAN", "AYU", "MIRA",
    "NOVITA", "SARI", "HASNAH", "SARINAH", "WATI", "JUMIATI", "MURNI", "ASNI", "YULIA", "FITRI",
    "HERLINA", "SULASTRI", "PARTINI", "WAHYUNI", "ENDANG", "NINGSIH", "LASTRI", "MEGAWATI",
    "RUSMINI", "SAODAH", "MARIANA",
)
MEN: Final = (
    "AHMAD", "BUDI", "AGUS", "SLAMET", "HENDRA", "JOKO", "RUDI", "DEDI", "ANDI", "IWAN", "SYAHRUL",
    "USMAN", "HASAN", "HUSEN", "ISMAIL", "IBRAHIM", "YUSUF", "ADAM", "IDRIS", "SALIM", "KARIM",
    "RAHMAN", "RIDWAN", "FAISAL", "TAUFIK", "HAMZAH", "JAMAL", "KAMAL", "LUKMAN", "MANSUR", "NASIR",
    "OMAR", "RAMLI", "SABRI", "TARMIZI", "WAHYU", "YANTO", "ZAINAL", "ARIFIN", "BAMBANG", "DARMA",
    "EDI", "FERI", "GUNAWAN", "HERMAN", "INDRA", "JUNAIDI", "KURNIAWAN", "MULYADI", "NURDIN",
    "PONIMAN", "RUSLI", "SUPRIADI", "SUTRISNO", "TONI", "WARDI", "YADI", "ASEP", "ROBI",
)
FAMILIES: Final = (
    "SAPUTRA", "WIJAYA", "SANTOSO", "HIDAYAT", "NASUTION", "SIREGAR", "HARAHAP", "LUBIS", "HAKIM",
    "SETIAWAN", "PRASETYO", "NUGROHO", "KUSUMA", "WIBOWO", "SUSILO", "HARTONO", "PRATAMA",
    "RAMADHAN", "MAULANA", "FIRMANSYAH", "ISKANDAR", "SYARIF", "ABDULLAH", "HARUN", "SOLEMAN",
    "KAIMUDIN", "TUANANE", "UMASUGI", "SANGAJI", "MARSAOLY", "ALHADAR", "DJAFAR", "TOMAGOLA",
    "PERMANA", "SURYADI", "MAHENDRA", "UTAMA", "RAHARJO", "BASRI", "EFENDI", "MARPAUNG", "SITORUS",
    "PANJAITAN", "LESMANA", "ANWAR", "YAHYA", "ZULKARNAIN", "SALEH", "BAHAR", "GANI", "LATIF",
    "MALIK",
)
# fmt: on
GIVEN: Final = {Sex.FEMALE: WOMEN, Sex.MALE: MEN}


def person_name(sex: Sex, numbers: Random, *, family: str = "") -> str:
    """One to three words. `family`: that of the household, taken over as the last word."""
    given = numbers.choice(GIVEN[sex])
    if family:
        return f"{given} {family}"
    if happens(ONE_WORD, numbers):
        return given
    words = [given]
    if happens(THREE_WORDS, numbers):
        words.append(numbers.choice([name for name in GIVEN[sex] if name != given]))
    return " ".join([*words, numbers.choice(FAMILIES)])


def family_of(name: str) -> str:
    """The last word of a name of several words; empty for one word."""
    words = name.split()
    return words[-1] if len(words) > 1 else ""
