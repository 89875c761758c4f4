"""What the gateway reports of a message after it took it."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from perisai.models.outbox import OutboxMessage


class DeliveryState(models.TextChoices):
    """What became of a message on its way to the phone."""

    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN_NUMBER = "unknown_number"


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
        triggers = [
            pgtrigger.Protect(
                name="delivery_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.message_id}"
