"""Receipt numbers: `KP`, the settlement date, eight random characters.

No counter: a gap-free sequence would be one row that every payment changes.
"""

import secrets
from collections.abc import Callable
from datetime import date
from typing import Final

from perisai.crockford import ALPHABET

_DRAWN: Final = 8


def draw_receipt_no(settlement_date: date, *, choice: Callable[[str], str] = secrets.choice) -> str:
    """A new number such as `KP2611207QK3M9XD`. The unique constraint decides whether it is new.

    `choice`: another source of chance, for invented payments that are the same everywhere.
    """
    drawn = "".join(choice(ALPHABET) for _ in range(_DRAWN))
    return f"KP{settlement_date:%y%m%d}{drawn}"
