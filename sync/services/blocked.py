"""Operations that were kept and not carried out: run again, or given another word."""

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from perisai.models import Device
from sync.errors import DependencyRefused
from sync.models import Operation, OperationNeed, ResultWord
from sync.services import book
from sync.services.deaths import PARKED_AFTER, counting_deaths
from sync.services.effect import (
    hold_after_loss,
    is_held_after_loss,
    note_parked,
    take_effect,
)
from sync.services.final_words import tell_author
from sync.services.results import Outcome, parked, rejected
from sync.services.stored import locked, op_of, sent_of, store_outcome

NEEDS_OP: Final = "needs_op"
PARKED: Final = "parked"


def run_blocked(
    operation_id: UUID, *, code: str, outcome: Outcome | None = None
) -> Operation | None:
    """Run an operation that is blocked for this reason, or give it this word instead.

    One transaction, with the news for its author. None if it is blocked still, or no longer was.
    Raises what take_effect raises.
    """
    with book.recording() as changes:
        row = locked(operation_id)
        if (row.result, row.code) != (ResultWord.BLOCKED, code):
            return None
        OperationNeed.objects.filter(operation=row).delete()
        outcome = outcome or _outcome_of(row)
        is_final = outcome.word != ResultWord.BLOCKED
        if is_final:
            tell_author(changes, row)
        versions = changes.raise_now()
        store_outcome(row, outcome.at_version(versions.get(row.agent_id)))
    return row if is_final else None


def _outcome_of(row: Operation) -> Outcome:
    if row.body is None:  # erased while it waited
        return rejected(DependencyRefused())
    sent = sent_of(row)
    op = replace(op_of(sent, row), was_held=True)
    if is_held_after_loss(sent) and _was_made_after_loss(row):
        return hold_after_loss(sent, op, row)
    if row.code == PARKED:  # somebody mended what killed its process, or says so
        return take_effect(sent, op, row)
    with counting_deaths(row.device_id, row.seq) as deaths:
        if deaths >= PARKED_AFTER:
            note_parked(sent, None)
            return parked()
        return take_effect(sent, op, row)


def _was_made_after_loss(row: Operation) -> bool:
    """Whether its device was lost by then, which may have been told while the operation waited."""
    devices = Device.objects.filter(pk=row.device_id)
    lost_at: datetime | None = devices.values_list("lost_at", flat=True).get()
    return lost_at is not None and row.adjusted_at > lost_at
