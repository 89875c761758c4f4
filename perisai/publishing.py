"""What the apps above teach the reference files of phones: each file's content, and lists of codes.

Filled when `PerisaiConfig.ready()` finds their `references.py`; two owners of one name stop the
start.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One file as it is now; without a version it is called by the day of its publication."""

    name: str
    content: Any
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One word of a list. Retired, it is offered no more, and stays valid for ever."""

    word: str
    label: Promise | str
    retired_on: date | None = None


Build = Callable[[], Iterable[Reference]]

_builders: dict[str, Build] = {}
_lists: dict[str, tuple[Code, ...]] = {}


def publishes(subject: str) -> Callable[[Build], Build]:
    """Register who reads the files of a subject out of the rows that it owns."""

    def register(build: Build) -> Build:
        if subject in _builders:
            raise ImproperlyConfigured(f"reference files of {subject} have two owners")
        _builders[subject] = build
        return build

    return register


def code_list(
    name: str, words: Mapping[str, Promise | str], *, retired: Mapping[str, date] | None = None
) -> None:
    """Register a list of codes with their labels, in order; retired ones with their day."""
    if name in _lists:
        raise ImproperlyConfigured(f"the codes {name} have two owners")
    gone = retired or {}
    _lists[name] = tuple(
        Code(word=word, label=label, retired_on=gone.get(word)) for word, label in words.items()
    )


def builder_of(subject: str) -> Build:
    """Who reads the files of a subject. Raises KeyError."""
    return _builders[subject]


def known_subjects() -> list[str]:
    """All, by name."""
    return sorted(_builders)


def code_lists() -> dict[str, tuple[Code, ...]]:
    """All lists of codes, by name."""
    return dict(sorted(_lists.items()))
