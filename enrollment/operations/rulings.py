"""What a decision does where a case has no operation to run again."""

from enrollment.edit import Edit
from enrollment.models import ClosedReason, Member
from enrollment.services.closing import CLAIM_HELP
from enrollment.services.reopening import reopen_member
from sync.registry import Verdict, decides


@decides(CLAIM_HELP)
def judge_death(verdict: Verdict) -> None:
    """A supervisor confirms a reported death; refused, the member is opened again (R20)."""
    dead = Member.objects.filter(pk=verdict.entity_id, closed_reason=ClosedReason.DECEASED)
    if verdict.decision != "refuse" or not dead.exists():
        return
    by = Edit(
        at=verdict.decided_at,
        received_at=verdict.decided_at,
        user_id=verdict.decided_by,
        reason=verdict.reason,
    )
    reopen_member(verdict.entity_id, by=by)
