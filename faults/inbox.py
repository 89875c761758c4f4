"""What all phones of a run heard together, and the judgement on what the server holds."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from enrollment.models import Prospect, ProspectContact
from retention.models import Attempt
from sync.models import Operation

if TYPE_CHECKING:
    from faults.phone import Phone

EFFECTIVE: Final = frozenset({"applied", "merged", "redirected"})


@dataclass(slots=True, kw_only=True)
class Heard:
    """Written by all phones."""

    is_over: Callable[[], bool]
    repeats: Counter[str] = field(default_factory=Counter)
    unanswered: list[str] = field(default_factory=list)
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

    def contradict(self, op_id: str) -> None:
        """An operation was given another final word than before."""
        with self._lock:
            self.contradicted.add(op_id)

    def answer(self, sent_at: float) -> None:
        """The server did what it was asked, in an exchange that began then."""
        with self._lock:
            self.good_answers.append((sent_at, monotonic()))


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncVerdict:
    """What must be nothing at the end, but for the first two."""

    answered: int
    parked: int
    lost: int
    out_of_place: int
    stored_twice: int
    effects_twice: int
    effects_lost: int
    contradicted: int
    unanswered: int
    foreign_rows: int
    missing_rows: int
    digests_apart: int

    @property
    def is_clean(self) -> bool:
        """Nothing lost, nothing twice, no row in a wrong book, every phone agrees."""
        return not any(
            (
                *(self.lost, self.out_of_place, self.stored_twice, self.effects_twice),
                *(self.effects_lost, self.contradicted, self.unanswered),
                *(self.foreign_rows, self.missing_rows, self.digests_apart),
            )
        )

    @property
    def is_caught(self) -> bool:
        """Whether a run without guards was seen to be broken."""
        return self.stored_twice > 0 and self.effects_twice > 0


def judge_sync(phones: Sequence["Phone"], heard: Heard) -> SyncVerdict:
    """Compare what the phones captured and heard with the rows, and their books with their own."""
    stored = _stored(phones)
    ours = Counter(op_id for rows in stored.values() for _, op_id, _ in rows)
    books = [_book_of(phone) for phone in phones]
    effects = _effects(phones)
    wanted = _wanted_effects(phones, stored)
    return SyncVerdict(
        answered=sum(len(phone.words) for phone in phones),
        parked=sum(word == "blocked" for rows in stored.values() for _, _, word in rows),
        lost=sum(_lost(phone, stored[phone.device_id]) for phone in phones),
        out_of_place=sum(_out_of_place(phone, stored[phone.device_id]) for phone in phones),
        stored_twice=_over(ours),
        effects_twice=_over(effects),
        effects_lost=len(wanted - effects.keys()),
        contradicted=len(heard.contradicted),
        unanswered=len(heard.unanswered),
        foreign_rows=sum(foreign for foreign, _, _ in books),
        missing_rows=sum(missing for _, missing, _ in books),
        digests_apart=sum(not agrees for _, _, agrees in books),
    )


Rows = list[tuple[int, str, str]]


def _stored(phones: Sequence["Phone"]) -> dict[UUID, Rows]:
    found: dict[UUID, Rows] = {phone.device_id: [] for phone in phones}
    rows = Operation.objects.filter(device__in=list(found)).order_by("device", "seq")
    for device, seq, op_id, result in rows.values_list("device", "seq", "op_id", "result"):
        found[device].append((seq, str(op_id), result))
    return found


def _lost(phone: "Phone", rows: Rows) -> int:
    """Answered for good, and not there with that answer; `blocked` gets its final word later."""
    words = {op_id: word for _, op_id, word in rows}
    return sum(
        op_id not in words or (word != "blocked" and words[op_id] != word)
        for op_id, word in phone.words.items()
    )


def _out_of_place(phone: "Phone", rows: Rows) -> int:
    """Places from one on without a gap, each with what the phone put there."""
    captured: dict[int, str] = {op["seq"]: op["op_id"] for op in phone.ops}
    holes = {*range(1, len(captured) + 1)} ^ {seq for seq, _, _ in rows}
    return len(holes) + sum(captured.get(seq) != op_id for seq, op_id, _ in rows)


def _effects(phones: Sequence["Phone"]) -> Counter[str]:
    """How often each operation had an effect."""
    agents = [phone.agent_id for phone in phones]
    contacts = ProspectContact.objects.filter(agent__in=agents).values_list("op_id", flat=True)
    attempts = Attempt.objects.filter(agent__in=agents).values_list("op_id", flat=True)
    return Counter(str(op_id) for op_id in (*contacts, *attempts))


def _wanted_effects(phones: Sequence["Phone"], stored: dict[UUID, Rows]) -> set[str]:
    words = {op_id: word for rows in stored.values() for _, op_id, word in rows}
    return {
        op["op_id"]
        for phone in phones
        for op in phone.ops
        if op["kind"] != "device.note" and words.get(op["op_id"]) in EFFECTIVE
    }


def _book_of(phone: "Phone") -> tuple[int, int, bool]:
    """Rows of somebody else, rows of its own that are not there, and whether the digest agrees."""
    rows, agrees = phone.walk()
    shown = {row_id for entity, row_id in rows if entity in {"member", "prospect"}}
    made = Prospect.objects.filter(agent=phone.agent_id).values_list("pk", flat=True)
    captured = {op["entity_id"] for op in phone.ops if op["kind"] == "prospect.record"}
    members = {str(member) for member in phone.members}
    own = members | (captured & {str(pk) for pk in made})
    return len(shown - members - captured), len(own - shown), agrees


def _over(counted: Counter[Any]) -> int:
    return sum(times - 1 for times in counted.values())


def words_of(phones: Iterable["Phone"]) -> Counter[str]:
    """How many operations came to each word."""
    return Counter(word for phone in phones for word in phone.words.values())
