"""Passwords that are shown once, to be typed from a screen or read out over a telephone."""

import secrets
from typing import Final

# No signs that are taken for another: neither 0 and o, nor 1, i and l, nor u and v.
SIGNS: Final = "abcdefghjkmnpqrstwxyz23456789"
GROUPS, GROUP = 4, 4


def one_time_password() -> str:
    """Sixteen signs in four groups: 77 bits."""
    groups = ("".join(secrets.choice(SIGNS) for _ in range(GROUP)) for _ in range(GROUPS))
    return "-".join(groups)
