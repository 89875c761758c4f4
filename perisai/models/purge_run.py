"""What the nightly purges left behind."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class PurgeRun(models.Model):
    """One finished run of one purge: how many rows it ended, and what still waits."""

    purge = models.CharField(max_length=30)
    before = models.DateTimeField(help_text="Older rows have been kept long enough.")
    rows = models.PositiveIntegerField(help_text="Rows that this run ended.")
    left = models.PositiveIntegerField(help_text="Rows that still wait, as those on hold.")
    oldest_left = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField()
    ran_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(left=0, oldest_left__isnull=True)
                | Q(left__gt=0, oldest_left__isnull=False),
                name="purge_run_oldest_of_what_is_left",
            ),
        ]
        indexes = [models.Index(fields=["purge", "-ran_at"], name="purge_run_newest")]
        triggers = [
            pgtrigger.Protect(
                name="purge_run_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.purge} {self.pk}"
