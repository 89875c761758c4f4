"""What operations, codes and files must have come to, besides the phones' own rows."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from enrollment.models import (
    Consent,
    ConsentWithdrawal,
    Member,
    MemberChange,
    ProspectContact,
    Registration,
)
from enrollment.models.completeness import lacks_data
from payments.held_plan import HeldReason
from payments.models import Bill, EntryKind, JournalEntry, Payment, ReservedCode
from payments.services.binding import why_held
from payments.services.outcomes import Replayed
from payments.services.posting import pay
from perisai import clock
from retention.models import Attempt
from sync.models import Operation, Upload, UploadState
from sync.services.uploads import bytes_of
from tests.machines.code_steps import BillAsked, CodeSteps
from tests.machines.sync_world import Handset
from tests.payments.codes import breaks
from tests.phone.files import REFUSED, STORED, WAITING

EFFECTIVE: Final = frozenset({"applied", "merged", "redirected"})
EDITS: Final = ("member.correct", "member.close", "heir.set")
ONCE: Final[Mapping[str, Any]] = {  # kinds with a fact of their own, which names the operation
    "member.register": Registration,
    "prospect.record": ProspectContact,
    "follow_up.attempt": Attempt,
}
BY_ID: Final[Mapping[str, Any]] = {  # kinds whose fact has the id that the phone made
    "consent.record": Consent,
    "consent.withdraw": ConsentWithdrawal,
    "attachment.declare": Upload,
}
ENDS: Final[Mapping[str, frozenset[str]]] = {  # of a file on its phone: on the server
    WAITING: frozenset({""}),
    STORED: frozenset({UploadState.STORED}),
    REFUSED: frozenset({"", UploadState.REFUSED, UploadState.EXPIRED}),
}


def words_have_their_effects() -> None:
    """What was applied is there, once; what was not has left nothing but its row in the inbox."""
    words: dict[str, dict[UUID, str]] = {}
    rows = Operation.objects.filter(same_as=None).values_list("kind", "op_id", "result")
    for kind, op_id, word in rows:
        if word in EFFECTIVE:
            words.setdefault(kind, {})[op_id] = word
    for kind, model in ONCE.items():
        facts = Counter(model.objects.exclude(op_id=None).values_list("op_id", flat=True))
        assert facts == Counter(words.get(kind, {}).keys()), kind
    changes = Counter(MemberChange.objects.exclude(op_id=None).values_list("op_id", flat=True))
    edits = {op_id: word for kind in EDITS for op_id, word in words.get(kind, {}).items()}
    assert set(changes.values()) <= {1}
    assert changes.keys() <= edits.keys() | words.get("member.register", {}).keys()
    _made_records_are_there()


def _made_records_are_there() -> None:
    done = Operation.objects.filter(same_as=None, kind__in=BY_ID, result__in=EFFECTIVE)
    for kind, model in BY_ID.items():
        wanted = set(done.filter(kind=kind).values_list("entity_id", flat=True))
        found = set(model.objects.filter(pk__in=wanted).values_list("pk", flat=True))
        allowed = _said_of_held_forms() if kind == "consent.withdraw" else set()
        assert wanted - found <= allowed, kind


def _said_of_held_forms() -> set[UUID]:
    """What was taken back while a form was held stops that form; there is no member to note it of.

    One that the office has applied all the same keeps it.
    """
    stopped = Operation.objects.filter(kind="member.register", same_as=None)
    held = stopped.exclude(result__in=EFFECTIVE).values_list("entity_id", flat=True)
    said = Operation.objects.filter(kind="consent.withdraw", same_as=None)
    return {one.entity_id for one in said if _member_of(one) in set(held)}


def _member_of(op: Operation) -> UUID:
    body: Any = op.body
    return UUID(body["data"]["member_id"])


def p6_files_are_whole(handset: Handset) -> None:
    """Each file ended as its phone believes; what has arrived of one is how it begins."""
    kept = handset.phone.store.db.execute("SELECT id, state, content FROM file").fetchall()
    uploads = {str(one.pk): one for one in Upload.objects.filter(agent=handset.agent)}
    for file_id, state, content in kept:
        upload = uploads.get(file_id)
        assert state in ENDS, state
        assert ("" if upload is None else upload.state) in ENDS[state], (state, upload)
        assert upload is None or upload.file_id is None or upload.size == len(content)


def arrived_bytes_are_the_first(handsets: Iterable[Handset]) -> None:
    """While a file is on its way the server has its first bytes, as many as it says."""
    on_their_way = Upload.objects.filter(state__in=[UploadState.OPEN, UploadState.CHECKING])
    uploads = {str(one.pk): one for one in on_their_way}
    for handset in handsets if uploads else ():
        kept = handset.phone.store.db.execute("SELECT id, content FROM file").fetchall()
        for file_id, content in kept:
            if file_id in uploads:
                assert bytes_of(uploads[file_id]) == content[: uploads[file_id].offset]


def p9_codes_reach_their_members(handset: Handset) -> None:
    """A form that took effect has its code, or its agent was told that the code is of no use."""
    for op in handset.phone.outbox.all_ops():
        said = handset.phone.result_of(op.op_id) or {}
        number = op.body["data"].get("bill_code")
        if number is None or said["result"] not in EFFECTIVE:
            continue
        code = ReservedCode.objects.get(pk=number)
        is_hers = str(code.member_id) == said.get("into", op.body["entity_id"])
        is_told = "bill_code_unusable" in said.get("warnings", ())
        assert is_hers != is_told, said
        assert not is_told or clock.now() > code.expires_at


def p9_money_of_codes_is_posted_once(machine: CodeSteps) -> None:
    """Every acknowledged payment is there, once; what still waits under a code has a reason."""
    for said, payment_id in machine.said:
        assert pay(said, now=clock.now()) == Replayed(payment_id=payment_id)
    for number in machine.slips:
        under = Q(reservation=number) | Q(bill__code=number)
        paid = Payment.objects.standing().filter(under)
        assert paid.count() <= 1
        for payment in paid.exclude(reservation=None):
            freed = JournalEntry.objects.filter(payment=payment, kind=EntryKind.RELEASE).count()
            code = ReservedCode.objects.get(pk=number)
            assert freed == (code.bound_at is not None)
            assert freed or _waits_for(payment, code)
    assert breaks() == set()


def _waits_for(payment: Payment, code: ReservedCode) -> bool:
    """Whether there is a reason for money to wait, once a night has passed; most are a person's."""
    why = why_held(payment)
    if why is HeldReason.NO_FORM:
        return code.member_id is None
    assert code.member_id is not None
    lacking = Member.objects.filter(lacks_data(), pk=code.member_id)
    return why is not HeldReason.INCOMPLETE or lacking.exists()


def bills_are_made_once(asked: Iterable[BillAsked]) -> None:
    """The same key again: the same bill, and no other one."""
    before = Bill.objects.count()
    for one in asked:
        if one.code and one.handset.works:
            one.ask()
    assert Bill.objects.count() == before
