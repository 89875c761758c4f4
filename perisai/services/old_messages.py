"""The end of old messages, with what came of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from perisai.models import Delivery, MessageDecision, OutboxMessage, RelayPause
from perisai.services.guards import guards_aside

MESSAGES: Final = "messages"


def messages_before(before: datetime) -> QuerySet[OutboxMessage]:
    """Messages that were sent or given up before an instant; what waits is never old."""
    ended = Q(sent_at__lt=before) | Q(given_up_at__lt=before)
    return OutboxMessage.objects.filter(ended, created_at__lt=before)


def end_messages(keys: Sequence[int], now: datetime) -> int:
    """Delete these messages with their reports and decisions; how many messages there were."""
    del now
    with guards_aside(Delivery, MessageDecision):
        for facts in (Delivery.objects, MessageDecision.objects):
            facts.filter(message__in=keys).delete()
    deleted, _rows = OutboxMessage.objects.filter(pk__in=keys).delete()
    return deleted


def pauses_before(before: datetime) -> QuerySet[RelayPause]:
    """Pauses that ended before an instant."""
    return RelayPause.objects.filter(until__lt=before)


def end_pauses(keys: Sequence[int], now: datetime) -> int:
    """Delete these pauses; how many there were."""
    del now
    deleted, _rows = RelayPause.objects.filter(pk__in=keys).delete()
    return deleted
