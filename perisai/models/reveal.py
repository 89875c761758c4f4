"""Reveals: who saw which masked datum of whom, and why; and who allowed more than a day's share."""

from datetime import date
from typing import Final, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from perisai.ids import new_id
from perisai.models.branch import Branch
from perisai.models.scope import of_office
from perisai.models.user import User
from perisai.privacy import EncryptedTextField

MOST_EXTRA: Final = 10
"""Reveals that one approval may allow beyond a day's share."""


class RevealReason(models.TextChoices):
    """Why a datum had to be seen; the words beside it say more."""

    DATA_CHECK = "data_check"
    DUPLICATE = "duplicate"
    CLAIM = "claim"
    CONTACT = "contact"
    SUBJECT_REQUEST = "subject_request"
    FRAUD = "fraud"


class RevealLogQuerySet(models.QuerySet["RevealLog"]):
    """Sentences about reveals."""

    def visible_to(self, user: User) -> Self:
        """National roles see all, a supervisor those of his branch's people, others none."""
        return of_office(self, user, branch="branch")

    def by_on(self, actor_id: int, day: date) -> Self:
        """One person's reveals of an official day."""
        return self.filter(actor=actor_id, counted_on=day)


class RevealLog(models.Model):
    """One field of one person, shown once to one user; written before it is read. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, related_name="+", help_text="Answered for the person."
    )
    entity = models.CharField(max_length=20, help_text="What the id is of: member, heir.")
    entity_id = models.UUIDField()
    field = models.CharField(max_length=30)
    reason = models.CharField(max_length=16, choices=RevealReason)
    explanation = EncryptedTextField(label="reveal_log.explanation", padded=True)
    request_id = models.CharField(max_length=64, help_text="Of the request, as in the logs.")
    session = models.CharField(max_length=32, help_text="Keyed digest of the browser's session.")
    counted_on = models.DateField(help_text="Day in the official zone that the share is of.")
    revealed_at = models.DateTimeField()

    objects = RevealLogQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=RevealReason.values), name="reveal_log_reason_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["actor", "counted_on"], name="reveal_log_by_actor_and_day"),
            models.Index(fields=["entity_id"], name="reveal_log_by_subject"),
            models.Index(fields=["branch", "-id"], name="reveal_log_by_branch"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="reveal_log_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class RevealApprovalQuerySet(models.QuerySet["RevealApproval"]):
    """Sentences about approvals."""

    def extra_of(self, actor_id: int, day: date) -> int:
        """How many reveals one person was allowed beyond the share of a day."""
        allowed = self.filter(actor=actor_id, counted_on=day)
        return int(allowed.aggregate(n=Coalesce(Sum("extra"), 0))["n"])


class RevealApproval(models.Model):
    """A second person allowed somebody more reveals on one day, and said why. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    actor = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", help_text="Who may reveal more."
    )
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    counted_on = models.DateField()
    extra = models.PositiveSmallIntegerField()
    explanation = EncryptedTextField(label="reveal_approval.explanation", padded=True)
    approved_at = models.DateTimeField()

    objects = RevealApprovalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(approved_by=F("actor")), name="reveal_approval_by_another_person"
            ),
            models.CheckConstraint(
                condition=Q(extra__gte=1, extra__lte=MOST_EXTRA),
                name="reveal_approval_extra_in_bounds",
            ),
        ]
        indexes = [
            models.Index(fields=["actor", "counted_on"], name="reveal_approval_by_day"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="reveal_approval_is_append_only",
                operation=pgtrigger.Update | pgtrigger.Delete,
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
