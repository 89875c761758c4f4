"""`member.close`: why, and since when."""

from datetime import date
from typing import Final

from enrollment.models import ClosedReason
from enrollment.operations.edits import edit_of, edited_result
from enrollment.services.closing import Closing, close_member
from sync.op_data import OpData
from sync.op_days import captured_on, moved, shown_on
from sync.registry import Op, Result, operation

LONGEST_NOTE: Final = 500
REPORTED: Final = frozenset(
    {
        ClosedReason.DECEASED,
        ClosedReason.MOVED_TO_PU,
        ClosedReason.WITHDRAWN,
        ClosedReason.DUPLICATE,
    }
)


@operation("member.close", v=1, on="member", late="edit")
def close(op: Op) -> Result:
    """Close a member; a claim is paid out by the institution, never reported by an agent."""
    return edited_result(close_member(_read_closing(op), by=edit_of(op)), op)


def _read_closing(op: Op) -> Closing:
    data = OpData(members=op.data)
    reason = data.choice("reason", ClosedReason) if data.has("reason") else None
    if reason is not None and reason not in REPORTED:
        data.refuse("reason", "unknown_choice")
    on = data.day("on") if data.has("on") else None
    note = data.text("note", longest=LONGEST_NOTE)
    duplicate_of = data.uuid("duplicate_of")
    data.finish()
    if reason is None or on is None:
        raise AssertionError("data without a fault name a reason and a day")
    return Closing(
        member_id=op.entity_id,
        reason=reason,
        on=_day_here(on, op),
        note=note,
        duplicate_of=duplicate_of,
    )


def _day_here(on: date, op: Op) -> date:
    """A day that is none of the future but by our calendar goes back with the phone's clock."""
    return moved(on, op) if captured_on(op) < on <= shown_on(op) else on
