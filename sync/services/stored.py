"""Operations that are stored: read again as they came, and given another result."""

from uuid import UUID

from sync.models import Operation, ResultWord
from sync.registry import Op, modern
from sync.services.envelope import SentOp, parse_op
from sync.services.place import EFFECTIVE, MOST_REPLACED
from sync.services.results import Outcome


def sent_of(row: Operation) -> SentOp:
    """The operation as the phone sent it. Raises InvalidEnvelope for a body that was erased."""
    return parse_op(row.body, "", seq=row.seq)


def op_of(sent: SentOp, row: Operation) -> Op:
    """What its handler is given."""
    return Op(
        op_id=sent.op_id,
        kind=sent.kind,
        v=sent.v,
        entity_id=sent.entity_id,
        data=sent.data,
        agent_id=row.agent_id,
        device_id=row.device_id,
        made_at=sent.made_at,
        adjusted_at=row.adjusted_at,
        received_at=row.received_at,
        base_rev=sent.base_rev,
        replaces=sent.replaces,
    )


def refused_before(op: Op) -> list[Op]:
    """The author's refused operations that this one stands for, the newest first, as they came.

    One whose body was erased ends them.
    """
    found: list[Op] = []
    replaced = op.replaces
    while replaced is not None and len(found) < MOST_REPLACED:
        own = Operation.objects.filter(agent__devices=op.device_id, op_id=replaced, same_as=None)
        row = own.filter(result=ResultWord.REJECTED, body__isnull=False).first()
        if row is None:
            break
        found.append(modern(op_of(sent_of(row), row)))
        replaced = row.replaces
    return found


def applied_about(op: Op, kind: str) -> list[Op]:
    """What was said in this kind about the record that an operation makes, as it came.

    Also about those that the author made in vain before, for which this one stands. Only what was
    answered `applied`, in the order of receipt.
    """
    rows = Operation.objects.filter(
        about_id__in=[op.entity_id, *lock_made_in_vain(op)],
        kind=kind,
        result=ResultWord.APPLIED,
        same_as=None,
        body__isnull=False,
    )
    return [modern(op_of(sent_of(row), row)) for row in rows.order_by("received_at", "seq")]


def was_said_before(op: Op) -> bool:
    """Whether another operation of the author and of this kind was applied under this id."""
    same = Operation.objects.filter(
        agent=op.agent_id, entity_id=op.entity_id, kind=op.kind, result=ResultWord.APPLIED
    )
    return same.exclude(op_id=op.op_id).filter(same_as=None).exists()


def lock_made_in_vain(op: Op) -> list[UUID]:
    """The records of the operations without effect that this one stands for, the newest first.

    Locked, as by whoever still speaks about one of them (`must_be_held`): his word is committed
    before it is looked for, or he sees that this one has its effect. A handler takes these locks
    before all others, a decision on one of them does the same.
    """
    found: list[UUID] = []
    replaced = op.replaces
    while replaced is not None and len(found) < MOST_REPLACED:
        own = Operation.objects.filter(agent__devices=op.device_id, op_id=replaced, same_as=None)
        vain = own.exclude(result__in=EFFECTIVE).select_for_update(no_key=True, of=("self",))
        row = vain.defer("body").first()
        if row is None:
            break
        found.append(row.entity_id)
        replaced = row.replaces
    return found


def locked(operation_id: UUID) -> Operation:
    """The row under the lock that every change of a result takes first."""
    return Operation.objects.select_for_update(no_key=True).get(pk=operation_id)


def store_outcome(row: Operation, outcome: Outcome) -> None:
    """Give a blocked or conflicting operation its next word."""
    row.result, row.code, row.outcome = outcome.word, outcome.code, dict(outcome.members)
    row.ver = outcome.members.get("ver")
    row.save(update_fields=["result", "code", "outcome", "ver"])
