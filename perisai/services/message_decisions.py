"""What people decide about messages: a dead letter is sent again, a waiting one given up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from perisai.deadlines import Deadline, atomic_within
from perisai.errors import MessageMoved
from perisai.models import (
    DeliveryState,
    MessageDecision,
    MessageDecisionKind,
    MessageDecisionReason,
    OutboxMessage,
    User,
)

log = structlog.get_logger(__name__)

BY_A_PERSON: Final = "given_up_by_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageOrder:
    """Who decides, and why."""

    by: User
    reason: MessageDecisionReason


@atomic_within(Deadline.PAGE)
def send_again(message_id: int, order: MessageOrder, *, now: datetime) -> None:
    """Let a dead letter start anew, with all its tries and under its old reference.

    Raises MessageMoved for any other message, and for one that arrived after all.
    """
    row = _held(message_id)
    if row.given_up_at is None or row.deliveries.filter(state=DeliveryState.DELIVERED).exists():
        raise MessageMoved
    _note(row, MessageDecisionKind.SEND_AGAIN, order)
    row.given_up_at, row.attempts, row.last_error, row.due_at = None, 0, "", now
    row.save(update_fields=["given_up_at", "attempts", "last_error", "due_at"])


@atomic_within(Deadline.PAGE)
def give_up(message_id: int, order: MessageOrder, *, now: datetime) -> None:
    """Let a waiting message wait no more. Raises MessageMoved for any other one."""
    row = _held(message_id)
    if row.sent_at is not None or row.given_up_at is not None:
        raise MessageMoved
    _note(row, MessageDecisionKind.GIVE_UP, order)
    row.given_up_at, row.last_error = now, BY_A_PERSON
    row.save(update_fields=["given_up_at", "last_error"])


def _held(message_id: int) -> OutboxMessage:
    row = OutboxMessage.objects.select_for_update(no_key=True).filter(pk=message_id).first()
    if row is None:
        raise MessageMoved
    return row


def _note(row: OutboxMessage, kind: MessageDecisionKind, order: MessageOrder) -> None:
    MessageDecision.objects.create(
        message=row,
        kind=kind,
        reason=order.reason,
        attempts=row.attempts,
        last_error=row.last_error,
        decided_by=order.by,
    )
    log.info("message_decided", message=row.pk, kind=row.kind, decision=kind.value)
