"""Times in which no message leaves, because the gateway takes none."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from perisai.models.user import User


class RelayPauseQuerySet(models.QuerySet["RelayPause"]):
    """Sentences about pauses."""

    def running(self, now: datetime) -> Self:
        """Those that hold messages back at an instant."""
        return self.filter(until__gt=now, lifted_at__isnull=True)


class RelayPause(models.Model):
    """One time in which all messages wait (jeda kirim): why, and until when."""

    reason = models.CharField(max_length=60, help_text="A code, as quota_used.")
    began_at = models.DateTimeField()
    until = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = RelayPauseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reason", "until"],
                condition=Q(lifted_at__isnull=True),
                name="relay_pause_once_per_reason_and_end",
            ),
            models.CheckConstraint(
                condition=Q(until__gt=F("began_at")), name="relay_pause_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="relay_pause_lifted_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["until"], name="relay_pause_by_end")]

    def __str__(self) -> str:
        return f"{self.reason} {self.pk}"
