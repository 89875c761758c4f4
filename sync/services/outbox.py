"""Places in a device's outbox: gaps, repeats, clones.

The Outbox row is the lock of a push: parallel sends of one batch meet here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from perisai.deadlines import Deadline, atomic_within
from perisai.models import Device
from sync.errors import OpIdReuse, SequenceGap, SequenceReused
from sync.models import Operation
from sync.registry import Json
from sync.services.envelope import Push, SentOp
from sync.services.results import Answer, duplicate, rejected

# Every seq up to the highest has a result; a value that the phone did not say stays.
OPEN_OUTBOX = """
    INSERT INTO sync_outbox AS o (device_id, last_seq, acked_epoch, acked_version, last_push_at,
        reported_count, reported_oldest_at, clock_offset_ms)
    VALUES (%(device)s, 0, '', 0, %(now)s, coalesce(%(unsent)s, 0), %(oldest_at)s,
        coalesce(%(offset_ms)s, 0))
    ON CONFLICT (device_id) DO UPDATE SET last_push_at = excluded.last_push_at,
        reported_count = coalesce(%(unsent)s, o.reported_count),
        reported_oldest_at = CASE WHEN %(unsent)s::int IS NULL THEN o.reported_oldest_at
            ELSE excluded.reported_oldest_at END,
        clock_offset_ms = coalesce(%(offset_ms)s, o.clock_offset_ms)
    RETURNING last_seq, clock_offset_ms, resync_wanted_at, config_tag, (
        SELECT p.last_push_at FROM sync_outbox p WHERE p.device_id = o.device_id  -- as it was
    )
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Where the outbox stood when a batch arrived, and what of the batch is new."""

    last_seq: int
    clock_offset_ms: int
    resync_wanted_at: datetime | None
    config_tag: str
    last_push_at: datetime | None
    known: tuple[Answer, ...]
    fresh: tuple[SentOp, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """What one taken place holds."""

    op_id: UUID
    digest: bytes
    outcome: Json


@atomic_within(Deadline.PAGE)
def begin_push(device: Device, sent: Push, *, offset_ms: int | None, now: datetime) -> Begun:
    """Note the contact and answer what was processed before, in a fixed number of statements.

    Raises SequenceGap, or SequenceReused for a storage that was cloned; nothing is kept then.
    """
    last_seq, clock_offset_ms, resync_wanted_at, config_tag, last_push_at = _open(
        device, sent, offset_ms=offset_ms, now=now
    )
    if sent.first_seq > last_seq + 1:
        raise SequenceGap(expected_seq=last_seq + 1)
    return Begun(
        last_seq=last_seq,
        clock_offset_ms=clock_offset_ms,
        resync_wanted_at=resync_wanted_at,
        config_tag=config_tag,
        last_push_at=last_push_at,
        known=tuple(known_answers(device, [op for op in sent.ops if op.seq <= last_seq])),
        fresh=tuple(op for op in sent.ops if op.seq > last_seq),
    )


def known_answers(device: Device, ops: list[SentOp]) -> Iterable[Answer]:
    """Answers to operations whose places are taken. Raises SequenceReused for another op_id."""
    if not ops:
        return []
    stored = _stored(device, ops)
    if any(stored[op.seq].op_id != op.op_id for op in ops):
        raise SequenceReused
    return [_again(op, stored[op.seq]) for op in ops]


def _open(
    device: Device, sent: Push, *, offset_ms: int | None, now: datetime
) -> tuple[int, int, datetime | None, str, datetime | None]:
    values: dict[str, Any] = {
        "device": device.pk,
        "now": now,
        "unsent": sent.unsent,
        "oldest_at": sent.oldest_at,
        "offset_ms": offset_ms,
    }
    with connection.cursor() as cursor:
        cursor.execute(OPEN_OUTBOX, values)
        row: tuple[int, int, datetime | None, str, datetime | None] = cursor.fetchone()
    return row


def _stored(device: Device, ops: list[SentOp]) -> dict[int, _Stored]:
    """A repeat of another row shows what that row says now, also after a person has decided."""
    found = Operation.objects.filter(
        device=device, seq__gte=ops[0].seq, seq__lte=ops[-1].seq
    ).values_list("seq", "op_id", "digest", "code", "outcome", "same_as__outcome")
    return {
        seq: _Stored(
            op_id=op_id,
            digest=bytes(digest),
            outcome=own if first is None or code == OpIdReuse.code else first,
        )
        for seq, op_id, digest, code, own, first in found
    }


def _again(op: SentOp, stored: _Stored) -> Answer:
    """The stored result, as it is now; the same id with another content is refused."""
    is_same = stored.digest == op.digest
    body = duplicate(stored.outcome) if is_same else rejected(OpIdReuse()).members
    return Answer(seq=op.seq, op_id=op.op_id, body=body)
