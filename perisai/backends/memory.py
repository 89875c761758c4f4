"""Messages kept in memory, for tests; refused in production."""

from perisai.registry import Message

sent: list[tuple[str, Message]] = []


class MemoryNotifier:
    """Keeps what was sent, with its reference, in `sent`."""

    def send(self, message: Message, *, reference: str) -> str:
        """Keep the message; never fails."""
        sent.append((reference, message))
        return ""
