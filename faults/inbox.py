"""The judgement on a run: what phones captured and heard beside the rows, and book beside book."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import structlog

from enrollment.models import (
    Consent,
    ConsentWithdrawal,
    Member,
    MemberChange,
    Prospect,
    ProspectContact,
    Registration,
)
from payments.models import ReservedCode
from retention.models import Attempt
from sync.models import BookEntry, Operation, Upload, UploadState
from tests.phone.files import REFUSED, STORED, WAITING
from tests.phone.wire import body_digest, book_digest

if TYPE_CHECKING:
    from faults.shift import Shift

log = structlog.get_logger(__name__)

EFFECTIVE: Final = frozenset({"applied", "merged", "redirected"})
BLOCKED, PARKED = "blocked", "parked"
OWN_ROWS: Final = frozenset({"member", "prospect"})
CONSENTS: Final = frozenset({"consent.record", "consent.withdraw"})
CLOSED_BEFORE: Final = ("member.close", "merged")
UNKNOWN: Final = ""
ENDS: Final[Mapping[str, tuple[str, ...]]] = {  # of a file: on the phone, on the server
    WAITING: (UNKNOWN,),
    STORED: (UploadState.STORED,),
    REFUSED: (UNKNOWN, UploadState.REFUSED, UploadState.EXPIRED),
}
Given = Mapping[UUID, set[UUID]]
Row = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncVerdict:
    """What must be nothing at the end, but for the first three."""

    answered: int
    parked: int
    files_stored: int
    lost: int
    out_of_place: int
    stored_twice: int
    effects_twice: int
    effects_lost: int
    effects_unasked: int
    contradicted: int
    unanswered: int
    reported: int
    foreign_rows: int
    missing_rows: int
    books_apart: int
    files_apart: int
    codes_apart: int

    @property
    def is_clean(self) -> bool:
        """Nothing lost, nothing twice, no row in a wrong book, every phone agrees."""
        return not any(
            (
                *(self.lost, self.out_of_place, self.stored_twice, self.effects_twice),
                *(self.effects_lost, self.effects_unasked, self.contradicted),
                *(self.unanswered, self.reported, self.foreign_rows, self.missing_rows),
                *(self.books_apart, self.files_apart, self.codes_apart),
            )
        )

    @property
    def is_caught(self) -> bool:
        """Whether a run without guards was seen to be broken."""
        return self.stored_twice > 0 and self.effects_twice > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """One row of the inbox."""

    seq: int
    op_id: str
    word: str
    code: str
    digest: str


def judge_sync(shifts: Sequence["Shift"], given: Given) -> SyncVerdict:
    """Compare; `given` is who was given which members. The phones have settled."""
    stored = _stored(shifts)
    every = [row for rows in stored.values() for row in rows]
    words = {row.op_id: row.word for row in every}
    effects, wanted = _effects(shifts), _wanted_effects(shifts, words)
    books = [_book_of(shift, given) for shift in shifts]
    heard = shifts[0].paper.heard
    return SyncVerdict(
        answered=sum(len(shift.paper.words) for shift in shifts),
        parked=sum(row.code == PARKED for row in every),
        files_stored=Upload.objects.filter(agent__in=_agents(shifts), state="stored").count(),
        lost=sum(_lost(shift, stored[shift.device_id]) for shift in shifts),
        out_of_place=sum(_out_of_place(shift, stored[shift.device_id]) for shift in shifts),
        stored_twice=_over(Counter(row.op_id for row in every)),
        effects_twice=_over(effects),
        effects_lost=len(wanted - effects.keys()),
        effects_unasked=len(effects.keys() - wanted) + _unasked_members(shifts, words),
        contradicted=len(heard.contradicted),
        unanswered=len(heard.unanswered),
        reported=sum(heard.reported.values()),
        foreign_rows=sum(foreign for foreign, _, _ in books),
        missing_rows=sum(missing for _, missing, _ in books),
        books_apart=sum(is_apart for _, _, is_apart in books),
        files_apart=sum(_files_apart(shift) for shift in shifts),
        codes_apart=sum(_codes_apart(shift) for shift in shifts),
    )


def _stored(shifts: Sequence["Shift"]) -> dict[UUID, list[_Stored]]:
    found: dict[UUID, list[_Stored]] = {shift.device_id: [] for shift in shifts}
    rows = Operation.objects.filter(device__in=list(found)).order_by("device", "seq")
    columns = ("device", "seq", "op_id", "result", "code", "digest")
    for device, seq, op_id, word, code, digest in rows.values_list(*columns):
        row = _Stored(seq=seq, op_id=str(op_id), word=word, code=code, digest=bytes(digest).hex())
        found[device].append(row)
    return found


def _lost(shift: "Shift", rows: list[_Stored]) -> int:
    """Answered for good, by the paper or by the phone, and not there with that word and body.

    `blocked` gets its final word later.
    """
    there = {row.op_id: row for row in rows}
    bad = {op_id for op_id, word in shift.paper.words.items() if not _is(there.get(op_id), word)}
    for op in shift.phone.outbox.all_ops():
        row = there.get(op.op_id)
        word = "" if op.result is None else op.result["result"]
        if not _is(row, word) or row is None or row.digest != body_digest(op.body):
            bad.add(op.op_id)
    return len(bad)


def _is(row: _Stored | None, word: str) -> bool:
    return row is not None and word in {BLOCKED, row.word}


def _out_of_place(shift: "Shift", rows: list[_Stored]) -> int:
    """Places from one on without a gap, each with what the phone put there."""
    captured = {op.seq: op.op_id for op in shift.phone.outbox.all_ops()}
    holes = {*range(1, len(captured) + 1)} ^ {row.seq for row in rows}
    return len(holes) + sum(captured.get(row.seq) != row.op_id for row in rows)


def _effects(shifts: Sequence["Shift"]) -> Counter[str]:
    """How often each operation had an effect.

    A form that opened somebody again is a fact of her record besides; a consent, given or taken
    back, bears the id that its phone made, not its operation's.
    """
    agents = _agents(shifts)
    forms = Registration.objects.filter(agent__in=agents)
    edits = MemberChange.objects.exclude(op_id__in=forms.values("op_id"))
    models: tuple[Any, ...] = (
        ProspectContact.objects,
        Attempt.objects,
        forms,
        edits,
        Upload.objects,
    )
    found = (one.filter(agent__in=agents).values_list("op_id", flat=True) for one in models)
    effects = Counter(str(op_id) for op_ids in found for op_id in op_ids if op_id is not None)
    said = {
        op.body["entity_id"]: op.op_id
        for shift in shifts
        for op in shift.phone.outbox.all_ops()
        if op.body["kind"] in CONSENTS
    }
    for model in (Consent, ConsentWithdrawal):
        keys = model.objects.filter(agent__in=agents).values_list("pk", flat=True)
        effects.update(said[str(pk)] for pk in keys if str(pk) in said)
    return effects


def _wanted_effects(shifts: Sequence["Shift"], words: Mapping[str, str]) -> set[str]:
    return {
        op.op_id
        for shift in shifts
        for op in shift.phone.outbox.all_ops()
        if _has_effect(op.body["kind"], words.get(op.op_id, ""))
    }


def _has_effect(kind: str, word: str) -> bool:
    """What is held, blocked or refused leaves nothing but its row in the inbox.

    Neither does a note, nor the closing of who was closed for the same reason.
    """
    is_nothing = kind in {"device.note", "void"} or (kind, word) == CLOSED_BEFORE
    return word in EFFECTIVE and not is_nothing


def _unasked_members(shifts: Sequence["Shift"], words: Mapping[str, str]) -> int:
    """Members beside those that were there and those whose form was applied, whoever has them."""
    expected = {one for shift in shifts for one in shift.station.members}
    for shift in shifts:
        for op in shift.phone.outbox.all_ops():
            if op.body["kind"] == "member.register" and words.get(op.op_id) == "applied":
                expected.add(UUID(op.body["entity_id"]))
    found = set(Member.objects.filter(agent__in=_agents(shifts)).values_list("pk", flat=True))
    return len(expected ^ found)


def _book_of(shift: "Shift", given: Given) -> tuple[int, int, bool]:
    """Rows of somebody else, rows of its own that are not there, and whether it is another book.

    A row of somebody else counts, too, if it was shown once and never was hers.
    """
    agent_id = shift.station.agent_id
    held = {
        (entity, row_id): ver
        for entity, row_id, ver in shift.phone.store.db.execute("SELECT entity, id, ver FROM row")
    }
    told = BookEntry.objects.filter(book__agent=agent_id, is_present=True)
    book = {
        (entity, str(row_id)): ver
        for entity, row_id, ver in told.values_list("entity", "entity_id", "version")
    }
    own = _own_rows(agent_id)
    foreign = {row for row in {*held, *book} - own if row[0] in OWN_ROWS}
    foreign |= {row for row in shift.paper.shown - _ever_hers(shift, given) if row not in own}
    digest = book_digest((entity, row_id, ver) for (entity, row_id), ver in book.items())
    is_apart = held != book or shift.phone.book.digest() != digest
    return len(foreign), len(own - held.keys()), is_apart


def _own_rows(agent_id: UUID) -> set[Row]:
    members = Member.objects.filter(agent=agent_id, merged_into=None).values_list("pk", flat=True)
    prospects = Prospect.objects.filter(agent=agent_id).values_list("pk", flat=True)
    return {("member", str(pk)) for pk in members} | {("prospect", str(pk)) for pk in prospects}


def _ever_hers(shift: "Shift", given: Given) -> set[Row]:
    """What she began with, captured, was given, and the words on her own operations."""
    members = shift.station.members | given.get(shift.station.agent_id, set())
    hers = {("member", str(pk)) for pk in members}
    for op in shift.phone.outbox.all_ops():
        hers |= {(entity, op.body["entity_id"]) for entity in OWN_ROWS}
        hers.add(("op_result", op.op_id))
        if op.body["kind"] == "member.register" and op.result is not None:
            hers.add(("member", op.result.get("into", "")))  # opened again under her
    return hers


def _files_apart(shift: "Shift") -> int:
    """Files that did not end as the phone believes; only what waits for an operation may wait."""
    found = Upload.objects.filter(agent=shift.station.agent_id).values_list("pk", "state")
    server = {str(pk): state for pk, state in found}
    kept = shift.phone.store.db.execute("SELECT id, state FROM file")
    ends = [(state, server.get(file_id, UNKNOWN)) for file_id, state in kept]
    apart = [(state, end) for state, end in ends if end not in ENDS.get(state, ())]
    for state, end in apart:
        log.error("file_apart", on_the_phone=state, on_the_server=end)
    return len(apart)


def _codes_apart(shift: "Shift") -> int:
    """Forms that took effect and whose code is neither their member's nor said to be of no use."""
    codes = ReservedCode.objects.filter(agent=shift.station.agent_id, member__isnull=False)
    owners = {code: str(member) for code, member in codes.values_list("code", "member")}
    bad = 0
    for op in shift.phone.outbox.all_ops():
        code, said = op.body["data"].get("bill_code"), shift.phone.result_of(op.op_id) or {}
        if code is not None and said.get("result") in EFFECTIVE:
            is_hers = owners.get(code) == said.get("into", op.body["entity_id"])
            bad += is_hers == ("bill_code_unusable" in said.get("warnings", ()))
    return bad


def _agents(shifts: Sequence["Shift"]) -> list[UUID]:
    return [shift.station.agent_id for shift in shifts]


def _over(counted: Counter[Any]) -> int:
    return sum(times - 1 for times in counted.values())
