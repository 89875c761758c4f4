"""The participant number (KPJ): eleven digits, ours until the institution's is imported (R10)."""

import re
from typing import Final

from perisai.damm import check_digit

FIRST_IN_SEQUENCE: Final = 9_000_000_001
LAST_IN_SEQUENCE: Final = 9_999_999_999
_SHAPE = re.compile(r"[0-9]{11}")


def provisional_kpj(in_sequence: int) -> str:
    """Our number for a value of the sequence that begins at FIRST_IN_SEQUENCE.

    The first is 90000000015: ten digits of the sequence and their check digit. Raises ValueError
    outside the sequence.
    """
    if not FIRST_IN_SEQUENCE <= in_sequence <= LAST_IN_SEQUENCE:
        raise ValueError("provisional numbers run from 9000000001 to 9999999999")
    digits = str(in_sequence)
    return digits + check_digit(digits)


def has_kpj_shape(text: str) -> bool:
    """Eleven digits. An imported KPJ is opaque: nothing more can be said of it."""
    return _SHAPE.fullmatch(text) is not None


def is_provisional_shape(text: str) -> bool:
    """Whether a number could be one of ours, drawn or still to be drawn."""
    return has_kpj_shape(text) and text.startswith("9") and check_digit(text[:-1]) == text[-1]
