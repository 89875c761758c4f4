"""Bill codes (`payments.md` 1.3): sixteen digits `99 RRRR 9 RRRRRRRR C` that no NIK can be.

Twelve digits are random, the last is a Damm check digit. Digit 8 is 0-8 in a drawn code and 9 in a
reserved one, which a phone gives out before the registration has arrived.
"""

import re
import secrets
from collections.abc import Callable
from typing import Final, Literal

from enrollment.kpj import has_kpj_shape
from perisai.damm import check_digit, is_sound

_SHAPE = re.compile(r"99[0-9]{4}9[0-9]{9}")
_SIXTEEN_DIGITS = re.compile(r"[0-9]{16}")
_RESERVED_MARK: Final = "9"

NumberKind = Literal["kpj", "bill_code", "nik"]


def draw_code(*, randbelow: Callable[[int], int] = secrets.randbelow) -> str:
    """A new random code for a bill. It may exist already: the unique constraint decides.

    `randbelow`: another source of chance, for invented bills that are the same everywhere.
    """
    head, mark, tail = f"{randbelow(10**4):04}", str(randbelow(9)), f"{randbelow(10**7):07}"
    return _with_check_digit(head, mark, tail)


def draw_reserved_code() -> str:
    """A new random code for the pool of a phone."""
    return _with_check_digit(_digits(4), _RESERVED_MARK, _digits(7))


def has_code_shape(text: str) -> bool:
    """The shape alone; `is_bill_code` says whether the check digit is right too."""
    return _SHAPE.fullmatch(text) is not None


def is_bill_code(text: str) -> bool:
    """Whether a text could be a code of ours: no need to look it up if not."""
    return has_code_shape(text) and is_sound(text)


def is_reserved(code: str) -> bool:
    """Whether a code was given to a phone's pool, told from its eighth digit."""
    return has_code_shape(code) and code[7] == _RESERVED_MARK


def classify_number(text: str) -> NumberKind | None:
    """What a typed number is by its shape (R10); None if it is none of the three.

    A bill code with a wrong check digit is still meant as a bill code.
    """
    if has_kpj_shape(text):
        return "kpj"
    if has_code_shape(text):
        return "bill_code"
    return "nik" if _SIXTEEN_DIGITS.fullmatch(text) else None


def grouped(code: str) -> str:
    """The code as people read it, in groups of four."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def _with_check_digit(head: str, mark: str, tail: str) -> str:
    digits = f"99{head}9{mark}{tail}"
    return digits + check_digit(digits)


def _digits(count: int) -> str:
    return f"{secrets.randbelow(10**count):0{count}}"
