"""The business clock. Only edges, tasks and commands read it; rules are given their day.

`DEMO_NOW` moves it outside production so that a demonstration can reach next month: the clock then
starts at that instant when the process starts. Tokens, sessions and locks keep the real clock.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

_STARTED_AT = timezone.now()


def now() -> datetime:
    """The present business instant, aware, UTC."""
    moved_to: datetime | None = settings.DEMO_NOW
    if moved_to is None:
        return timezone.now()
    return moved_to + (timezone.now() - _STARTED_AT)


def official_zone() -> ZoneInfo:
    """The zone that decides due dates, lapses, months and settlement (R38)."""
    return ZoneInfo(settings.CLOCK_OFFICIAL_ZONE)


def official_date(instant: datetime) -> date:
    """The calendar day of an instant in the official zone (R38)."""
    return instant.astimezone(official_zone()).date()


def today() -> date:
    """The present business day in the official zone."""
    return official_date(now())
