"""One operation, one transaction: locked, stored raw, carried out, answered."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import randbelow
from typing import Any, cast
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from perisai.errors import DeviceRevoked, Unavailable
from perisai.models import Device, DeviceState, WipeOrder
from perisai.privacy import EncryptedJSONField
from sync.errors import NotInBook, OpIdReuse, SequenceGap, SequenceReused
from sync.models import Operation, Outbox
from sync.registry import Op, kind_of, modern
from sync.services import book
from sync.services.deaths import PARKED_AFTER, counting_deaths
from sync.services.effect import (
    hold_after_loss,
    is_held_after_loss,
    is_passing,
    note_parked,
    take_effect,
)
from sync.services.envelope import UUID_SHAPE, SentOp
from sync.services.outbox import known_answers
from sync.services.results import Answer, Outcome, duplicate, parked, rejected, retry
from sync.services.stored import op_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RETRY_AFTER = 30  # seconds
RETRY_SPREAD = 15  # seconds over which phones come back, not all at once
MAX_KIND = 40
MAX_V = (1 << 15) - 1
BODY = cast("EncryptedJSONField[Any, Any]", Operation._meta.get_field("body"))
COLUMNS = (
    *("id", "device_id", "agent_id", "seq", "op_id", "kind", "v", "entity_id", "replaces"),
    *("about_id", "digest", "made_at", "adjusted_at", "received_at", "result", "code"),
)

# The instant of the previous operation is null when a parallel send has just stored it. The device
# is read for each operation: it may be reported lost while its batch runs, or while it waits for
# another send. Nothing read before such a wait is used, so this statement does not wait.
LOCK_OUTBOX = """
    SELECT o.last_seq, (
        SELECT p.adjusted_at FROM sync_operation p
        WHERE p.device_id = o.device_id AND p.seq = o.last_seq
    ), d.state, d.wipe, d.lost_at
    FROM sync_outbox o JOIN perisai_device d ON d.id = o.device_id
    WHERE o.device_id = %s FOR NO KEY UPDATE OF o SKIP LOCKED
"""
AWAIT_OUTBOX = "SELECT 1 FROM sync_outbox WHERE device_id = %s FOR NO KEY UPDATE"
# The row of an op_id that is known stays the first one; that somebody was erased empties the body.
INSERT_OPERATION = """
    INSERT INTO sync_operation (id, device_id, agent_id, seq, op_id, kind, v, entity_id, replaces,
        about_id, body, digest, made_at, adjusted_at, received_at, result, code, outcome)
    VALUES (%(id)s, %(device_id)s, %(agent_id)s, %(seq)s, %(op_id)s, %(kind)s, %(v)s,
        %(entity_id)s, %(replaces)s, %(about_id)s, %(body)s, %(digest)s, %(made_at)s,
        %(adjusted_at)s, %(received_at)s, %(result)s, %(code)s, %(outcome)s)
    ON CONFLICT DO NOTHING RETURNING body IS NULL
"""
STORE_OUTCOME = """
    WITH stored AS (
        UPDATE sync_operation SET result = %(result)s, code = %(code)s, ver = %(ver)s,
            outcome = %(outcome)s
        WHERE id = %(id)s
    )
    UPDATE sync_outbox SET last_seq = %(seq)s WHERE device_id = %(device)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Which device sends, how far its clock is off, and when the server heard it."""

    device: Device
    clock_offset_ms: int
    received_at: datetime

    def adjusted(self, made_at: datetime, *, not_before: datetime | None) -> datetime:
        """The phone's instant, corrected, between its previous operation and receipt."""
        since = made_at - EPOCH + timedelta(milliseconds=self.clock_offset_ms)
        earliest = (not_before or EPOCH) - EPOCH
        return EPOCH + min(max(since, earliest), self.received_at - EPOCH)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the outbox stands under its lock, and since when its device is lost."""

    last_seq: int
    previous_at: datetime | None
    lost_at: datetime | None

    def is_lost_at(self, instant: datetime) -> bool:
        """Whether the device was out of its agent's hands by then."""
        return self.lost_at is not None and instant > self.lost_at


Decide = Callable[[SentOp, Op, Operation], Outcome]


def receive(op: SentOp, sender: Sender, *, is_first: bool) -> Answer:
    """Store one operation with its outcome, once, in a transaction of its own.

    `retry` if the database, a lock or a deadlock was in the way twice: nothing is stored then. Any
    other fault parks the operation. Raises SequenceReused or SequenceGap if another send of this
    outbox took the place meanwhile, DeviceRevoked if the device must wipe at once or is retired.
    """
    decide = _counting_deaths if is_first else take_effect
    for _ in range(2):
        try:
            return _receive(op, sender, decide)
        except (SequenceReused, SequenceGap, DeviceRevoked):
            raise
        except Unavailable:
            break
        except Exception as fault:  # an outcome for each operation, whatever it does
            if not is_passing(fault):
                note_parked(op, fault)
                decide = _park
    after = RETRY_AFTER + randbelow(RETRY_SPREAD + 1)
    return Answer(seq=op.seq, op_id=op.op_id, body=retry(after), is_final=False)


def _receive(sent: SentOp, sender: Sender, decide: Decide) -> Answer:
    """Lock, place, row, effect, answer; leaving the block commits, the books raised last."""
    with book.recording() as changes:
        place = _lock_outbox(sender.device)
        if sent.seq <= place.last_seq:
            (answer,) = known_answers(sender.device, [sent])
            return answer
        if sent.seq > place.last_seq + 1:
            raise SequenceGap(expected_seq=place.last_seq + 1)
        adjusted_at = sender.adjusted(sent.made_at, not_before=place.previous_at)
        row = _row(sent, sender, adjusted_at)
        row.about_id = _about(sent, op_of(sent, row))
        first = _insert_then_look(row)
        if first.pk != row.pk:
            return _store_repeat(sent, row, first)
        if place.is_lost_at(adjusted_at) and is_held_after_loss(sent) and decide is not _park:
            decide = hold_after_loss
        if first.body is None:
            decide = _refuse_the_erased
        outcome = decide(sent, op_of(sent, row), row)
        versions = changes.raise_now()
        return _store(sent, row, outcome.at_version(versions.get(row.agent_id)))


def _lock_outbox(device: Device) -> _Place:
    """Raises DeviceRevoked for a device that may not even send any more."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_OUTBOX, [device.pk])
        found = cursor.fetchone()
        if found is None:  # another send holds it
            cursor.execute(AWAIT_OUTBOX, [device.pk])
            cursor.execute(LOCK_OUTBOX, [device.pk])
            found = cursor.fetchone()
    last_seq, previous_at, state, wipe, lost_at = found
    must_wipe = state == DeviceState.LOST and wipe != WipeOrder.DRAIN_THEN_WIPE
    if must_wipe or state == DeviceState.RETIRED:
        raise DeviceRevoked(wipe=wipe)
    if previous_at is None and last_seq:
        previous = Operation.objects.filter(device=device, seq=last_seq)
        previous_at = previous.values_list("adjusted_at", flat=True).get()
    return _Place(last_seq=last_seq, previous_at=previous_at, lost_at=lost_at)


def _row(sent: SentOp, sender: Sender, adjusted_at: datetime) -> Operation:
    """Raw as it came; until it is decided it says what would be true of a fault: parked."""
    undecided = parked()
    return Operation(
        device=sender.device,
        agent_id=sender.device.agent_id,
        seq=sent.seq,
        op_id=sent.op_id,
        kind=sent.kind[:MAX_KIND],
        v=min(sent.v, MAX_V),
        entity_id=sent.entity_id,
        replaces=sent.replaces,
        body=dict(sent.body),
        digest=sent.digest,
        made_at=sent.made_at,
        adjusted_at=adjusted_at,
        received_at=sender.received_at,
        result=undecided.word,
        code=undecided.code,
        outcome=undecided.members,
    )


def _about(sent: SentOp, op: Op) -> UUID | None:
    """The record that the operation names beside its own entity; in clear, for an erasure."""
    kind, data = kind_of(sent.kind, sent.v), sent.data
    with suppress(Exception):  # an old form that cannot be read is parked where it is carried out
        data = modern(op).data
    named = data.get(kind.key) if kind is not None else None
    return UUID(named) if isinstance(named, str) and UUID_SHAPE.fullmatch(named) else None


def _insert_then_look(row: Operation) -> Operation:
    """The first row of this op_id, ours or an earlier one: the unique constraint decides."""
    values: dict[str, Any] = {name: getattr(row, name) for name in COLUMNS}
    sealed = BODY.sealed(row.pk, row.body)
    with connection.cursor() as cursor:
        cursor.execute(INSERT_OPERATION, values | {"body": sealed, "outcome": Jsonb(row.outcome)})
        inserted = cursor.fetchone()
    if inserted is None:
        found = Operation.objects.filter(op_id=row.op_id, same_as=None)
        return found.only("agent_id", "digest", "result", "code", "outcome", "body").get()
    row._state.adding = False
    if inserted[0]:
        row.body = None
    return row


def _store_repeat(sent: SentOp, row: Operation, first: Operation) -> Answer:
    """A new place for a known id: used up either way, nothing is carried out."""
    row.same_as = first
    if first.agent_id == row.agent_id and bytes(first.digest) == sent.digest:
        row.result, row.code, row.outcome = first.result, first.code, first.outcome
        body = duplicate(row.outcome)
    else:
        outcome = rejected(OpIdReuse())
        row.result, row.code, row.outcome = outcome.word, outcome.code, outcome.members
        body = outcome.members
    row.save(force_insert=True)
    Outbox.objects.filter(pk=row.device_id).update(last_seq=row.seq)
    return Answer(seq=sent.seq, op_id=sent.op_id, body=body)


def _store(sent: SentOp, row: Operation, outcome: Outcome) -> Answer:
    values: dict[str, Any] = {
        "id": row.pk,
        "device": row.device_id,
        "seq": row.seq,
        "result": outcome.word,
        "code": outcome.code,
        "ver": outcome.members.get("ver"),
        "outcome": Jsonb(outcome.members),
    }
    with connection.cursor() as cursor:
        cursor.execute(STORE_OUTCOME, values)
    return Answer(seq=sent.seq, op_id=sent.op_id, body=outcome.members)


def _counting_deaths(sent: SentOp, op: Op, row: Operation) -> Outcome:
    with counting_deaths(op.device_id, sent.seq) as deaths:
        if deaths >= PARKED_AFTER:
            note_parked(sent, None)
            return parked()
        return take_effect(sent, op, row)


def _refuse_the_erased(sent: SentOp, op: Op, row: Operation) -> Outcome:
    """The database kept no body: the record was a person who was erased, also for a new form."""
    return rejected(NotInBook())


def _park(sent: SentOp, op: Op, row: Operation) -> Outcome:
    return parked()
