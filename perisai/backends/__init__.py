"""Ways to people, one file each, chosen by NOTIFY_BACKEND."""

from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from perisai.registry import Message

NOTIFIERS = {
    "console": "perisai.backends.console.ConsoleNotifier",
    "memory": "perisai.backends.memory.MemoryNotifier",
}


class NotDelivered(Exception):
    """The way refused or failed, under a short code that holds nothing of the message."""

    def __init__(self, code: str, *, is_permanent: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.is_permanent = is_permanent


class Notifier(Protocol):
    """One way to people."""

    def send(self, message: Message, *, reference: str) -> None:
        """Hand a message over; the same reference is the same message, sent again.

        Raises NotDelivered.
        """


def notifier() -> Notifier:
    """The way that is configured. Raises KeyError for an unknown NOTIFY_BACKEND."""
    way: type[Notifier] = import_string(NOTIFIERS[settings.NOTIFY_BACKEND])
    return way()
