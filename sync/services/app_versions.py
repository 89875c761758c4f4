"""Which apps may still pull: older ones are told for thirty days before they may only send."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.conf import settings

from perisai.clock import official_zone
from sync.errors import ClientTooOld

TOLD_FOR: Final = timedelta(days=30)
NUMBERS = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The oldest version that may pull, from a day on."""

    oldest: str
    by: date

    def directive(self) -> dict[str, str]:
        """What a phone with an older app is told."""
        return {"do": "update_app", "min": self.oldest, "by": self.by.isoformat()}


def update_wanted(app_version: str) -> Wanted | None:
    """What this app must become; None if it is new enough."""
    oldest = settings.APP_MIN_PULL
    if _numbers(app_version) >= _numbers(oldest):
        return None
    return Wanted(oldest=oldest, by=settings.APP_MIN_PULL_TOLD_ON + TOLD_FOR)


def must_be_able_to_pull(app_version: str, *, now: datetime) -> None:
    """Raises ClientTooOld for an app that was told for thirty days; sending is always allowed."""
    wanted = update_wanted(app_version)
    if wanted is not None and now.astimezone(official_zone()).date() >= wanted.by:
        raise too_old(wanted)


def too_old(wanted: Wanted | None = None) -> ClientTooOld:
    """The refusal; also for an app that reads no row schema that is served."""
    by = None if wanted is None else wanted.by.isoformat()
    return ClientTooOld(min=settings.APP_MIN_PULL, by=by)


def _numbers(version: str) -> tuple[int, ...]:
    """`1.10.0` as numbers that compare; what is none is older than everything."""
    found = [NUMBERS.match(part) for part in version.split(".")]
    numbers = [int(one.group()) for one in found if one is not None]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
