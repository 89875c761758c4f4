"""Signs of life of the machinery that no table of its own shows."""

from django.db import models
from django.db.models import Q


class PulsePart(models.TextChoices):
    """Whose sign of life it is."""

    BEAT = "beat"


class Pulse(models.Model):
    """When a part of the machinery was last seen at work (denyut).

    `beat`: a nudge of the schedule went through the broker and a worker took it.
    """

    part = models.CharField(primary_key=True, max_length=10, choices=PulsePart)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(part__in=PulsePart.values), name="pulse_part_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.part
