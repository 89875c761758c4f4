"""What the gateway reports of a message after it took it."""

import pgtrigger
from django.db import models
from django.db.models import Case, CharField, Exists, OuterRef, Q, Value, When
from django.db.models.functions import Now

from perisai.models.outbox import NOBODY, OutboxMessage


class DeliveryState(models.TextChoices):
    """What became of a message on its way to the phone."""

    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN_NUMBER = "unknown_number"


class MessageState(models.TextChoices):
    """Where a message stands: derived, the best report first."""

    DELIVERED = "delivered"
    UNKNOWN_NUMBER = "unknown_number"
    FAILED = "failed"
    SENT = "sent"
    NOBODY = "nobody"
    DEAD = "dead"
    WAITING = "waiting"


class Delivery(models.Model):
    """One report about one message (laporan kirim). Append-only.

    It comes twice, late, in any order, perhaps before we noted that the message left: kept once.
    """

    message = models.ForeignKey(
        OutboxMessage, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    state = models.CharField(max_length=14, choices=DeliveryState)
    reported_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["message", "state"], name="delivery_once_per_message_and_state"
            ),
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values), name="delivery_state_is_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["message"],
                condition=Q(state__in=["failed", "unknown_number"]),
                name="delivery_of_failures",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="delivery_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.message_id}"


def message_state() -> Case:
    """The state of each message: `OutboxMessage.objects.annotate(state=message_state())`."""
    reports = Delivery.objects.filter(message=OuterRef("pk"))
    return Case(
        *(When(Exists(reports.filter(state=said)), then=Value(said.value)) for said in BEST_FIRST),
        When(sent_at__isnull=False, then=Value(MessageState.SENT.value)),
        When(given_up_at__isnull=False, last_error=NOBODY, then=Value(MessageState.NOBODY.value)),
        When(given_up_at__isnull=False, then=Value(MessageState.DEAD.value)),
        default=Value(MessageState.WAITING.value),
        output_field=CharField(),
    )


BEST_FIRST = (DeliveryState.DELIVERED, DeliveryState.UNKNOWN_NUMBER, DeliveryState.FAILED)
