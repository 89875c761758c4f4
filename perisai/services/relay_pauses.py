"""Pauses of the relay: begun by what a gateway says, ended by time, or by a person."""

from datetime import datetime, time, timedelta

import structlog
from django.conf import settings

from perisai.backends import WayClosed
from perisai.clock import official_zone
from perisai.deadlines import Deadline, atomic_within
from perisai.models import RelayPause, User

log = structlog.get_logger(__name__)


@atomic_within(Deadline.PAGE)
def pause(closed: WayClosed, *, now: datetime) -> RelayPause:
    """Hold all messages back for as long as the way says.

    Who hears of it first notes it, and raises the alarm where there is one: not again while one
    runs for the same reason, however many relays and messages meet it.
    """
    until = _quota_begins(now) if closed.wait is None else now + closed.wait
    is_known = RelayPause.objects.running(now).filter(reason=closed.code).exists()
    found, is_new = RelayPause.objects.get_or_create(
        reason=closed.code, until=until, lifted_at=None, defaults={"began_at": now}
    )
    if is_new and closed.is_alarming and not is_known:
        log.error("messages_stopped", reason=closed.code, until=until.isoformat())
    elif is_new:
        log.warning("messages_slowed", reason=closed.code, until=until.isoformat())
    return found


def is_paused(now: datetime) -> bool:
    """Whether all messages wait."""
    return RelayPause.objects.running(now).exists()


@atomic_within(Deadline.PAGE)
def lift_pauses(*, by: User, now: datetime) -> int:
    """Let messages leave at once again; returns how many pauses ran. Repeatable."""
    lifted = RelayPause.objects.running(now).update(lifted_at=now, lifted_by=by)
    if lifted:
        log.info("messages_resumed", pauses=lifted)
    return lifted


def _quota_begins(now: datetime) -> datetime:
    """The next hour or the next official day, as NOTIFY_QUOTA_RENEWS says."""
    here = now.astimezone(official_zone())
    if settings.NOTIFY_QUOTA_RENEWS == "hour":
        return here.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return datetime.combine(here.date() + timedelta(days=1), time(), tzinfo=official_zone())
