"""Days that people name after the calendar of a phone, whose clock may be wrong."""

from datetime import date

from perisai.clock import official_date
from sync.registry import Op


def captured_on(op: Op) -> date:
    """The official day on which the operation was made, by the corrected clock (R38)."""
    return official_date(op.adjusted_at)


def shown_on(op: Op) -> date:
    """The day that the phone's own calendar showed then."""
    return official_date(op.made_at)


def moved(day: date, op: Op) -> date:
    """As many days from the capture here as it was from the phone's own today."""
    return captured_on(op) + (day - shown_on(op))
