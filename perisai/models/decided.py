"""What one person asks for and another decides: columns and constraints of such a row."""

from django.db import models
from django.db.models import F, Q

from perisai.models.user import User


class Decision(models.TextChoices):
    """What a second person said."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"


class Decided(models.Model):
    """The columns of a decision; they are empty until somebody decides, and set together."""

    decision = models.CharField(max_length=10, choices=Decision, blank=True, default="")
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


def decided_by_somebody(name: str) -> models.CheckConstraint:
    """A decision, who decided and when: all of it or none."""
    return models.CheckConstraint(
        condition=Q(decision="", decided_by__isnull=True, decided_at__isnull=True)
        | Q(decision__in=Decision.values, decided_by__isnull=False, decided_at__isnull=False),
        name=name,
    )


def confirmed_by_another(name: str, *, asker: str) -> models.CheckConstraint:
    """Nobody confirms what he asked for himself; `asker`: the column that names who asked."""
    return models.CheckConstraint(
        condition=~Q(decision=Decision.CONFIRMED) | ~Q(decided_by=F(asker)), name=name
    )
