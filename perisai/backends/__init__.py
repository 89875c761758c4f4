"""Ways to people, one file each, chosen by NOTIFY_BACKEND."""

from datetime import timedelta
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from perisai.registry import Message

NOTIFIERS = {
    "console": "perisai.backends.console.ConsoleNotifier",
    "memory": "perisai.backends.memory.MemoryNotifier",
    "http": "perisai.backends.http.HttpNotifier",
}


class NotDelivered(Exception):
    """The way refused or failed, under a short code that holds nothing of the message."""

    def __init__(self, code: str, *, is_permanent: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.is_permanent = is_permanent


class WayClosed(NotDelivered):
    """The way takes nothing for a while, this message as little as another one: all of them wait.

    `wait` is how long; None: until the quota's next period begins. `is_alarming`: it does not
    mend itself, or not soon.
    """

    def __init__(self, code: str, *, wait: timedelta | None, is_alarming: bool = False) -> None:
        super().__init__(code)
        self.wait = wait
        self.is_alarming = is_alarming


class Notifier(Protocol):
    """One way to people."""

    def send(self, message: Message, *, reference: str) -> str:
        """Hand a message over; the same reference is the same message, sent again.

        Returns the name under which the way knows it; empty if it has none. Raises NotDelivered,
        WayClosed.
        """


def notifier() -> Notifier:
    """The way that is configured. Raises KeyError for an unknown NOTIFY_BACKEND."""
    way: type[Notifier] = import_string(NOTIFIERS[settings.NOTIFY_BACKEND])
    return way()
