"""Dated tariff data: a new law is a new row; no row is edited after a bill used it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from enrollment.programmes import Programme
from payments.models.dated import DISCOUNT_IS_USED, RATE_IS_USED, TABLE_IS_USED, Dated
from perisai.models.tracked import tracked


@tracked()
class TariffBracket(models.Model):
    """One income bracket (lapisan penghasilan) from a month on (R2)."""

    valid_from = models.DateField(help_text="Month, first day.")
    min_income = models.PositiveBigIntegerField(help_text="Rupiah a month, lowest of the bracket.")
    base_income = models.PositiveBigIntegerField(help_text="Rupiah a month that rates apply to.")
    verified = models.BooleanField(default=False, help_text="Compared with the annex of the law.")
    source = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["valid_from", "min_income"]
        constraints = [
            models.UniqueConstraint(
                fields=["valid_from", "min_income"],
                name="tariff_bracket_once_per_start_and_income",
            ),
            models.CheckConstraint(
                condition=Q(base_income__gt=0), name="tariff_bracket_amounts_positive"
            ),
            models.CheckConstraint(
                condition=Q(valid_from__day=1), name="tariff_bracket_from_a_first_day"
            ),
        ]
        triggers = [
            Dated("verified", "source", used=TABLE_IS_USED, name="tariff_bracket_is_dated"),
        ]

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m} {self.min_income}"


@tracked()
class ProgrammeRate(models.Model):
    """What a programme costs from a month on: basis points of the base, or a flat amount."""

    programme = models.CharField(max_length=3, choices=Programme)
    valid_from = models.DateField(help_text="Month, first day.")
    basis_points = models.PositiveIntegerField(null=True, blank=True)
    flat_amount = models.PositiveBigIntegerField(null=True, blank=True, help_text="Rupiah.")

    class Meta:
        ordering = ["programme", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "valid_from"], name="programme_rate_once_per_start"
            ),
            models.CheckConstraint(
                condition=Q(basis_points__isnull=True, flat_amount__isnull=False)
                | Q(basis_points__isnull=False, flat_amount__isnull=True),
                name="programme_rate_is_percent_or_flat",
            ),
            models.CheckConstraint(
                condition=Q(programme__in=Programme.values), name="programme_rate_programme_known"
            ),
            models.CheckConstraint(
                condition=Q(valid_from__day=1), name="programme_rate_from_a_first_day"
            ),
        ]
        triggers = [Dated(used=RATE_IS_USED, name="programme_rate_is_dated")]

    def __str__(self) -> str:
        return f"{self.programme} {self.valid_from:%Y-%m}"


class DiscountSector(models.TextChoices):
    """Whom a discount is for."""

    TRANSPORT = "transport"
    NON_TRANSPORT = "non_transport"
    ANY = "any"


@tracked()
class Discount(models.Model):
    """One time-boxed reduction (relaksasi iuran) by contribution month (R4)."""

    code = models.CharField(max_length=30, unique=True)
    programmes = ArrayField(models.CharField(max_length=3, choices=Programme))
    sector = models.CharField(max_length=13, choices=DiscountSector)
    month_from = models.DateField()
    month_to = models.DateField(help_text="Last month, included.")
    percent_off = models.PositiveSmallIntegerField()
    excluded_payers = ArrayField(models.CharField(max_length=6), default=list)
    legal_basis = models.CharField(max_length=60)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["month_from", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(month_from__lte=F("month_to")), name="discount_window_in_order"
            ),
            models.CheckConstraint(
                condition=Q(month_from__day=1, month_to__day=1),
                name="discount_months_are_first_days",
            ),
            models.CheckConstraint(
                condition=Q(percent_off__gte=1, percent_off__lte=100),
                name="discount_percent_in_range",
            ),
            models.CheckConstraint(
                condition=Q(sector__in=DiscountSector.values), name="discount_sector_is_known"
            ),
        ]
        triggers = [Dated(used=DISCOUNT_IS_USED, name="discount_is_dated")]

    def __str__(self) -> str:
        return self.code
