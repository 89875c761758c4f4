"""What people decided about messages that found no way."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from perisai.models.outbox import OutboxMessage
from perisai.models.user import User


class MessageDecisionKind(models.TextChoices):
    """What was decided."""

    SEND_AGAIN = "send_again"
    GIVE_UP = "give_up"


class MessageDecisionReason(models.TextChoices):
    """Why; a code, since words about a message could name its reader."""

    GATEWAY_MENDED = "gateway_mended"
    DATA_MENDED = "data_mended"
    TOLD_OTHERWISE = "told_otherwise"
    OUTDATED = "outdated"
    WRONG = "wrong"


class MessageDecision(models.Model):
    """One decision about one message (keputusan pesan), and how the message stood then. A fact."""

    message = models.ForeignKey(OutboxMessage, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=10, choices=MessageDecisionKind)
    reason = models.CharField(max_length=14, choices=MessageDecisionReason)
    attempts = models.PositiveSmallIntegerField(help_text="Tries before the decision.")
    last_error = models.CharField(max_length=60, blank=True, default="")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=MessageDecisionKind.values),
                name="message_decision_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=MessageDecisionReason.values),
                name="message_decision_reason_is_known",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="message_decision_is_append_only",
                operation=pgtrigger.Update | pgtrigger.Delete,
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"
