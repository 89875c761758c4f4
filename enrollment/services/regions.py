"""The region codes that a NIK is judged by, read from the database once per load (R22)."""

from functools import lru_cache

from enrollment.nik import KnownRegions
from perisai.models import District, LegacyRegionCode, Province, ReferenceLoad, Regency

Fingerprint = tuple[tuple[str, str], ...]


def known_regions() -> KnownRegions:
    """Provinces, regencies, districts and gone codes. One statement unless a file was loaded."""
    loaded = ReferenceLoad.objects.order_by("name").values_list("name", "sha256")
    return _read_regions(tuple(loaded))


@lru_cache(maxsize=1)
def _read_regions(loaded: Fingerprint) -> KnownRegions:
    del loaded  # a new load is a new key
    return KnownRegions(
        provinces=frozenset(Province.objects.values_list("code", flat=True)),
        regencies=frozenset(Regency.objects.values_list("code", flat=True)),
        districts=frozenset(District.objects.values_list("code", flat=True)),
        legacy=frozenset(LegacyRegionCode.objects.values_list("code", flat=True)),
    )
