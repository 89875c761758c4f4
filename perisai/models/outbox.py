"""What must be sent after a commit: rows here are the truth, Celery only the alarm clock."""

from datetime import datetime
from typing import Final, Self

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Exists, Q
from django.db.models.functions import Now

from perisai.models.relay_pause import RelayPause
from perisai.models.user import Role, User
from perisai.registry import Urgency

NOBODY: Final = "nobody_to_tell"
"""Why most messages end unsent: who has no phone, or left. No dead letter."""
OUTDATED: Final = "outdated"
"""Its day was over before it could leave, though there was somebody to tell."""


class OutboxMessageQuerySet(models.QuerySet["OutboxMessage"]):
    """Sentences about waiting messages."""

    def due(self, now: datetime) -> Self:
        """Unsent, not given up, and due: the most urgent, and of those what waits longest, first.

        Naming every urgency lets the index be read in this order, and past what is not due yet.
        """
        due = self.waiting().filter(urgency__in=Urgency.values, due_at__lte=now)
        return due.order_by("urgency", "due_at", "id")

    def waiting(self) -> Self:
        """Neither sent nor given up."""
        return self.filter(sent_at__isnull=True, given_up_at__isnull=True)

    def dead(self) -> Self:
        """Given up, though there was somebody to tell: dead letters."""
        return self.filter(~Q(last_error=NOBODY), given_up_at__isnull=False)

    def visible_to(self, user: User) -> Self:
        """All for who reads the whole programme; none for others: a message is of no branch."""
        reads_all = user.role in {Role.FINANCE, Role.NATIONAL, Role.AUDITOR}
        return self if reads_all else self.none()

    def unless_paused(self, now: datetime) -> Self:
        """All of them, or none while a pause runs."""
        return self.filter(~Exists(RelayPause.objects.running(now)))

    def claimed(self) -> Self:
        """Locked for this relay; rows that another relay holds are passed over."""
        return self.select_for_update(skip_locked=True, no_key=True)


class OutboxMessage(models.Model):
    """One event to tell somebody of, by kind and id alone: no personal data (kotak keluar)."""

    kind = models.CharField(max_length=40, help_text="e.g. payment.posted")
    subject_id = models.UUIDField(help_text="Id of the row that the event is about.")
    urgency = models.PositiveSmallIntegerField(choices=Urgency, db_default=Urgency.SOON)
    due_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=60, blank=True, default="", help_text="A code.")
    gateway_id = models.CharField(
        max_length=80, blank=True, default="", db_default="", help_text="The gateway's name of it."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = OutboxMessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_id"], name="outbox_message_once_per_event"
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(given_up_at__isnull=True),
                name="outbox_message_sent_or_given_up",
            ),
            models.CheckConstraint(
                condition=Q(urgency__in=Urgency.values), name="outbox_message_urgency_is_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["urgency", "due_at", "id"],
                condition=Q(sent_at__isnull=True, given_up_at__isnull=True),
                name="outbox_message_by_urgency",
            ),
            models.Index(
                fields=["id"],
                condition=~Q(last_error=NOBODY) & Q(given_up_at__isnull=False),
                name="outbox_message_dead",
            ),
            BrinIndex(fields=["created_at"], name="outbox_message_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
