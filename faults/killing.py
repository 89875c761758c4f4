"""One process after another is killed at random instants, and comes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from threading import Event, Thread
from time import monotonic

from faults.victims import Victim


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """Who was killed, and when; monotonic seconds."""

    name: str
    at: float


class Killer:
    """Kills while the block runs; everybody is up again when it ends."""

    def __init__(self, victims: Sequence[Victim], random: Random, *, every: float) -> None:
        self.kills: list[Kill] = []
        self._victims = victims
        self._random = random
        self._every = every
        self._is_over = Event()
        self.failure: Exception | None = None
        self._thread = Thread(target=self._guarded)

    def __enter__(self) -> "Killer":
        self._thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._is_over.set()
        self._thread.join()
        if self.failure is not None:
            raise self.failure

    def _guarded(self) -> None:
        try:
            self._run()
        except Exception as failure:  # told by the thread that waits
            self.failure = failure

    def _run(self) -> None:
        weights = [victim.weight for victim in self._victims]
        while not self._is_over.wait(self._every * 2 * self._random.random()):
            victim = self._random.choices(self._victims, weights)[0]
            victim.strike()
            self.kills.append(Kill(name=victim.name, at=monotonic()))
            self._is_over.wait(self._random.random())
            victim.mend()
