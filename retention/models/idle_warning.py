"""Warnings: which agents were told that they brought nothing for months (R31)."""

from typing import Final

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from perisai.ids import new_id
from perisai.models import Agent

IDLE_WARNING: Final = "agent.idle_warning"


class IdleWarning(models.Model):
    """One agent who was warned in a month, once. Append-only; the message names this row."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    month = models.DateField(help_text="Of the warning, its first day.")
    active_on = models.DateField(help_text="Last day of a result or a beginning, as it was then.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "month"], name="idle_warning_once_per_agent_and_month"
            ),
            models.CheckConstraint(
                condition=Q(month__day=1), name="idle_warning_month_is_first_day"
            ),
            models.CheckConstraint(
                condition=Q(active_on__lt=models.F("month")), name="idle_warning_looks_back"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="idle_warning_is_append_only",
                operation=pgtrigger.Update | pgtrigger.Delete,
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
