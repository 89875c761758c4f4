"""What a phone may say about retention: a contact attempt, and what files may be about."""

from datetime import date
from typing import Final
from uuid import UUID

from perisai.months import parse_month
from retention.asking import may_be_promised
from retention.models import AttemptChannel, Contact, Decision
from retention.services.attempt_files import attach_to_attempt, member_of_attempt
from retention.services.attempts import AttemptReport, Place, record_attempt
from sync.op_data import OpData
from sync.op_days import captured_on, moved, shown_on
from sync.registry import Attachment, Op, Result, attachable, operation

LONGEST_NOTE: Final = 500
LONGEST_REFERENCE: Final = 64
MONTH_LENGTH: Final = 7
FARTHEST_LAT_E6: Final = 90_000_000
FARTHEST_LON_E6: Final = 180_000_000
WORST_ACCURACY_M: Final = 1_000_000


@operation("follow_up.attempt", v=1, on="member", key="member_id", late="add")
def attempt_follow_up(op: Op) -> Result:
    """Keep the attempt, always: also on a member who has paid or was closed meanwhile."""
    made = record_attempt(_report(op), agent_id=op.agent_id, is_late=op.late is not None)
    extra: dict[str, str | bool | None] = {
        "next_on": made.next_on.isoformat() if made.next_on else None
    }
    if made.after_resolution:
        extra["after_resolution"] = True
    return Result(word="applied", entity="attempt", entity_id=op.entity_id, extra=extra)


@attachable("attempt", on="member", names=member_of_attempt, maker="follow_up.attempt")
def attach(given: Attachment) -> None:
    """A file of an attempt."""
    attach_to_attempt(given)


def _report(op: Op) -> AttemptReport:
    """The attempt as it was told. Raises Invalid with all faults of shape at once."""
    data = OpData(members=op.data)
    if "unpaid_since" not in op.data:
        data.refuse("unpaid_since", "required")  # null is said: not about arrears
    for name in ("member_id", "channel", "contact"):
        data.has(name)
    member_id = data.uuid("member_id")
    channel = data.choice("channel", AttemptChannel)
    contact = data.choice("contact", Contact)
    decision = data.choice("decision", Decision)
    report = AttemptReport(
        attempt_id=op.entity_id,
        op_id=op.op_id,
        member_id=member_id or UUID(int=0),
        unpaid_since=_month(data, "unpaid_since"),
        channel=channel or "",
        contact=contact or "",
        decision=decision or "",
        promise_on=_promise(data.day("promise_on"), op),
        payment_reference=data.text("payment_reference", longest=LONGEST_REFERENCE),
        note=data.text("note", longest=LONGEST_NOTE) or None,
        place=_place(data),
        tried_at=op.adjusted_at,
        received_at=op.received_at,
    )
    data.finish()  # a report with a fault goes no further, so its placeholders are never seen
    return report


def _promise(said: date | None, op: Op) -> date | None:
    """A day that makes sense by the phone's calendar alone is moved along with its clock."""
    if said is None or may_be_promised(said, captured_on(op)):
        return said
    return moved(said, op) if may_be_promised(said, shown_on(op)) else said


def _month(data: OpData, name: str) -> date | None:
    text = data.text(name, longest=MONTH_LENGTH)
    if not text:
        return None
    try:
        return parse_month(text)
    except ValueError:
        data.refuse(name, "month_required")
        return None


def _place(data: OpData) -> Place | None:
    place = data.inside("place")
    if place is None:
        return None
    for name in ("lat_e6", "lon_e6"):
        place.has(name)
    return Place(
        lat_e6=place.integer("lat_e6", least=-FARTHEST_LAT_E6, most=FARTHEST_LAT_E6) or 0,
        lon_e6=place.integer("lon_e6", least=-FARTHEST_LON_E6, most=FARTHEST_LON_E6) or 0,
        accuracy_m=place.integer("accuracy_m", least=0, most=WORST_ACCURACY_M),
    )
