"""Reminders of one morning: planned by the real plan, and long since sent, all but one."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from perisai.models import Delivery, DeliveryState, OutboxMessage
from perisai.services.messages import WAITS
from retention.models import REMINDER
from retention.services.reminders import plan_reminders

MORNING: Final = time(9)
NO_ANSWER: Final = "gateway_timeout"


def remind(zones: Mapping[str, ZoneInfo], *, day: date) -> int:
    """Tell everybody whom the day is an occasion for; how many phones.

    The gateway reported each as delivered, but for one that it never took: a dead letter.
    """
    phones = 0
    for number, (regency, zone) in enumerate(zones.items(), start=1):
        morning = datetime.combine(day, MORNING, tzinfo=zone)
        phones += plan_reminders(regency, now=morning).reminders
        _send(morning, is_last=number == len(zones))
    return phones


def _send(morning: datetime, *, is_last: bool) -> None:
    """As if the relay had sent them then: an invented member has no phone that could ring."""
    waiting = OutboxMessage.objects.waiting().filter(kind=REMINDER).order_by("pk")
    keys = list(waiting.values_list("pk", flat=True))
    lost = keys[-1:] if is_last else []
    sent = [key for key in keys if key not in lost]
    OutboxMessage.objects.filter(pk__in=keys).update(created_at=morning, due_at=morning)
    OutboxMessage.objects.filter(pk__in=sent).update(
        sent_at=morning,
        attempts=1,
        gateway_id=Concat(Value("demo-"), Cast("pk", CharField())),
    )
    OutboxMessage.objects.filter(pk__in=lost).update(
        given_up_at=morning + sum(WAITS, timedelta()),
        attempts=len(WAITS) + 1,
        last_error=NO_ANSWER,
    )
    Delivery.objects.bulk_create(
        Delivery(message_id=key, state=DeliveryState.DELIVERED) for key in sent
    )
