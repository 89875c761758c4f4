"""Limits against trying numbers out at a counter.

Counted in the cache, numbers under a keyed digest. A cache that is down lets inquiries through: a
counter that cannot serve is worse, and every call still needs a login.
"""

from typing import Final

import structlog
from django.core.cache import cache
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError
from rest_framework.exceptions import Throttled

from perisai.api.throttles import calls, parsed_rate

log = structlog.get_logger(__name__)

SHUT_OUT_FOR: Final = 3_600
"""Seconds without inquiries after too many numbers that nobody has."""


def count_inquiry(outlet_id: int, number: str) -> None:
    """Count one look-up. Raises Throttled past a limit, and for an hour after too many misses."""
    if _is_shut_out(outlet_id):
        raise Throttled(wait=SHUT_OUT_FOR)
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
    try:
        cache.set(_shut_out(outlet_id), 1, timeout=SHUT_OUT_FOR)
    except (RedisError, OSError) as fault:
        log.warning("limits_cannot_count", error=type(fault).__name__)


def _is_shut_out(outlet_id: int) -> bool:
    try:
        return cache.get(_shut_out(outlet_id)) is not None
    except (RedisError, OSError) as fault:
        log.warning("limits_cannot_count", error=type(fault).__name__)
        return False


def _shut_out(outlet_id: int) -> str:
    return f"inquiry:shut_out:{outlet_id}"


def _digest(number: str) -> str:
    return salted_hmac("payments.inquiry", number, algorithm="sha256").hexdigest()[:32]
