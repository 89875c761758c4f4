"""Contracts between a branch and the legal groups that agents belong to."""

from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now

from perisai.models.branch import Office
from perisai.models.scope import of_office
from perisai.models.tracked import tracked
from perisai.models.user import User


class OfficeContractQuerySet(models.QuerySet["OfficeContract"]):
    """Sentences about contracts."""

    def visible_to(self, user: User) -> Self:
        """National roles see all, a supervisor those of his branch, everyone else none."""
        return of_office(self, user, branch="office__branch")

    def valid_on(self, day: date) -> Self:
        """Contracts whose first and last day have this one between them."""
        has_not_ended = Q(valid_to__isnull=True) | Q(valid_to__gte=day)
        return self.filter(has_not_ended, valid_from__lte=day)


@tracked(without=["created_at"])
class OfficeContract(models.Model):
    """The fact that an office may work for a branch from one day to another (R29)."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="contracts")
    number = models.CharField(max_length=40, unique=True, help_text="As it stands on the paper.")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True, help_text="Last day; null: no end agreed.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = OfficeContractQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="office_contract_days_in_order",
            ),
            # Equality of whole numbers has no GiST operator without an extension, which we may
            # not use; a range that holds one number overlaps itself alone, and that one has.
            ExclusionConstraint(
                name="office_contract_one_at_a_time",
                expressions=[
                    (
                        Func(F("office"), F("office"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(F("valid_from"), F("valid_to"), Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.number
