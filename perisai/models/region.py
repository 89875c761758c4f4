"""The region tree: Kemendagri codes of 2, 4, 6 and 10 digits without dots (R28)."""

from django.db import models
from django.db.models import Q


class RegencyKind(models.TextChoices):
    """Kabupaten or kota."""

    KABUPATEN = "kabupaten"
    KOTA = "kota"


class VillageKind(models.TextChoices):
    """The kind that digit 7 of a village code tells (R28)."""

    DESA = "desa"
    KELURAHAN = "kelurahan"
    DESA_ADAT = "desa_adat"


class Province(models.Model):
    """One province of the edition in use, with its time zone."""

    code = models.CharField(max_length=2, primary_key=True)
    name = models.CharField(max_length=100)
    timezone = models.CharField(max_length=40, help_text="IANA name; decides quiet hours (R38).")
    tz_abbr = models.CharField(max_length=4, help_text="WIB, WITA or WIT.")
    lat = models.FloatField(help_text="Degrees, for map markers only.")
    lon = models.FloatField(help_text="Degrees, for map markers only.")

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9]{2}$"), name="province_code_has_two_digits"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Regency(models.Model):
    """One kabupaten or kota: the shard of the sweep."""

    code = models.CharField(max_length=4, primary_key=True)
    province = models.ForeignKey(Province, on_delete=models.PROTECT, related_name="regencies")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=RegencyKind)
    lat = models.FloatField(help_text="Degrees, for map markers only.")
    lon = models.FloatField(help_text="Degrees, for map markers only.")

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9]{4}$"), name="regency_code_has_four_digits"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=RegencyKind.values), name="regency_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class District(models.Model):
    """One kecamatan (distrik in Papua)."""

    code = models.CharField(max_length=6, primary_key=True)
    regency = models.ForeignKey(Regency, on_delete=models.PROTECT, related_name="districts")
    name = models.CharField(max_length=100)
    lat = models.FloatField(help_text="Degrees, for map markers only.")
    lon = models.FloatField(help_text="Degrees, for map markers only.")

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9]{6}$"), name="district_code_has_six_digits"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Village(models.Model):
    """One desa, kelurahan or desa adat."""

    code = models.CharField(max_length=10, primary_key=True)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="villages")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=VillageKind)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9]{10}$"), name="village_code_has_ten_digits"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=VillageKind.values), name="village_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LegacyLevel(models.TextChoices):
    """What an old code named."""

    REGENCY = "regency"
    DISTRICT = "district"


class LegacyRegionCode(models.Model):
    """A code of an older edition that still stands on people's cards (R22, R28)."""

    code = models.CharField(max_length=6, primary_key=True)
    level = models.CharField(max_length=10, choices=LegacyLevel)
    name = models.CharField(max_length=100)
    last_edition = models.CharField(max_length=60, help_text="Newest edition that held the code.")
    current_code = models.CharField(max_length=6, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(level__in=LegacyLevel.values), name="legacy_region_code_level_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ReferenceLoad(models.Model):
    """Which file of reference data is loaded: a load of equal content is skipped."""

    name = models.CharField(max_length=60, primary_key=True)
    sha256 = models.CharField(max_length=64)
    edition = models.CharField(max_length=100, blank=True, default="")
    rows = models.PositiveIntegerField()
    loaded_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name
