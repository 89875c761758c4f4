"""When a phone should come again: spread, so that phones do not come in a herd."""

from datetime import datetime, timedelta
from secrets import randbelow
from typing import Final

SYNC_EVERY: Final = 900  # seconds
SPREAD: Final = SYNC_EVERY // 5
LONG_SILENCE: Final = timedelta(days=1)


def next_sync_after(last_contact: datetime | None, *, now: datetime) -> int:
    """Seconds until the phone should come again, ± 20 %: the shorter, the longer it was silent.

    Who was there a moment ago gets anything of the range, who was silent for a day its first
    quarter: what waits longest on phones is heard first.
    """
    silence = LONG_SILENCE if last_contact is None else now - last_contact
    share = min(max(silence / LONG_SILENCE, 0.0), 1.0)
    width = round(2 * SPREAD * (1 - 0.75 * share))
    return SYNC_EVERY - SPREAD + randbelow(width + 1)
