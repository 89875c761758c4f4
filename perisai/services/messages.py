"""What must be told after a commit: queued with the change, sent by the relay.

Delivery is at least once: a relay that dies between sending and noting it sends again, under the
same reference. The instants are those of the machine, not of a moved business clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import blake2b
from time import monotonic
from typing import Final
from uuid import UUID

import structlog
from django.db import DatabaseError, connection, transaction
from django.db.models import Q, QuerySet

from perisai.backends import NotDelivered, Notifier, WayClosed, notifier
from perisai.deadlines import Deadline, atomic_within
from perisai.models import OutboxMessage
from perisai.models.outbox import NOBODY, OUTDATED
from perisai.registry import Message, NotYet, urgency_of, writer_of
from perisai.services.message_decisions import BY_A_PERSON
from perisai.services.relay_pauses import pause

log = structlog.get_logger(__name__)

# How long after each failed try the next one comes; one more failure, and the message is given up.
WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))
SPREAD: Final = 0.2  # of a wait: messages that failed together do not come back together
# After this a try counts as dead: longer than CELERY_TASK_TIME_LIMIT, which ends every relay.
LONGEST_TRY: Final = timedelta(minutes=10)
# A relay ends by itself long before its time limit, and when nobody seems to be there.
LONGEST_RELAY: Final = timedelta(minutes=2)
MOST_FAILURES: Final = 3
FAILED: Final = "failed"

# Every payment passes here: the ORM takes longer to write this than the database to run it.
QUEUE: Final = """
    INSERT INTO perisai_outboxmessage (kind, subject_id, urgency, attempts, last_error)
    VALUES (%(kind)s, %(subject)s, %(urgency)s, 0, '')
    ON CONFLICT DO NOTHING
"""
QUEUE_ALL = """
    INSERT INTO perisai_outboxmessage (kind, subject_id, urgency, due_at, attempts, last_error)
    SELECT %(kind)s, subject, %(urgency)s,
        statement_timestamp() + make_interval(secs => %(seconds)s), 0, ''
    FROM unnest(%(subjects)s::uuid[]) AS subject
    ON CONFLICT DO NOTHING
"""


class _End(Enum):
    """What became of one try."""

    SENT = "sent"
    LATER = "later"
    GIVEN_UP = "given_up"
    UNTRIED = "untried"  # too early, or the way takes nothing for now


@dataclass(frozen=True, slots=True, kw_only=True)
class Relayed:
    """How many messages one relay sent, and whether its bounds ended it and not the work."""

    sent: int
    is_cut_short: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """The end of one try: why, or under which name the way knows the message."""

    end: _End
    code: str = ""
    gateway_id: str = ""
    is_the_ways: bool = False
    is_closed: bool = False
    wait: timedelta = timedelta(0)


def queue(kind: str, subject_id: UUID) -> None:
    """Note that an event must be told, once; joins the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(QUEUE, {"kind": kind, "subject": subject_id, "urgency": urgency_of(kind)})


def queue_all(kind: str, subject_ids: Sequence[UUID], *, wait: timedelta) -> None:
    """Note many events of a kind, each once, due after a while; joins the caller's transaction.

    One statement for any number. The time is told as a wait, because a moved business clock and
    the machine's are two.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            QUEUE_ALL,
            {
                "kind": kind,
                "subjects": list(subject_ids),
                "urgency": urgency_of(kind),
                "seconds": wait.total_seconds(),
            },
        )


def lost_messages() -> QuerySet[OutboxMessage]:
    """Those that nobody refused and nobody stopped, and that never left: too late, or no way."""
    decided = Q(last_error=NOBODY) | Q(last_error=BY_A_PERSON)
    came_to_nothing = Q(attempts__gt=len(WAITS)) & ~decided
    return OutboxMessage.objects.filter(
        Q(last_error=OUTDATED) | came_to_nothing, given_up_at__isnull=False
    )


def relay(now: datetime, limit: int) -> int:
    """Send at most `limit` due messages, each with an outcome of its own; returns how many left."""
    return relay_part(now, limit).sent


def relay_part(now: datetime, limit: int) -> Relayed:
    """Try at most `limit` due messages; whoever asks is told whether there may be more.

    Safe beside itself: a row is claimed for one try, and no lock is held while a message travels.
    While a pause runs nothing is tried; a way that fails time after time is left for the next.
    """
    way, ends = notifier(), monotonic() + LONGEST_RELAY.total_seconds()
    sent = failures = 0
    for _ in range(limit):
        row = _claim(now)
        if row is None:
            return Relayed(sent=sent, is_cut_short=False)
        outcome = _try(row, way, now=now)
        _note(row, outcome, now=now)
        sent += outcome.end is _End.SENT
        failures = failures + 1 if outcome.is_the_ways else 0
        if outcome.is_closed or failures == MOST_FAILURES:
            return Relayed(sent=sent, is_cut_short=False)
        if monotonic() > ends:
            break
    return Relayed(sent=sent, is_cut_short=True)


@atomic_within(Deadline.PAGE)
def _claim(now: datetime) -> OutboxMessage | None:
    """Take the first row that is due and put off its next try, which a crash leaves standing."""
    row = OutboxMessage.objects.due(now).unless_paused(now).claimed().first()
    if row is not None:
        row.attempts += 1
        row.due_at = now + LONGEST_TRY
        row.save(update_fields=["attempts", "due_at"])
    return row


def _try(row: OutboxMessage, way: Notifier, *, now: datetime) -> _Outcome:
    writer = writer_of(row.kind)
    has_crashed = row.attempts > len(WAITS) + 1  # at its last try too, so nobody noted an end
    if writer is None or has_crashed:
        return _Outcome(end=_End.GIVEN_UP, code=FAILED if has_crashed else "unknown_kind")
    try:
        with transaction.atomic():
            message = writer(row.subject_id)
        return _sent(message, row, way)
    except WayClosed as closed:
        pause(closed, now=now)
        return _Outcome(end=_End.UNTRIED, code=closed.code, is_closed=True)
    except NotDelivered as refusal:
        end = _End.GIVEN_UP if refusal.is_permanent else _End.LATER
        return _Outcome(end=end, code=refusal.code, is_the_ways=not refusal.is_permanent)
    except NotYet as early:
        return _Outcome(end=_End.UNTRIED, wait=early.wait)
    except DatabaseError:
        raise
    except Exception as fault:  # one bad message must not hold up those behind it
        error = type(fault).__name__  # its text may quote the message
        log.error("message_failed", message=row.pk, kind=row.kind, error=error)  # noqa: TRY400
        return _Outcome(end=_End.LATER, code=FAILED)


def _sent(message: Message | None, row: OutboxMessage, way: Notifier) -> _Outcome:
    if message is None:
        return _Outcome(end=_End.GIVEN_UP, code=NOBODY)
    return _Outcome(end=_End.SENT, gateway_id=way.send(message, reference=str(row.pk)))


def _note(row: OutboxMessage, outcome: _Outcome, *, now: datetime) -> None:
    """Write down the outcome; a message that failed as often as it may is given up.

    What a person decided while it travelled stands, unless it arrived.
    """
    end = outcome.end
    if end is _End.LATER and row.attempts > len(WAITS):
        end = _End.GIVEN_UP
    said: dict[str, object] = {"last_error": outcome.code[:60]}
    rows = OutboxMessage.objects.waiting().filter(pk=row.pk, attempts=row.attempts)
    match end:
        case _End.SENT:
            rows = OutboxMessage.objects.filter(pk=row.pk)
            said |= {"sent_at": now, "given_up_at": None, "gateway_id": outcome.gateway_id}
        case _End.GIVEN_UP:
            said |= {"given_up_at": now}
        case _End.LATER:
            said |= {"due_at": now + _wait(row)}
        case _End.UNTRIED:
            said |= {"due_at": now + outcome.wait, "attempts": row.attempts - 1}
    if rows.update(**said) and end is _End.GIVEN_UP:
        log.warning("message_given_up", message=row.pk, kind=row.kind, reason=outcome.code)


def _wait(row: OutboxMessage) -> timedelta:
    """How long until the next try, longer for one message than for another, never shorter."""
    drawn = blake2b(f"{row.pk} {row.attempts}".encode(), digest_size=4).digest()
    share = int.from_bytes(drawn) / 2**32
    return WAITS[row.attempts - 1] * (1 + share * SPREAD)
