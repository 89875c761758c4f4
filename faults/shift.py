"""An agent's shift with the reference phone: she captures, synchronises, and waits when told to."""

from dataclasses import dataclass
from random import Random
from time import monotonic, sleep
from typing import Final
from uuid import UUID

from faults.field import Station
from faults.forms import Forms
from faults.heard import Paper
from tests.phone.advice import Do
from tests.phone.app import Phone
from tests.phone.files import OPEN
from tests.phone.sync import Outcome

GIVES_UP_AFTER: Final = 600.0  # seconds: the machine may be busy with other things
LONGEST_PAUSE: Final = 3.0  # seconds: of a wait that may be minutes in the field
CAPTURED: Final = (40, 200)
MOST_UNSENT: Final = 200
ODD: Final = frozenset(Do) - {Do.WAIT}  # what stops no phone that is not lost, old or cloned


@dataclass(slots=True, kw_only=True)
class Shift:
    """One phone in one agent's hand."""

    phone: Phone
    paper: Paper
    forms: Forms
    station: Station
    random: Random

    @property
    def device_id(self) -> UUID:
        """Whose outbox it is."""
        return UUID(self.phone.store.fact("device_id"))

    @property
    def captured(self) -> int:
        """How many operations its outbox has had."""
        return self.phone.outbox.next_seq() - 1

    def work(self, many: int) -> None:
        """Capture and synchronise until so many operations have their final word."""
        unsent, mark = self._synchronise().unsent, _Mark()
        while len(self.paper.words) < many and not self.paper.heard.is_over():
            left = many - self.captured
            if unsent < MOST_UNSENT and left > 0:
                self.forms.capture(min(self.random.randint(*CAPTURED), left))
            unsent = self._synchronise().unsent
            if mark.is_stuck_at(len(self.paper.words)):
                self._give_up()
                return

    def settle(self) -> bool:
        """Rounds until nothing is unsent, the rows are proved, and no file has bytes left."""
        mark = _Mark()
        while not (self._synchronise().is_done and not self._files_to_carry()):
            if mark.is_stuck_at(len(self.paper.words)):
                self._give_up()
                return False
        return True

    def _files_to_carry(self) -> int:
        return sum(upload.state == OPEN for upload in self.phone.files.unfinished())

    def _synchronise(self) -> Outcome:
        """One round; if it was not the last one, the wait that it asks for, made short."""
        outcome = self.phone.sync()
        if outcome.stopped_by in ODD:
            self.paper.heard.report(f"{outcome.stopped_by}: {outcome.code}")
        if not outcome.is_done or self._files_to_carry():
            sleep(min(outcome.wait, LONGEST_PAUSE) * self.random.uniform(0.3, 1.0))
        return outcome

    def _give_up(self) -> None:
        self.paper.heard.give_up(self.station.login)


class _Mark:
    """Notes when something last went on."""

    def __init__(self) -> None:
        self._reached, self._at = -1, monotonic()

    def is_stuck_at(self, reached: int) -> bool:
        """Whether nothing has gone on for long."""
        if reached > self._reached:
            self._reached, self._at = reached, monotonic()
        return monotonic() - self._at > GIVES_UP_AFTER
