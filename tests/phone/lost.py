"""What a lost phone does: send what it still holds if it may, say so, and delete everything."""

from collections.abc import Sequence
from datetime import datetime

from tests.phone.outbox import Kept, Outbox
from tests.phone.store import Store

WIPE, DRAIN = "wipe", "drain_then_wipe"


class Lost:
    """Carries an order to wipe out, also when the battery dies in between."""

    def __init__(self, store: Store, outbox: Outbox) -> None:
        self.store = store
        self.outbox = outbox

    @property
    def drains(self) -> bool:
        """Whether the phone sends and does nothing else any more."""
        return self.store.fact("drains") is True

    @property
    def is_wiped(self) -> bool:
        """Whether nothing is left."""
        return self.store.fact("wiped") is True

    def obey(self, order: str | None) -> None:
        """Wipe at once, or drain first; an order that this app does not know locks it."""
        if order == WIPE:
            self.store.wipe()
        else:
            self.store.remember(locked=True, drains=True if order == DRAIN else None)

    def go_on(self, *, now: datetime) -> None:
        """The outbox is empty: say that the phone is wiped, and once that has arrived, wipe it."""
        note = self.store.fact("wiped_note")
        if note is None:
            with self.store.transaction():
                note = self.outbox.capture("device.note", {"code": "wiped"}, now=now)
                self.store.remember(wiped_note=note)
            return
        self.store.wipe()

    def note_silence(self, batch: Sequence[Kept]) -> None:
        """No answer came: if it was to the last word, a token that has ended will be the answer."""
        if self._is_last_word(batch):
            self.store.remember(last_word_sent=True)

    def was_heard(self, batch: Sequence[Kept]) -> bool:
        """Whether a refused token means that the server has retired this phone on its word."""
        return self.store.fact("last_word_sent") is True and self._is_last_word(batch)

    def _is_last_word(self, batch: Sequence[Kept]) -> bool:
        note = self.store.fact("wiped_note")
        return note is not None and [op.op_id for op in batch] == [note]
