"""Messages on the console of a development machine; refused in production."""

import re
import sys

from perisai.privacy import mask
from perisai.registry import Message

LONG_NUMBER = re.compile(r"\d{8,}")


class ConsoleNotifier:
    """Writes one line a message: a masked number, and a text without long numbers."""

    def send(self, message: Message, *, reference: str) -> str:
        """Write the line; never fails."""
        number = mask("phone", message.phone_e164)
        text = LONG_NUMBER.sub(_masked, message.text)
        sys.stdout.write(f"[{message.template} {reference}] {number}: {text}\n")
        return ""


def _masked(found: re.Match[str]) -> str:
    return "*" * (len(found[0]) - 4) + found[0][-4:]
