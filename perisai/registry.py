"""What the apps above teach this one: how each kind of event is told, and to whom; which masked
data a reveal may show, and to whom.

Filled when `PerisaiConfig.ready()` finds their `messages.py` and `reveals.py`; two writers of one
kind, or two readers of one field, stop the start.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db.models import IntegerChoices

if TYPE_CHECKING:
    from perisai.models import User


class Urgency(IntegerChoices):
    """Which due messages leave first, however long others wait: somebody stands before a login,
    something of one's own has happened, many are told the same.
    """

    AT_ONCE = 0
    SOON = 1
    IN_TURN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as it leaves: a gateway is told by template and parameters, people by text.

    `template` names its kind at the gateway; `parameters` hold, formatted in its language, all
    that differs between two messages of one template. Only language and template may be printed.
    """

    phone_e164: str = field(repr=False)
    language: str
    template: str
    text: str = field(repr=False)
    parameters: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({}), repr=False, hash=False
    )

    def __post_init__(self) -> None:
        """A copy that nobody can change any more."""
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))


class NotYet(Exception):
    """Raised by a writer whose message must wait for its reader's morning; no try is counted."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(str(wait))
        self.wait = wait


Writer = Callable[[UUID], Message | None]
_writers: dict[str, Writer] = {}
_urgencies: dict[str, Urgency] = {}


def message(kind: str, *, urgency: Urgency = Urgency.SOON) -> Callable[[Writer], Writer]:
    """Register who writes a kind of message, from the id of its subject; None: nobody to tell.

    A writer may raise NotYet, and NotDelivered for what no try can mend.
    """

    def register(writer: Writer) -> Writer:
        if kind in _writers:
            raise ImproperlyConfigured(f"messages of kind {kind} have two writers")
        _writers[kind], _urgencies[kind] = writer, urgency
        return writer

    return register


def writer_of(kind: str) -> Writer | None:
    """Who writes this kind; None if nobody does."""
    return _writers.get(kind)


def urgency_of(kind: str) -> Urgency:
    """With which urgency a kind is queued."""
    return _urgencies.get(kind, Urgency.SOON)


FieldReader = Callable[[UUID], str | None]
# The branch that answers for the record; None for an unknown one, and for one that is not his.
BranchOf = Callable[[UUID, "User"], int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealable:
    """One masked field of one kind of record: who may ask for it, and how it is read."""

    branch_of: BranchOf
    read: FieldReader


_revealables: dict[tuple[str, str], Revealable] = {}


def revealable(entity: str, field: str, *, branch_of: BranchOf) -> Callable[[FieldReader], object]:
    """Register how one masked field of a record is read once the log has its row."""

    def register(read: FieldReader) -> FieldReader:
        if (entity, field) in _revealables:
            raise ImproperlyConfigured(f"{entity}.{field} has two readers")
        _revealables[entity, field] = Revealable(branch_of=branch_of, read=read)
        return read

    return register


def revealable_of(entity: str, field: str) -> Revealable | None:
    """How a field is read; None if no reveal shows it."""
    return _revealables.get((entity, field))
