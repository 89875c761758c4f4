"""Limits against trying numbers out at a counter.

Counted as all limits are, numbers under a keyed digest; while the cache is down each process
counts for itself, so that a counter goes on serving and nobody tries numbers out freely.
"""

from typing import Final

import structlog
from django.utils.crypto import salted_hmac
from rest_framework.exceptions import Throttled

from perisai.api.counting import calls, seconds_shut_out, shut_out
from perisai.api.throttles import parsed_rate

log = structlog.get_logger(__name__)

SHUT_OUT_FOR: Final = 3_600
"""Seconds without inquiries after too many numbers that nobody has."""


def count_inquiry(outlet_id: int, number: str) -> None:
    """Count one look-up. Raises Throttled past a limit, and for an hour after too many misses."""
    left = seconds_shut_out(_shut_out(outlet_id))
    if left:
        raise Throttled(wait=left)
    counters = {
        "inquiry": str(outlet_id),
        "inquiry_daily": str(outlet_id),
        "inquiry_number": _digest(number),
    }
    for scope, counted in counters.items():
        most, seconds = parsed_rate(scope)
        if calls(f"{scope}:{counted}", seconds) > most:
            raise Throttled(wait=seconds)


def count_miss(outlet_id: int) -> None:
    """Count a number that nobody has; the twentieth in an hour shuts the counter out."""
    most, seconds = parsed_rate("inquiry_miss")
    if calls(f"inquiry_miss:{outlet_id}", seconds) < most:
        return
    log.warning("enumeration_suspected", outlet=outlet_id)
    shut_out(_shut_out(outlet_id), SHUT_OUT_FOR)


def _shut_out(outlet_id: int) -> str:
    return f"inquiry:shut_out:{outlet_id}"


def _digest(number: str) -> str:
    return salted_hmac("payments.inquiry", number, algorithm="sha256").hexdigest()[:32]
