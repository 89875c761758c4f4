"""What the terminals remember of a run: the paper that clerks have in their hands."""

from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """One payment that the server acknowledged to a terminal. Times are monotonic seconds."""

    partner: int
    key: str
    reference: str
    bill_code: str
    amount: int
    payment_id: str
    asked_at: float
    answered_at: float

    @property
    def waited(self) -> float:
        """Seconds from the first try to the answer."""
        return self.answered_at - self.asked_at


@dataclass(slots=True, kw_only=True)
class Journal:
    """Everything that eight terminals heard, written by all of them."""

    slips: list[Slip] = field(default_factory=list)
    reversed_references: set[str] = field(default_factory=set)
    refusals: Counter[str] = field(default_factory=Counter)
    repeats: Counter[str] = field(default_factory=Counter)
    unanswered: list[str] = field(default_factory=list)
    good_answers: list[tuple[float, float]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def acknowledge(self, slip: Slip) -> None:
        """A payment is on paper."""
        with self._lock:
            self.slips.append(slip)

    def reverse(self, reference: str) -> None:
        """The server said that a payment was taken back."""
        with self._lock:
            self.reversed_references.add(reference)

    def refuse(self, code: str) -> None:
        """A refusal ended an errand: no money was taken."""
        with self._lock:
            self.refusals[code] += 1

    def repeat(self, word: str) -> None:
        """Something was sent again, for this reason."""
        with self._lock:
            self.repeats[word] += 1

    def give_up(self, what: str) -> None:
        """Nothing was answered for so long that a person must look."""
        with self._lock:
            self.unanswered.append(what)

    def hear(self, sent_at: float) -> None:
        """The server did what it was asked, in an exchange that began then."""
        with self._lock:
            self.good_answers.append((sent_at, monotonic()))
