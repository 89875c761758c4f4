"""Holidays that move a due date (R13)."""

from django.db import models
from django.db.models import Q

from perisai.models.tracked import tracked


class HolidayKind(models.TextChoices):
    """National holiday, or joint leave (cuti bersama)."""

    NATIONAL = "national"
    JOINT_LEAVE = "joint_leave"


class HolidayBasis(models.TextChoices):
    """Decreed, or computed before the decree of that year."""

    DECREE = "decree"
    ESTIMATE = "estimate"


@tracked()
class Holiday(models.Model):
    """One day on which nothing falls due."""

    day = models.DateField()
    kind = models.CharField(max_length=12, choices=HolidayKind)
    name = models.CharField(max_length=120)
    basis = models.CharField(max_length=10, choices=HolidayBasis)

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["day", "kind"], name="holiday_once_per_day_and_kind"),
            models.CheckConstraint(
                condition=Q(kind__in=HolidayKind.values), name="holiday_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(basis__in=HolidayBasis.values), name="holiday_basis_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}"
