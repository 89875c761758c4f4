"""Occupations that a member may have (R25)."""

from django.db import models
from django.db.models import Q


class Ecosystem(models.TextChoices):
    """The five ecosystems of the programme."""

    DESA = "desa"
    PASAR = "pasar"
    ECOMMERCE = "ecommerce"
    UKM = "ukm"
    RENTAN = "rentan"


class Occupation(models.Model):
    """One occupation of the project's list, with its default ecosystem and discount sector."""

    code = models.CharField(max_length=10, primary_key=True)
    name_id = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    ecosystem = models.CharField(max_length=10, choices=Ecosystem)
    ktp_code = models.PositiveSmallIntegerField(null=True, blank=True)
    isco08 = models.CharField(max_length=4, blank=True, default="")
    transport_sector = models.BooleanField(help_text="Decides the discount of PP 50/2025 (R4).")
    retired_on = models.DateField(
        null=True, blank=True, help_text="Since then offered no more; valid for ever."
    )

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ecosystem__in=Ecosystem.values), name="occupation_ecosystem_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name_id
