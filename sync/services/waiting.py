"""Operations that wait for others: run when those are applied, or given up after thirty days."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import inf
from time import monotonic
from typing import Final
from uuid import UUID

import structlog
from billiard.exceptions import SoftTimeLimitExceeded
from django.db import connection
from django.db.models import QuerySet

from perisai.errors import Unavailable
from sync.errors import DependencyRefused
from sync.models import Operation, OperationNeed, ResultWord
from sync.services.blocked import NEEDS_OP, PARKED, run_blocked
from sync.services.effect import is_passing, note_parked
from sync.services.place import EFFECTIVE, MOST_REPLACED
from sync.services.results import Outcome, parked, rejected

log = structlog.get_logger(__name__)

GIVEN_UP_AFTER: Final = timedelta(days=30)
AT_ONCE: Final = 500

# What a nudge lost: somebody waits for an operation that is applied, or for one that such a one
# replaces, however often it was corrected.
READ_OVERDUE = """
    WITH RECURSIVE wanted AS (
        SELECT waiting.agent_id, need.needs AS op_id
        FROM sync_operation waiting
        JOIN sync_operationneed need ON need.operation_id = waiting.id
        WHERE waiting.result = 'blocked' AND waiting.code = 'needs_op'
        UNION
        SELECT wanted.agent_id, later.op_id
        FROM wanted
        JOIN sync_operation later ON later.replaces = wanted.op_id
            AND later.agent_id = wanted.agent_id AND later.same_as_id IS NULL
    )
    SELECT DISTINCT done.op_id
    FROM wanted
    JOIN sync_operation done ON done.op_id = wanted.op_id
        AND done.agent_id = wanted.agent_id AND done.same_as_id IS NULL
    WHERE done.result IN ('applied', 'merged', 'redirected')
    LIMIT %(limit)s
"""
# Whoever waits for what is parked, also through others, or by what a parked one replaces.
READ_BEHIND_PARKED = """
    WITH RECURSIVE held_up AS (
        SELECT id, agent_id, op_id, replaces FROM sync_operation
        WHERE result = 'blocked' AND code = 'parked' AND same_as_id IS NULL
        UNION
        SELECT op.id, op.agent_id, op.op_id, op.replaces
        FROM held_up
        CROSS JOIN LATERAL (
            SELECT need.operation_id AS id FROM sync_operationneed need
            WHERE need.needs = held_up.op_id
            UNION ALL
            SELECT replaced.id FROM sync_operation replaced
            WHERE replaced.op_id = held_up.replaces AND replaced.same_as_id IS NULL
        ) AS behind
        JOIN sync_operation op ON op.id = behind.id AND op.agent_id = held_up.agent_id
    )
    SELECT id FROM held_up
"""


def run_waiting_for(op_ids: Iterable[UUID], *, until: float = inf) -> int:
    """Run what waits for these operations, or for those they replace, and what that frees in turn.

    By device in the order of its outbox, each in a transaction of its own; none is begun after
    `until` of the monotonic clock. How many got their final word. What is left is found by
    `run_overdue`.
    """
    freed = deque(op_ids)
    finished = 0
    while freed:
        for waiting in _waiting_for(freed.popleft()):
            if monotonic() > until:
                return finished
            row = _given_its_word(waiting)
            if row is None:
                continue
            finished += 1
            if row.result in EFFECTIVE:
                freed.append(row.op_id)
    return finished


def run_overdue() -> int:
    """Run what could have run already: a decision whose process ended before its nudge."""
    with connection.cursor() as cursor:
        cursor.execute(READ_OVERDUE, {"limit": AT_ONCE})
        found = [op_id for (op_id,) in cursor.fetchall()]
    return run_waiting_for(found)


def give_up_waiting(*, now: datetime) -> int:
    """Refuse what has waited for thirty days, with `dependency_refused`; how many.

    What waits for a parked one goes on waiting: the fault is ours, and it runs at the replay.
    """
    old = Operation.objects.filter(
        result=ResultWord.BLOCKED,
        code=NEEDS_OP,
        same_as=None,  # a repeat has the word of the first
        received_at__lt=now - GIVEN_UP_AFTER,
    )
    refusable = old.exclude(pk__in=_behind_parked())
    found = refusable.order_by("device", "seq").values_list("pk", flat=True)
    word = rejected(DependencyRefused())
    refused = [_given_its_word(pk, word) for pk in found[:AT_ONCE]]
    return sum(row is not None for row in refused)


def _behind_parked() -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(READ_BEHIND_PARKED)
        return [operation_id for (operation_id,) in cursor.fetchall()]


def replay_parked() -> tuple[int, int]:
    """Run what was parked once more, after the fault was mended: how many got a word, how many not.

    By device in the order of its outbox; then what waited for those that are applied. What fails
    again stays parked.
    """
    ids = list(_parked().order_by("device", "seq").values_list("pk", flat=True))
    finished = [row for pk in ids if (row := _replayed(pk)) is not None]
    run_waiting_for(row.op_id for row in finished if row.result in EFFECTIVE)
    return len(finished), len(ids) - len(finished)


def parked_count() -> int:
    """How many operations wait for a fault of ours to be mended."""
    return _parked().count()


def replay_one(operation_id: UUID) -> bool:
    """Run one parked operation once more; whether it got its final word."""
    row = _replayed(operation_id)
    if row is not None and row.result in EFFECTIVE:
        run_waiting_for([row.op_id])
    return row is not None


def _replayed(operation_id: UUID) -> Operation | None:
    """None if it is parked still: what fails even at COMMIT must not stop those behind it."""
    try:
        return run_blocked(operation_id, code=PARKED)
    except SoftTimeLimitExceeded:  # no fault of this operation: the task ends
        raise
    except Exception as fault:
        log.warning("parked_operation_left", error=type(fault).__name__)
        return None


def _parked() -> QuerySet[Operation]:
    return Operation.objects.filter(result=ResultWord.BLOCKED, code=PARKED, same_as=None)


def _given_its_word(operation_id: UUID, outcome: Outcome | None = None) -> Operation | None:
    """None if it waits still: what the database could not do now, the next round does.

    What fails even at COMMIT is parked, as in a push; it stops nobody behind it.
    """
    try:
        return run_blocked(operation_id, code=NEEDS_OP, outcome=outcome)
    except SoftTimeLimitExceeded:
        raise
    except Exception as fault:
        if outcome is not None or isinstance(fault, Unavailable) or is_passing(fault):
            log.warning("waiting_operation_left", error=type(fault).__name__)
            return None
        note_parked(Operation.objects.get(pk=operation_id), fault)
    return _given_its_word(operation_id, parked())


def _waiting_for(op_id: UUID) -> list[UUID]:
    """What of its agent waits for it, or for what it replaces: nobody waits for another's."""
    done = Operation.objects.filter(op_id=op_id, same_as=None)
    agent_id = done.values_list("agent", flat=True).first()
    if agent_id is None:
        return []
    needs = OperationNeed.objects.filter(
        needs__in=_with_replaced(op_id, agent_id),
        operation__agent=agent_id,
        operation__result=ResultWord.BLOCKED,
        operation__code=NEEDS_OP,
    )
    in_order = needs.order_by("operation__device", "operation__seq")
    return list(dict.fromkeys(in_order.values_list("operation", flat=True)))


def _with_replaced(op_id: UUID, agent_id: UUID) -> list[UUID]:
    """The operation and those of its agent that it stands for, back to the first."""
    chain = [op_id]
    for _ in range(MOST_REPLACED):
        last = Operation.objects.filter(op_id=chain[-1], agent=agent_id, same_as=None)
        replaced = last.values_list("replaces", flat=True).first()
        if replaced is None or replaced in chain:
            break
        chain.append(replaced)
    return chain
