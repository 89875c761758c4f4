"""What the nightly check of the money found, night by night."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from payments.models.frozen import Frozen
from payments.models.kept import Kept
from perisai.models import Role, User


class MoneyCheckRunQuerySet(models.QuerySet["MoneyCheckRun"]):
    """Sentences about runs."""

    def visible_to(self, user: User) -> Self:
        """All for who reads the whole ledger; none for others."""
        reads_all = user.role in {Role.FINANCE, Role.NATIONAL, Role.AUDITOR}
        return self if reads_all else self.none()


class MoneyCheckRun(models.Model):
    """One nightly run. Without an end it was cut short, and says nothing about what is missing."""

    started_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MoneyCheckRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="money_check_run_ends_after_its_start",
            ),
        ]
        indexes = [models.Index(fields=["-started_at"], name="money_check_run_newest")]
        triggers = [
            Kept(name="money_check_run_is_kept", operation=pgtrigger.Delete),
            Frozen("ended_at", name="money_check_run_ends_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class MoneyCheckResult(models.Model):
    """What one check of a run found: rows looked at, breaks, ids of the first twenty."""

    run = models.ForeignKey(MoneyCheckRun, on_delete=models.PROTECT, related_name="results")
    code = models.CharField(max_length=4)
    rows = models.PositiveBigIntegerField()
    breaks = models.PositiveBigIntegerField()
    first_ids = models.JSONField(default=list, blank=True, help_text="Of what breaks the claim.")
    milliseconds = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "code"], name="money_check_result_once_per_run_and_check"
            ),
            models.CheckConstraint(
                condition=Q(breaks=0, first_ids=[]) | (Q(breaks__gt=0) & ~Q(first_ids=[])),
                name="money_check_result_names_what_breaks",
            ),
        ]
        triggers = [
            Kept(
                name="money_check_result_is_append_only",
                operation=pgtrigger.Update | pgtrigger.Delete,
            )
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.code}"
