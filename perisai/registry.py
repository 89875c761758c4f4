"""What the apps above teach the sender: how each kind of event is told, and to whom.

Filled when `PerisaiConfig.ready()` finds their `messages.py`; two writers of one kind stop the
start.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as it leaves; `template` names its kind at the gateway, `text` is for people."""

    phone_e164: str
    language: str
    template: str
    text: str


Writer = Callable[[UUID], Message | None]
_writers: dict[str, Writer] = {}


def message(kind: str) -> Callable[[Writer], Writer]:
    """Register who writes a kind of message, from the id of its subject; None: nobody to tell."""

    def register(writer: Writer) -> Writer:
        if kind in _writers:
            raise ImproperlyConfigured(f"messages of kind {kind} have two writers")
        _writers[kind] = writer
        return writer

    return register


def writer_of(kind: str) -> Writer | None:
    """Who writes this kind; None if nobody does."""
    return _writers.get(kind)
