"""The region files, read whole and checked before a row is loaded (R28)."""

import csv
import gzip
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

from seeds.region_codes import REGIONS_FOLDER

EDITION: Final = "Kepmendagri 300.2.2-2138/2025, amended by 300.2.2-2430/2025"


class BadRegionFile(ValueError):
    """A region file breaks a rule; the message names file and line. Nothing is loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What one file of the tree must look like."""

    file: str
    columns: tuple[str, ...]
    digits: int
    parent_digits: int  # 0: has no parent column
    rows: int

    @property
    def shape(self) -> re.Pattern[str]:
        """The form of a code of this level."""
        return re.compile(rf"^[0-9]{{{self.digits}}}$")


LEVELS: Final = {
    "province": Level(
        file="provinces.csv",
        columns=("code", "name", "timezone", "tz_abbr", "lat", "lon"),
        digits=2,
        parent_digits=0,
        rows=38,
    ),
    "regency": Level(
        file="regencies.csv",
        columns=("code", "province_code", "name", "kind", "lat", "lon"),
        digits=4,
        parent_digits=2,
        rows=514,
    ),
    "district": Level(
        file="districts.csv",
        columns=("code", "regency_code", "name", "lat", "lon"),
        digits=6,
        parent_digits=4,
        rows=7_285,
    ),
    "village": Level(
        file="villages.csv.gz",
        columns=("code", "district_code", "name", "kind"),
        digits=10,
        parent_digits=6,
        rows=83_762,
    ),
}
LEGACY_FILE: Final = "legacy_region_codes.csv"
LEGACY_COLUMNS: Final = ("code", "level", "name", "last_edition", "current_code")

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionTree:
    """All rows of all levels, in the order of the files' columns, and the files' digest."""

    rows: dict[str, list[Row]]
    legacy: list[Row]
    sha256: str

    def only_villages_of(self, regencies: frozenset[str]) -> Self:
        """The same tree with the villages of a few regencies alone, for tests."""
        villages = [row for row in self.rows["village"] if row[0][:4] in regencies]
        return replace(self, rows=self.rows | {"village": villages})


def read_region_tree(folder: Path = REGIONS_FOLDER) -> RegionTree:
    """Read and check every file. Raises BadRegionFile, which names file and line."""
    digest = hashlib.sha256()
    rows: dict[str, list[Row]] = {}
    parents: frozenset[str] = frozenset()
    for name, level in LEVELS.items():
        text = _text(folder / level.file, digest)
        rows[name] = _checked(level, text, parents)
        parents = frozenset(row[0] for row in rows[name])
    legacy = [
        row for _, row in _rows(LEGACY_FILE, LEGACY_COLUMNS, _text(folder / LEGACY_FILE, digest))
    ]
    return RegionTree(rows=rows, legacy=legacy, sha256=digest.hexdigest())


def _text(path: Path, digest: "hashlib._Hash") -> str:
    try:
        raw = path.read_bytes()
        plain = gzip.decompress(raw) if path.suffix == ".gz" else raw
        digest.update(plain)
        return plain.decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as fault:
        raise BadRegionFile(f"{path.name}: cannot be read ({type(fault).__name__})") from fault


def _rows(file: str, columns: tuple[str, ...], text: str) -> Iterator[tuple[int, Row]]:
    """Line number and values of each row."""
    reader = csv.reader(io.StringIO(text, newline=""))
    if tuple(next(reader, ())) != columns:
        raise BadRegionFile(f"{file} line 1: the columns must be {','.join(columns)}")
    for row in reader:
        if len(row) != len(columns):
            raise BadRegionFile(f"{file} line {reader.line_num}: {len(row)} values")
        yield reader.line_num, tuple(row)


def _checked(level: Level, text: str, parents: frozenset[str]) -> list[Row]:
    rows: list[Row] = []
    seen: set[str] = set()
    for line, row in _rows(level.file, level.columns, text):
        fault = _fault(level, row, seen, parents)
        if fault:
            raise BadRegionFile(f"{level.file} line {line}: {fault}")
        seen.add(row[0])
        rows.append(row)
    if len(rows) != level.rows:
        raise BadRegionFile(f"{level.file}: {len(rows)} rows, the edition has {level.rows}")
    return rows


def _fault(level: Level, row: Row, seen: set[str], parents: frozenset[str]) -> str:
    code = row[0]
    if not level.shape.match(code):
        return f"code {code} has not {level.digits} digits"
    if code in seen:
        return f"code {code} stands twice"
    if not level.parent_digits:
        return ""
    parent = row[1]
    if parent not in parents:
        return f"parent {parent} of {code} is missing"
    return "" if code.startswith(parent) else f"code {code} does not begin with {parent}"
