"""A device sends a batch of its outbox: every operation gets an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

import structlog
from django.conf import settings

from perisai.errors import DeviceRevoked
from perisai.models import Device, DeviceState
from sync.errors import SequenceGap, SequenceReused
from sync.services.app_versions import update_wanted
from sync.services.envelope import Push
from sync.services.inbox import Sender, receive
from sync.services.outbox import Begun, begin_push
from sync.services.phone_config import config_for
from sync.services.place import EFFECTIVE
from sync.services.results import Answer
from sync.services.rhythm import next_sync_after
from sync.services.waiting import run_waiting_for

log = structlog.get_logger(__name__)

TIME_BOX = 8.0  # seconds after which no new operation is begun
ONE_VISIT = timedelta(minutes=5)  # batches that follow each other


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """The answer to a batch. Success is `ack_seq` alone: every place up to it has a result."""

    ack_seq: int
    is_complete: bool
    clock_offset_ms: int
    lease_until: datetime
    next_sync_after: int
    directives: tuple[Mapping[str, str], ...]
    answers: tuple[Answer, ...]


def push(device: Device, sent: Push, *, device_time: datetime | None, now: datetime) -> Pushed:
    """Carry out the operations of a batch in order, each in a transaction of its own.

    Known ones are answered `duplicate`. Stops at a `retry`, at an order to wipe, or when the time
    box is used up; the phone goes on from `ack_seq` + 1. Raises SequenceGap, SequenceReused,
    DeviceRevoked: nothing is processed then.
    """
    offset_ms = None if device_time is None else (now - device_time) // timedelta(milliseconds=1)
    begun = begin_push(device, sent, offset_ms=offset_ms, now=now)
    sender = Sender(device=device, clock_offset_ms=begun.clock_offset_ms, received_at=now)
    fresh = _carry_out(begun, sender)
    final = [answer.seq for answer in fresh if answer.is_final]
    return Pushed(
        ack_seq=max([begun.last_seq, *final]),
        is_complete=len(begun.known) + len(final) == len(sent.ops),
        clock_offset_ms=begun.clock_offset_ms,
        lease_until=device.lease_until,
        next_sync_after=next_sync_after(begun.last_push_at, now=now),
        directives=_directives(begun, device, now=now),
        answers=(*begun.known, *fresh),
    )


def _carry_out(begun: Begun, sender: Sender) -> list[Answer]:
    deadline = monotonic() + TIME_BOX
    answers: list[Answer] = []
    for op in begun.fresh:
        if monotonic() > deadline:
            break
        try:
            answer = receive(op, sender, is_first=not answers)
        except (SequenceGap, SequenceReused, DeviceRevoked):
            if not answers:
                raise
            break  # a clone sends at the same time, or a wipe was ordered: the next call is told
        answers.append(answer)
        if not answer.is_final:
            break
        if op.replaces is not None and answer.body["result"] in EFFECTIVE:
            run_waiting_for([op.op_id], until=deadline)
    return answers


def _directives(begun: Begun, device: Device, *, now: datetime) -> tuple[Mapping[str, str], ...]:
    orders = []
    if device.state == DeviceState.LOST:
        orders.append({"do": device.wipe})
    elif _has_an_old_config(begun, device, now=now):
        orders.append({"do": "refetch", "name": "config"})
    if begun.resync_wanted_at is not None:
        orders.append({"do": "resync"})
    if abs(timedelta(milliseconds=begun.clock_offset_ms)) > settings.CLOCK_SKEW_FLAG:
        orders.append({"do": "fix_clock"})
    wanted = update_wanted(device.app_version)
    if wanted is not None:
        orders.append(wanted.directive())
    return tuple(orders)


def _has_an_old_config(begun: Begun, device: Device, *, now: datetime) -> bool:
    """Whether the phone has read another one; looked at with the first batch of a visit alone.

    One that has read none will, without being told.
    """
    silence = None if begun.last_push_at is None else now - begun.last_push_at
    is_first = silence is None or not timedelta(0) <= silence < ONE_VISIT
    if not is_first or not begun.config_tag:
        return False
    try:
        return config_for(device.agent_id, device.pk).tag != begun.config_tag
    except Exception:  # the push is done: its answer must arrive
        log.exception("config_not_looked_at")
        return False
