"""Cells of a vector file: months `YYYY-MM`, days `YYYY-MM-DD`, whole rupiah, flags 0 and 1."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

from perisai.months import format_month, parse_month

Row = Mapping[str, str]
"""One row by column name: the shape of the file itself, read and answered."""

Value = TypeVar("Value")


class BadCell(ValueError):
    """A cell that does not hold what its column holds."""

    def __init__(self, column: str, text: str) -> None:
        super().__init__(f"{column} cannot be read: {text!r}")


def cell(row: Row, column: str, read: Callable[[str], Value]) -> Value:
    """A cell that must be filled. Raises BadCell."""
    try:
        return read(row[column])
    except ValueError:
        raise BadCell(column, row[column]) from None


def cell_if_filled(row: Row, column: str, read: Callable[[str], Value]) -> Value | None:
    """A cell that may be empty. Raises BadCell."""
    return cell(row, column, read) if row[column] else None


def flag(text: str) -> bool:
    """`1` or `0`. Raises ValueError."""
    if text not in {"0", "1"}:
        raise ValueError("a flag is 0 or 1")
    return text == "1"


day = date.fromisoformat
month = parse_month


def month_text(value: date | None) -> str:
    """A month as the files write it; nothing for None."""
    return format_month(value) if value else ""


def text(value: object) -> str:
    """Days and numbers as the files write them; nothing for None."""
    return "" if value is None else str(value)
