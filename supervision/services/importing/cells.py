"""Cells of one line, read under the rules of registration; faults are gathered, never raised."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

from perisai.errors import DomainError
from perisai.months import parse_month
from supervision.services.importing.faults import CellFault, Fault
from supervision.services.importing.tables import ROUNDED

T = TypeVar("T")

LONGEST_TEXT: Final = 200
_DAY = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", re.ASCII)
_YES: Final = {"ya": True, "yes": True, "y": True, "1": True}
_NO: Final = {"tidak": False, "no": False, "t": False, "n": False, "0": False}


@dataclass(slots=True, kw_only=True, repr=False)
class Cells:
    """The cells of one line by column, and what was found wrong with them so far."""

    line: int
    by_name: Mapping[str, str]
    faults: list[Fault] = field(default_factory=list)

    def add(self, column: str, code: str) -> None:
        """Note a fault of a column."""
        self.faults.append(Fault(line=self.line, column=column, code=code))

    def text(self, column: str) -> str:
        """A short text without control characters; empty if nothing or something wrong is said."""
        said = self.by_name.get(column, "")
        if said == ROUNDED:
            self.add(column, "number_cell")
        elif len(said) > LONGEST_TEXT or not said.isprintable():
            self.add(column, "text_invalid")
        else:
            return said
        return ""

    def read(self, column: str, parse: Callable[[str], T]) -> T | None:
        """What a cell says; None if it is empty or its fault was noted."""
        before = len(self.faults)
        said = self.text(column)
        if not said or len(self.faults) > before:
            return None
        try:
            return parse(said)
        except CellFault as fault:
            self.add(column, str(fault))
        except DomainError as refusal:
            self.add(column, _code_of(refusal))
        return None

    def need(self, column: str, parse: Callable[[str], T]) -> T | None:
        """What a cell must say; an empty one is a fault."""
        if not self.by_name.get(column):
            self.add(column, "required")
            return None
        return self.read(column, parse)


def _code_of(refusal: DomainError) -> str:
    """`nik_day` says more than `nik_invalid`."""
    if refusal.code == "nik_invalid":
        return f"nik_{refusal.context['reason']}"
    return refusal.code


def day(text: str) -> date:
    """`2026-11-20`, `20-11-2026` or `20/11/2026`. Raises CellFault."""
    match = _DAY.fullmatch(text)
    try:
        if match is not None:
            return date(int(match[3]), int(match[2]), int(match[1]))
        return date.fromisoformat(text)
    except ValueError:
        raise CellFault("date_invalid") from None


def month(text: str) -> date:
    """`2026-11`, or a day of that month as a sheet may hold it. Raises CellFault."""
    try:
        return parse_month(text[:7])
    except ValueError:
        raise CellFault("month_invalid") from None


def whole_number(text: str) -> int:
    """`1200000`, `1.200.000` or `Rp 1.200.000`. Raises CellFault."""
    digits = text.removeprefix("Rp").replace(".", "").replace(" ", "")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 12:  # noqa: PLR2004  rupiah
        raise CellFault("number_invalid")
    return int(digits)


def yes_or_no(text: str) -> bool:
    """`ya` or `tidak`. Raises CellFault."""
    answers = _YES | _NO
    if text.lower() not in answers:
        raise CellFault("choice_unknown")
    return answers[text.lower()]


def digits(count: int) -> Callable[[str], str]:
    """A reader of exactly so many digits, blanks and dots between them dropped."""

    def read(text: str) -> str:
        found = text.replace(".", "").replace(" ", "")
        if not (found.isascii() and found.isdigit()) or len(found) != count:
            raise CellFault("digits_invalid")
        return found

    return read


def up_to_digits(count: int) -> Callable[[str], str]:
    """A reader of at most so many digits, filled up with zeros in front: RT 5 is 005 (R28)."""

    def read(text: str) -> str:
        if not (text.isascii() and text.isdigit()) or len(text) > count:
            raise CellFault("digits_invalid")
        return text.zfill(count)

    return read


def one_of(choices: Mapping[str, T]) -> Callable[[str], T]:
    """A reader of one word of a list, in any case."""

    def read(text: str) -> T:
        found = choices.get(text.lower().replace(" ", "_"))
        if found is None:
            raise CellFault("choice_unknown")
        return found

    return read


def known_as(code: str, known: Mapping[str, T], *, upper: bool = True) -> Callable[[str], T]:
    """A reader of a name that somebody must have; `code` is the fault of an unknown one."""

    def read(text: str) -> T:
        found = known.get(text.upper() if upper else text)
        if found is None:
            raise CellFault(code)
        return found

    return read
