"""The region codes of `seeds/regions/`, for reading a NIK without a database."""

import csv
from pathlib import Path
from typing import Final

from enrollment.nik import KnownRegions

REGIONS_FOLDER: Final = Path(__file__).parent / "regions"


def read_known_regions(folder: Path = REGIONS_FOLDER) -> KnownRegions:
    """Provinces, regencies and districts of the present edition, and the codes that are gone."""
    return KnownRegions(
        provinces=_codes(folder / "provinces.csv"),
        regencies=_codes(folder / "regencies.csv"),
        districts=_codes(folder / "districts.csv"),
        legacy=_codes(folder / "legacy_region_codes.csv"),
    )


def _codes(path: Path) -> frozenset[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return frozenset(row["code"] for row in csv.DictReader(file))
