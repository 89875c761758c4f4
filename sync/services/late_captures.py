"""Work that arrived long after its capture: it counts, and a person looks at it (R38)."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings

from sync.registry import Kind, Op, Result
from sync.services.cases import CaseReport, open_case, show_case
from sync.services.place import record_of

LATE: Final = "late_capture"


def report_late(op: Op, kind: Kind, result: Result) -> None:
    """Open a case about the record that a late operation changed; joins its transaction.

    Nothing happens for a kind without a record, for a record that is still held, and where a
    person decided: who decides has looked. The future is no lateness: it was cut to receipt.
    """
    is_late = op.received_at - op.adjusted_at > timedelta(days=settings.SYNC_LATE_DAYS)
    is_held = op.late is not None and op.late.code == "held"
    if not is_late or not kind.on or is_held or op.decision is not None:
        return
    into = result.extra.get("into")
    report = CaseReport(
        kind=LATE,
        entity=kind.on,
        entity_id=UUID(str(into)) if into else record_of(op, kind),
        agent_id=op.agent_id,
        op_id=op.op_id,
    )
    open_case(report)
    show_case(report)
