"""What the phones of a run heard: together, and each one on a paper of its own."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any, Final

OPEN_WORD: Final = "blocked"  # the final word follows
Json = Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class Heard:
    """Written by all phones."""

    is_over: Callable[[], bool]
    repeats: Counter[str] = field(default_factory=Counter)
    unanswered: list[str] = field(default_factory=list)
    reported: Counter[str] = field(default_factory=Counter)
    contradicted: set[str] = field(default_factory=set)
    good_answers: list[tuple[float, float]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def repeat(self, why: str) -> None:
        """Something was sent again, or will be, for this reason."""
        with self._lock:
            self.repeats[why] += 1

    def give_up(self, what: str) -> None:
        """Nothing was answered for so long that a person must look."""
        with self._lock:
            self.unanswered.append(what)

    def report(self, what: str) -> None:
        """A phone stopped with something that no phone should meet."""
        with self._lock:
            self.reported[what] += 1

    def contradict(self, op_id: str) -> None:
        """An operation was given another final word than before."""
        with self._lock:
            self.contradicted.add(op_id)

    def answer(self, sent_at: float) -> None:
        """The server did what it was asked, in an exchange that began then."""
        with self._lock:
            self.good_answers.append((sent_at, monotonic()))


@dataclass(slots=True, kw_only=True)
class Paper:
    """What came over one phone's line, whatever the phone made of it."""

    heard: Heard
    words: dict[str, str] = field(default_factory=dict)
    shown: set[tuple[str, str]] = field(default_factory=set)

    def note_results(self, results: Iterable[Json]) -> None:
        """The first final word stands; another one later is a contradiction."""
        for result in results:
            if result["result"] == "retry":
                self.heard.repeat("retry")
                continue
            op_id, word = result["op_id"], str(result.get("first", result)["result"])
            known = self.words.setdefault(op_id, word)
            if known not in {word, OPEN_WORD}:
                self.heard.contradict(op_id)

    def note_page(self, page: Json) -> None:
        """Every row that was shown, even if the phone gave it up later."""
        self.shown |= {
            (one["e"], one["id"]) for one in page.get("changes", ()) if one["op"] == "put"
        }
