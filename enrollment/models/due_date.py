"""When the contribution of a month is due: a fact that payments writes and cover reads."""

from django.db import models
from django.db.models import F, Q


class DueDate(models.Model):
    """The last day on which a month can be paid in time (R13), computed from the holidays."""

    month = models.DateField(primary_key=True)
    due_on = models.DateField()

    class Meta:
        ordering = ["month"]
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="due_date_month_is_first_day"),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("month")), name="due_date_not_before_its_month"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
