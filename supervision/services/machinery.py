"""How the machinery stands: queues, outbox, sweep, suspense, who tries to get in.

Nothing here is about a person. Every figure costs the same every time, but for the messages that
wait: they are counted, one by one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock
from time import monotonic
from typing import Final

from django.db.models import Count

from perisai.deadlines import Deadline, within
from perisai.models import (
    Device,
    DeviceState,
    LoginEvent,
    LoginResult,
    PulsePart,
    RevealLog,
)
from perisai.services.outbox_figures import OutboxFigures, outbox_figures
from perisai.services.pulses import last_pulse
from perisai.services.queues import QueueLengths, queue_lengths
from retention.services.sweep import regencies_to_sweep
from supervision.services.money_today import Suspended, suspended
from sync.services.waiting import parked_count

LOGINS_OF: Final = timedelta(minutes=15)
KEPT_SECONDS: Final = 10.0
BEAT_SILENT_AFTER: Final = timedelta(minutes=3)
OUTBOX_LATE_AFTER: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reveals:
    """Masked data that were shown on a day: how many people asked, all, the most of one person."""

    people: int
    shown: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Machinery:
    """The figures of one moment; `queues` is None while the broker does not answer."""

    seen_at: datetime
    day: date
    queues: QueueLengths | None
    beat_at: datetime | None
    outbox: OutboxFigures
    unswept: int
    suspense: Suspended
    failed_logins: Mapping[str, int]
    reveals: Reveals
    phones_given_up: int
    parked: int

    @property
    def is_beat_silent(self) -> bool:
        """Whether schedule, broker and workers have not held together for some minutes."""
        return self.beat_at is None or self.seen_at - self.beat_at > BEAT_SILENT_AFTER

    @property
    def is_outbox_late(self) -> bool:
        """Whether somebody waits for a message for longer than the relay needs."""
        late = OUTBOX_LATE_AFTER.total_seconds()
        return self.outbox.oldest_seconds(self.seen_at) > late


def machinery(*, now: datetime, today: date) -> Machinery:
    """Nine statements, and one question to the broker."""
    with within(Deadline.PAGE):
        return Machinery(
            seen_at=now,
            day=today,
            queues=queue_lengths(),
            beat_at=last_pulse(PulsePart.BEAT),
            outbox=outbox_figures(now),
            unswept=regencies_to_sweep(today).count(),
            suspense=suspended(now=now),
            failed_logins=_failed_logins(now),
            reveals=_reveals(today),
            parked=parked_count(),
            phones_given_up=Device.objects.filter(state=DeviceState.LOST).holding(now).count(),
        )


class LastLook:
    """The figures of the last seconds: however many ask, one of them looks."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._looked_at = float("-inf")
        self._found: Machinery | None = None

    def get(self, *, now: datetime, today: date) -> Machinery:
        """As they are, or were a moment ago."""
        with self._lock:
            if self._found is None or monotonic() - self._looked_at > KEPT_SECONDS:
                self._found = machinery(now=now, today=today)
                self._looked_at = monotonic()
            return self._found

    def forget(self) -> None:
        """Look anew at the next asking."""
        with self._lock:
            self._found = None


last_look: Final = LastLook()


def _failed_logins(now: datetime) -> Mapping[str, int]:
    failed = LoginEvent.objects.filter(at__gt=now - LOGINS_OF).exclude(result=LoginResult.RIGHT)
    counted = failed.order_by().values_list("step").annotate(n=Count("pk"))
    return dict(counted)


def _reveals(today: date) -> Reveals:
    shown = RevealLog.objects.filter(counted_on=today).order_by().values("actor")
    counts = list(shown.annotate(n=Count("pk")).values_list("n", flat=True))
    return Reveals(people=len(counts), shown=sum(counts), most=max(counts, default=0))
