"""The project's list of occupations, as rows (R25)."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from enrollment.models import Occupation

OCCUPATIONS_FILE: Final = Path(__file__).parent / "occupations.csv"


def read_occupations(path: Path = OCCUPATIONS_FILE) -> Iterator[Occupation]:
    """Each occupation of the file, unsaved."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Occupation(
                code=row["code"],
                name_id=row["name_id"],
                name_en=row["name_en"],
                ecosystem=row["ecosystem"],
                ktp_code=int(row["ktp_code"]) if row["ktp_code"] else None,
                isco08=row["isco08"],
                transport_sector=row["transport_sector"] == "1",
            )
