"""What all edits of a member share: their author, and the answer to the phone."""

from datetime import datetime

from enrollment.edit import Edit, Edited
from perisai import clock
from sync.registry import Op, Result


def edit_of(op: Op) -> Edit:
    """Who edits, when, by which operation; decided cases are edits of the day of decision."""
    return Edit(
        at=op.adjusted_at,
        received_at=clock.now() if op.decision else op.received_at,
        agent_id=op.agent_id,
        device_id=op.device_id,
        op_id=op.op_id,
        user_id=op.decided_by,
        decision=op.decision or "",
        is_late=op.late is not None,
    )


def on_our_clock(instant: datetime, op: Op) -> datetime:
    """What a form says by the phone's clock, corrected as the form's own instant was (R38).

    Nobody agrees or takes back after it was written down, whatever a clock mended since had shown.
    """
    return min(instant + (op.adjusted_at - op.made_at), op.adjusted_at)


def edited_result(edited: Edited, op: Op) -> Result:
    """The edit as the phone is told it."""
    is_merged = edited.word == "merged"
    merged = {
        "merged": {"theirs": list(edited.theirs), "ours": list(edited.ours)},
        "overlap": list(edited.overlap),
    }
    return Result(
        word=edited.word,
        entity="member",
        entity_id=op.entity_id,
        code=edited.code,
        other_id=edited.other_id,
        case=edited.case,
        rev=edited.rev,
        warnings=edited.warnings,
        extra=merged if is_merged else {},
    )
