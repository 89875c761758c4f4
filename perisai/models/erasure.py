"""Who was forgotten: ids only."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q

from perisai.models.user import Role, User


class ErasedKind(models.TextChoices):
    """What sort of record was a person."""

    MEMBER = "member"


class ErasureReason(models.TextChoices):
    """Why a person was forgotten."""

    REQUEST = "request"
    RETENTION = "retention"


class ErasureQuerySet(models.QuerySet["Erasure"]):
    """Sentences about erasures."""

    def visible_to(self, user: User) -> Self:
        """National roles alone: an erased person belongs to no branch's list."""
        return self if user.role in {Role.NATIONAL, Role.AUDITOR} else self.none()


class Erasure(models.Model):
    """The fact that a person was forgotten (penghapusan): ids alone, replayed after a restore."""

    kind = models.CharField(max_length=10, choices=ErasedKind)
    subject_id = models.UUIDField(unique=True, help_text="The pseudonym that stays.")
    reason = models.CharField(max_length=10, choices=ErasureReason)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    request_id = models.UUIDField(null=True, blank=True, help_text="The subject's request.")
    erased_at = models.DateTimeField()

    objects = ErasureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ErasedKind.values), name="erasure_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=ErasureReason.values), name="erasure_reason_is_known"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="erasure_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"
