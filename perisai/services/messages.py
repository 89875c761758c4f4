"""What must be told after a commit: queued with the change, sent by the relay.

Delivery is at least once: a relay that dies between sending and noting it sends again, under the
same reference. The instants are those of the machine, not of a moved business clock.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Final
from uuid import UUID

import structlog
from django.db import DatabaseError, connection, transaction

from perisai.backends import NotDelivered, Notifier, notifier
from perisai.deadlines import Deadline, atomic_within
from perisai.models import OutboxMessage
from perisai.registry import Message, NotYet, writer_of

log = structlog.get_logger(__name__)

# How long after each failed try the next one comes; one more failure, and the message is given up.
WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))
# After this a try counts as dead: longer than CELERY_TASK_TIME_LIMIT, which ends every relay.
LONGEST_TRY: Final = timedelta(minutes=10)

# Every payment passes here: the ORM takes longer to write this than the database to run it.
QUEUE: Final = """
    INSERT INTO perisai_outboxmessage (kind, subject_id, attempts, last_error)
    VALUES (%(kind)s, %(subject)s, 0, '')
    ON CONFLICT DO NOTHING
"""
QUEUE_ALL = """
    INSERT INTO perisai_outboxmessage (kind, subject_id, due_at, attempts, last_error)
    SELECT %(kind)s, subject, statement_timestamp() + make_interval(secs => %(seconds)s), 0, ''
    FROM unnest(%(subjects)s::uuid[]) AS subject
    ON CONFLICT DO NOTHING
"""


class _End(Enum):
    """What became of one try."""

    SENT = "sent"
    LATER = "later"
    GIVEN_UP = "given_up"


def queue(kind: str, subject_id: UUID) -> None:
    """Note that an event must be told, once; joins the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(QUEUE, {"kind": kind, "subject": subject_id})


def queue_all(kind: str, subject_ids: Sequence[UUID], *, wait: timedelta) -> None:
    """Note many events of a kind, each once, due after a while; joins the caller's transaction.

    One statement for any number. The time is told as a wait, because a moved business clock and
    the machine's are two.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            QUEUE_ALL,
            {"kind": kind, "subjects": list(subject_ids), "seconds": wait.total_seconds()},
        )


def relay(now: datetime, limit: int) -> int:
    """Send at most `limit` due messages, each with an outcome of its own; returns how many left.

    Safe beside itself: a row is claimed for one try, and no lock is held while a message travels.
    """
    way = notifier()
    sent = 0
    for _ in range(limit):
        row = _claim(now)
        if row is None:
            break
        try:
            end, code = _try(row, way)
        except NotYet as early:
            _put_off(row, until=now + early.wait)
            continue
        _note(row, end, code, now=now)
        sent += end is _End.SENT
    return sent


@atomic_within(Deadline.PAGE)
def _claim(now: datetime) -> OutboxMessage | None:
    """Take the oldest due row and put off its next try, which a crash then leaves standing."""
    row = OutboxMessage.objects.due(now).claimed().first()
    if row is not None:
        row.attempts += 1
        row.due_at = now + LONGEST_TRY
        row.save(update_fields=["attempts", "due_at"])
    return row


def _try(row: OutboxMessage, way: Notifier) -> tuple[_End, str]:
    writer = writer_of(row.kind)
    if writer is None:
        return _End.GIVEN_UP, "unknown_kind"
    try:
        with transaction.atomic():
            message = writer(row.subject_id)
        return _sent(message, row, way)
    except NotDelivered as refusal:
        return (_End.GIVEN_UP if refusal.is_permanent else _End.LATER), refusal.code
    except (DatabaseError, NotYet):
        raise
    except Exception as fault:  # one bad message must not hold up those behind it
        error = type(fault).__name__  # its text may quote the message
        log.error("message_failed", message=row.pk, kind=row.kind, error=error)  # noqa: TRY400
        return _End.LATER, "failed"


def _sent(message: Message | None, row: OutboxMessage, way: Notifier) -> tuple[_End, str]:
    if message is None:
        return _End.GIVEN_UP, "nobody_to_tell"
    way.send(message, reference=str(row.pk))
    return _End.SENT, ""


def _put_off(row: OutboxMessage, *, until: datetime) -> None:
    """Nothing failed: the try is not counted, and the row waits as if it were new."""
    row.attempts -= 1
    row.due_at = until
    row.save(update_fields=["attempts", "due_at"])


def _note(row: OutboxMessage, end: _End, code: str, *, now: datetime) -> None:
    """Write down the outcome; a message that failed as often as it may is given up."""
    if end is _End.LATER and row.attempts > len(WAITS):
        end = _End.GIVEN_UP
    if end is _End.LATER:
        row.due_at = now + WAITS[row.attempts - 1]
    row.last_error = code[:60]
    row.sent_at = now if end is _End.SENT else None
    row.given_up_at = now if end is _End.GIVEN_UP else None
    row.save(update_fields=["last_error", "due_at", "sent_at", "given_up_at"])
    if end is _End.GIVEN_UP:
        log.warning("message_given_up", message=row.pk, kind=row.kind, reason=code)
