"""A follow-up that a person closes: by whom, when and why stands in its own row (R16)."""

from datetime import date

import structlog

from enrollment.models import Member
from perisai.deadlines import Deadline
from perisai.errors import NotFound
from perisai.models import User
from retention.errors import FollowUpNotOpen
from retention.models import ClosingReason, FollowUp
from sync.services.book import recording

log = structlog.get_logger(__name__)


def close_follow_up(follow_up_id: int, reason: ClosingReason, *, by: User, as_of: date) -> None:
    """End one kind of work on a member's present unpaid month; the agent's phone is told.

    A later unpaid month begins anew. Raises NotFound outside the branch, and FollowUpNotOpen.
    """
    with recording(Deadline.PAGE) as changes:
        found = FollowUp.objects.visible_to(by).filter(pk=follow_up_id)
        member_id = found.values_list("member", flat=True).first()
        if member_id is None:
            raise NotFound
        member = Member.objects.select_for_update(no_key=True).only("agent_id").get(pk=member_id)
        closed = found.open(as_of=as_of).update(closed_on=as_of, closed_by=by, closed_reason=reason)
        if not closed:
            raise FollowUpNotOpen
        if member.agent_id is not None:
            changes.put(member.agent_id, "member", [member.pk])
    log.info("follow_up_closed", follow_up=follow_up_id, reason=str(reason), by=by.pk)
