"""The final word on an operation that waited: told in its author's book, for thirty days."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from perisai.deadlines import Deadline
from sync.models import BookEntry, DropReason, Operation
from sync.registry import Row
from sync.services import book

OP_RESULT: Final = "op_result"
SHOWN_FOR: Final = timedelta(days=30)
AT_ONCE: Final = 500


def tell_author(changes: book.Changes, row: Operation) -> None:
    """Put the result of an operation in its author's book."""
    changes.put(row.agent_id, OP_RESULT, [row.op_id])


def result_rows(agent_id: UUID, op_ids: Iterable[UUID]) -> dict[UUID, Row]:
    """What these operations of the agent came to, as the answer to a push tells it."""
    mine = Operation.objects.filter(agent=agent_id, op_id__in=list(op_ids), same_as=None)
    found = mine.values_list("op_id", "seq", "outcome")
    return {op_id: {"seq": seq, "op_id": str(op_id), **said} for op_id, seq, said in found}


def drop_old_results(*, now: datetime) -> int:
    """Take final words out of the books after thirty days; how many.

    One transaction per book and at most five hundred rows; a second run finds what is left.
    """
    dropped = 0
    while batch := _oldest(now=now):
        for agent_id, entries in groupby(batch, key=lambda found: found[0]):
            op_ids = [op_id for _, op_id in entries]
            with book.recording(Deadline.BULK) as changes:
                changes.drop(agent_id, OP_RESULT, op_ids, reason=DropReason.OUT_OF_WINDOW)
            dropped += len(op_ids)
    return dropped


def _oldest(*, now: datetime) -> list[tuple[UUID, UUID]]:
    """Agents and operations, the agents together."""
    old = BookEntry.objects.filter(
        entity=OP_RESULT, is_present=True, changed_at__lt=now - SHOWN_FOR
    )
    found = old.order_by("changed_at").values_list("book__agent", "entity_id")[:AT_ONCE]
    return sorted(found)
