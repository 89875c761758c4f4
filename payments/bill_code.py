"""Bill codes: sixteen digits `99 RRRR 9 RRRRRRRR C` that no NIK can be.

Twelve digits are random, the last is a Damm check digit. Digit 8 is never 9 in a drawn code: those
are kept for codes that a phone gives out before the registration has arrived.
"""

import re
import secrets
from collections.abc import Callable
from typing import Final

from perisai.damm import check_digit, is_sound

RESERVED_MARK: Final = "9"
_SHAPE = re.compile(r"99[0-9]{4}9[0-9]{9}")


def draw_code(*, randbelow: Callable[[int], int] = secrets.randbelow) -> str:
    """A new random code for a bill. It may exist already: the unique constraint decides.

    `randbelow`: another source of chance, for invented bills that are the same everywhere.
    """
    head, mark, tail = f"{randbelow(10**4):04}", str(randbelow(9)), f"{randbelow(10**7):07}"
    return _whole(head, mark, tail)


def draw_reserved(*, randbelow: Callable[[int], int] = secrets.randbelow) -> str:
    """A new random code for a phone's pool. It may exist already: the primary key decides."""
    return _whole(f"{randbelow(10**4):04}", RESERVED_MARK, f"{randbelow(10**7):07}")


def is_reserved(code: str) -> bool:
    """Whether a phone may have handed out this code before its bill was made."""
    return code[7:8] == RESERVED_MARK


def _whole(head: str, mark: str, tail: str) -> str:
    digits = f"99{head}9{mark}{tail}"
    return digits + check_digit(digits)


def has_code_shape(text: str) -> bool:
    """The shape alone; `is_bill_code` says whether the check digit is right too."""
    return _SHAPE.fullmatch(text) is not None


def is_bill_code(text: str) -> bool:
    """Whether a text could be a code of ours: no need to look it up if not."""
    return has_code_shape(text) and is_sound(text)
