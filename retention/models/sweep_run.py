"""What a sweep did in a regency, and which rows it had to leave out."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from enrollment.models import Member
from perisai.models import Role, User
from retention.priority import WorkKind

SEE_ALL = frozenset({Role.NATIONAL, Role.AUDITOR})


class SweepRunQuerySet(models.QuerySet["SweepRun"]):
    """Sentences about runs."""

    def visible_to(self, user: User) -> Self:
        """National roles see all: the sweep is of the whole country."""
        return self if user.role in SEE_ALL else self.none()


class SweepRun(models.Model):
    """The mark that a regency was swept for a day; a killed worker leaves none."""

    as_of = models.DateField()
    regency_code = models.CharField(max_length=4)
    rows = models.PositiveIntegerField(help_text="Follow-ups that were new.")
    faults = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Follow-ups that the database refused."
    )
    seconds = models.FloatField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = SweepRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["as_of", "regency_code"], name="sweep_run_once_per_day_and_regency"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.as_of} {self.regency_code}"


class SweepFaultQuerySet(models.QuerySet["SweepFault"]):
    """Sentences about what was refused."""

    def visible_to(self, user: User) -> Self:
        """National roles see all, as they do of runs."""
        return self if user.role in SEE_ALL else self.none()


class SweepFault(models.Model):
    """A member whose follow-up the database refused; the others of the regency were noted."""

    as_of = models.DateField()
    regency_code = models.CharField(max_length=4, help_text="Whose sweep it was.")
    kind = models.CharField(max_length=16, choices=WorkKind)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=5, help_text="SQLSTATE; the message may hold data.")
    constraint = models.CharField(max_length=63, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = SweepFaultQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["as_of", "regency_code", "kind", "member"],
                name="sweep_fault_once_per_day_kind_and_member",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=WorkKind.values), name="sweep_fault_kind_is_known"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="sweep_fault_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.as_of} {self.regency_code} {self.kind} {self.code}"
