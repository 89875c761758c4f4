"""Branches of BPJS Ketenagakerjaan and the legal groups that agents belong to."""

from django.db import models
from django.db.models import Q

from perisai.models.region import Regency
from perisai.models.tracked import tracked


@tracked()
class Branch(models.Model):
    """One Kantor Cabang: the scope of a supervisor."""

    code = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=100)
    regencies = models.ManyToManyField(Regency, related_name="branches", blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class OfficeKind(models.TextChoices):
    """Legal form of a wadah."""

    COOPERATIVE = "cooperative"
    FOUNDATION = "foundation"
    CV = "cv"
    ASSOCIATION = "association"


@tracked()
class Office(models.Model):
    """One Kantor Perisai (wadah): the legal group that agents belong to (R29)."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=12, choices=OfficeKind)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="offices")

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=OfficeKind.values), name="office_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name
