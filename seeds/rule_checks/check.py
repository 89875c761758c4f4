"""One vector file against the product: rows checked, and every cell that differs."""

import csv
from dataclasses import dataclass
from pathlib import Path

from perisai.errors import DomainError
from seeds.rule_checks.catalogue import KNOWN, RuleFile
from seeds.rule_checks.cells import BadCell, Row
from seeds.rule_checks.rulebook import Rulebook

_ID_COLUMNS = ("case", "month")


class Unreadable(Exception):
    """A file that cannot be checked at all; the message is one line for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """One row, under the name that people find it by."""

    row_id: str
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One row that the product answers otherwise, in words: `jkk: expected 5000, got 10000`."""

    row_id: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What came of one file."""

    checked: int
    differences: tuple[Difference, ...]


def check_file(path: Path, rulebook: Rulebook) -> FileReport:
    """Compare every row. Raises Unreadable for an unknown name, bad columns or no row."""
    rule = KNOWN.get(path.stem.lower())
    if rule is None or path.suffix.lower() != ".csv":
        known = ", ".join(f"{name}.csv" for name in KNOWN)
        raise Unreadable(f"no rule goes by this name (known: {known})")
    vectors = read_vectors(path, rule)
    compared = (compare(vector, rule, rulebook) for vector in vectors)
    return FileReport(
        checked=len(vectors),
        differences=tuple(difference for difference in compared if difference.problems),
    )


def compare(vector: Vector, rule: RuleFile, rulebook: Rulebook) -> Difference:
    """One row against the product's answer; no problem means that they agree."""
    try:
        got = rule.answer(vector.row, rulebook)
    except (BadCell, DomainError, LookupError) as broken:
        return Difference(row_id=vector.row_id, problems=(str(broken),))
    problems = tuple(
        f"{column}: expected {vector.row[column] or 'nothing'}, got {value or 'nothing'}"
        for column, value in got.items()
        if value != vector.row[column]
    )
    return Difference(row_id=vector.row_id, problems=problems)


def read_vectors(path: Path, rule: RuleFile) -> list[Vector]:
    """The rows of a file. Raises Unreadable."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            _check_header(reader.fieldnames, rule)
            vectors = [_vector(row, reader.line_num) for row in reader]
    except OSError as broken:
        raise Unreadable(f"cannot be opened: {broken.strerror}") from broken
    except UnicodeDecodeError as broken:
        raise Unreadable("is not UTF-8 text") from broken
    except csv.Error as broken:
        raise Unreadable(f"is not CSV: {broken}") from broken
    if not vectors:
        raise Unreadable("has no rows")
    return vectors


def _check_header(header: object, rule: RuleFile) -> None:
    if not isinstance(header, list):
        raise Unreadable("is empty")
    missing = [column for column in rule.columns if column not in header]
    if missing:
        raise Unreadable(f"lacks the column {', '.join(missing)}")


def _vector(row: dict[str | None, str | list[str] | None], line: int) -> Vector:
    # The reader files surplus cells under None and fills missing ones with None.
    cells = {name: text for name, text in row.items() if name is not None}
    if len(cells) < len(row) or None in cells.values():
        raise Unreadable(f"line {line} has not as many cells as the header")
    known = {name: text for name, text in cells.items() if isinstance(text, str)}
    names = (known[column] for column in _ID_COLUMNS if known.get(column))
    return Vector(row_id=next(names, f"line {line}"), row=known)
