"""Crockford's base 32: what people read aloud and type without mistaking one sign for another."""

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O and U, which people read wrongly."""

_BITS: Final = 5
_READ_AS: Final = str.maketrans("OIL", "011", " -")


def encode(raw: bytes, length: int) -> str:
    """The first `length` signs of some bytes, five bits each, the highest first."""
    value, bits = int.from_bytes(raw), len(raw) * 8
    shifts = (bits - _BITS * (place + 1) for place in range(length))
    return "".join(ALPHABET[value >> shift & 31] for shift in shifts)


def canonical(typed: str) -> str:
    """What somebody meant who typed small letters, groups, or a sign that only looks like one."""
    return typed.upper().translate(_READ_AS)
