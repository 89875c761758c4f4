"""Receipt numbers: `KP`, the settlement date, eight random characters.

No counter: a gap-free sequence would be one row that every payment changes.
"""

import secrets
from collections.abc import Callable
from datetime import date
from typing import Final

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base 32 without I, L, O and U, which people read wrongly."""

_DRAWN: Final = 8


def draw_receipt_no(settlement_date: date, *, choice: Callable[[str], str] = secrets.choice) -> str:
    """A new number such as `KP2611207QK3M9XD`. The unique constraint decides whether it is new.

    `choice`: another source of chance, for invented payments that are the same everywhere.
    """
    drawn = "".join(choice(CROCKFORD) for _ in range(_DRAWN))
    return f"KP{settlement_date:%y%m%d}{drawn}"
