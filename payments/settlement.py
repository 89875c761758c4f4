"""Which settlement day a payment belongs to (R12): the partner's day ends at its cut-off."""

from datetime import date, datetime, time, timedelta
from typing import Final

DEFAULT_CUTOFF: Final = time(15)
"""Official time at which a settlement day ends, unless a partner has another one."""


def settlement_date(posted_at: datetime, *, cutoff: time = DEFAULT_CUTOFF) -> date:
    """The settlement day of an instant given in official time: its date, the next from cut-off."""
    day = posted_at.date()
    return day if posted_at.time() < cutoff else day + timedelta(days=1)
