"""Reads the `data` of an operation: types and limits, no rules; all faults are told at once.

A string over its limit, or one with control or direction signs, is a fault of that operation
and never of the batch. Absent and null are the same: not said.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db.models import TextChoices

from perisai.errors import FieldError, Invalid

T = TypeVar("T")
E = TypeVar("E", bound=TextChoices)

SMALLEST, GREATEST = -(2**53), 2**53
YEARS: Final = range(1900, 2201)  # of instants: beyond them no zone can be reckoned safely
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# Marks and overrides of writing direction: they make a text show as something else.
_DIRECTION_SIGNS: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OpData:
    """One JSON object of an operation, with where it stands; gathers the faults of all readings."""

    members: Mapping[str, Any]
    pointer: str = "/data"
    faults: list[FieldError] = field(default_factory=list)

    def refuse(self, name: str, code: str) -> None:
        """Note a fault of a member."""
        self.faults.append(FieldError(pointer=f"{self.pointer}/{name}", code=code))

    def finish(self) -> None:
        """Raises Invalid with every fault found so far, here and inside."""
        if self.faults:
            raise Invalid(errors=tuple(self.faults))

    def has(self, name: str) -> bool:
        """Whether the member was said; notes `required` if not, nor by a text of spaces."""
        value = self.members.get(name)
        if value is not None and not (isinstance(value, str) and not value.strip()):
            return True
        self.refuse(name, "required")
        return False

    def text(self, name: str, *, longest: int) -> str:
        """A trimmed text in normal form C; empty if not said."""
        text = unicodedata.normalize("NFC", self._take(name, str) or "").strip()
        if len(text) > longest:
            self.refuse(name, "too_long")
            return ""
        if not is_plain(text):
            self.refuse(name, "characters_not_allowed")
            return ""
        return text

    def digits(self, name: str, *, least: int, most: int) -> str:
        """Some ASCII digits; empty if not said."""
        text = self.text(name, longest=most)
        if text and not (text.isascii() and text.isdigit() and len(text) >= least):
            self.refuse(name, "digits_required")
            return ""
        return text

    def integer(self, name: str, *, least: int = SMALLEST, most: int = GREATEST) -> int | None:
        """A whole number between two bounds, both allowed."""
        number = self._take(name, int)
        if number is not None and not least <= number <= most:
            self.refuse(name, "out_of_range")
            return None
        return number

    def flag(self, name: str) -> bool:
        """True only if said so."""
        return self._take(name, bool) is True

    def choice(self, name: str, choices: type[E]) -> E | None:
        """One word of a list."""
        word = self._take(name, str)
        if not word:
            return None
        if word not in choices.values:
            self.refuse(name, "unknown_choice")
            return None
        return choices(word)

    def day(self, name: str) -> date | None:
        """A day as `2026-11-20`."""
        text = self._take(name, str)
        if not text:
            return None
        try:
            return date.fromisoformat(text if _DAY.fullmatch(text) else "")
        except ValueError:
            self.refuse(name, "date_required")
            return None

    def instant(self, name: str) -> datetime | None:
        """An instant with its offset, RFC 3339."""
        text = self._take(name, str)
        if not text:
            return None
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            instant = None
        if instant is None or instant.utcoffset() is None:
            self.refuse(name, "instant_required")
            return None
        if instant.year not in YEARS:
            self.refuse(name, "out_of_range")
            return None
        return instant

    def uuid(self, name: str) -> UUID | None:
        """An id."""
        text = self._take(name, str)
        if not text:
            return None
        try:
            return UUID(text)
        except ValueError:
            self.refuse(name, "id_required")
            return None

    def inside(self, name: str) -> "OpData | None":
        """The object under a name; its faults are told with these."""
        members = self._take(name, dict)
        if members is None:
            return None
        return OpData(members=members, pointer=f"{self.pointer}/{name}", faults=self.faults)

    def objects(self, name: str, *, most: int) -> "list[OpData]":
        """A list of objects."""
        place = f"{self.pointer}/{name}"
        return [
            OpData(members=item, pointer=f"{place}/{number}", faults=self.faults)
            for number, item in enumerate(self._items(name, dict, most))
        ]

    def words(self, name: str, choices: type[E], *, most: int) -> tuple[E, ...]:
        """A list of words of a list, each once."""
        words = dict.fromkeys(self._items(name, str, most))
        if not set(words) <= set(choices.values):
            self.refuse(name, "unknown_choice")
            return ()
        return tuple(choices(word) for word in words)

    def texts(self, name: str, *, longest: int, most: int) -> tuple[str, ...]:
        """A list of short texts, each once."""
        texts = tuple(dict.fromkeys(self._items(name, str, most)))
        if any(len(text) > longest for text in texts):
            self.refuse(name, "too_long")
            return ()
        if not all(map(is_plain, texts)):
            self.refuse(name, "characters_not_allowed")
            return ()
        return texts

    def _items(self, name: str, kind: type[T], most: int) -> list[T]:
        items = self._take(name, list) or []
        if len(items) > most:
            self.refuse(name, "too_many")
            return []
        if not all(type(item) is kind for item in items):
            self.refuse(name, "type")
            return []
        return items

    def _take(self, name: str, kind: type[T]) -> T | None:
        value = self.members.get(name)
        if value is None:
            return None
        if type(value) is not kind:  # not isinstance: True is no number
            self.refuse(name, "type")
            return None
        return value


def is_plain(text: str) -> bool:
    """Without control characters, lone surrogates and signs of writing direction."""
    return not any(
        sign in _DIRECTION_SIGNS or unicodedata.category(sign) in {"Cc", "Cs"} for sign in text
    )
