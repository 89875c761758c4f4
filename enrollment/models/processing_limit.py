"""What may not be done with a person's data any more, at the person's own request (R36)."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q

from enrollment.models.member import Member
from enrollment.models.subject_request import SubjectRequest
from perisai.models import User


class LimitKind(models.TextChoices):
    """Restriction: out of lists, sweeps and messages; no scoring: a person orders the visits."""

    RESTRICTION = "restriction"
    NO_SCORING = "no_scoring"


class ProcessingLimitQuerySet(models.QuerySet["ProcessingLimit"]):
    """Sentences about limits."""

    def in_force(self, kind: LimitKind) -> Self:
        """Limits of a kind that nobody has lifted."""
        return self.filter(kind=kind, lifted_at__isnull=True)


class ProcessingLimit(models.Model):
    """Since when one person's data are restricted or not scored, and when that ended."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="processing_limits")
    kind = models.CharField(max_length=12, choices=LimitKind)
    request = models.ForeignKey(SubjectRequest, on_delete=models.PROTECT, related_name="+")
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    lifted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects = ProcessingLimitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=LimitKind.values), name="processing_limit_kind_is_known"
            ),
            models.UniqueConstraint(
                fields=["member", "kind"],
                condition=Q(lifted_at__isnull=True),
                name="processing_limit_once_in_force",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="processing_limit_lifted_by_a_person",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="processing_limit_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="processing_limit_is_lifted_once",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF OLD.lifted_at IS NOT NULL
                       OR (NEW.member_id, NEW.kind, NEW.request_id, NEW.set_by_id, NEW.set_at)
                           IS DISTINCT FROM
                          (OLD.member_id, OLD.kind, OLD.request_id, OLD.set_by_id, OLD.set_at) THEN
                        RAISE EXCEPTION 'a limit is lifted once and not changed'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


def not_limited(kind: LimitKind, member: str = "pk") -> Q:
    """The condition that no limit of a kind is in force; `member` names the column of the id."""
    in_force = ProcessingLimit.objects.in_force(kind).filter(member=OuterRef(member))
    return Q(~Exists(in_force))


def unrestricted(member: str = "pk") -> Q:
    """The condition that the person's data may be listed, swept and written to (R36)."""
    return not_limited(LimitKind.RESTRICTION, member)
