"""A closing that was a mistake is taken back by the office, and leaves a trace (R20)."""

from uuid import UUID

import structlog

from enrollment.edit import Edit
from enrollment.errors import CannotReopen
from enrollment.models import FieldGroup, Member
from enrollment.services.member_changes import Changed, keep_change, lock_for_edit
from sync.services import book

log = structlog.get_logger(__name__)


def reopen_member(member_id: UUID, *, by: Edit) -> Member:
    """Open a closed member again, with the agent, months and episode that were; repeatable.

    Who comes back by a new form is opened by the registration itself (R23). Raises NotInBook, and
    CannotReopen for a row that counts no more: merged into another one, or erased.
    """
    with book.recording() as changes:
        member = lock_for_edit(member_id, by=by)
        if member.closed_on is None:
            return member
        if member.erased_at is not None or member.merged_into_id is not None:
            raise CannotReopen
        old_values = {"closed_on": str(member.closed_on), "closed_reason": member.closed_reason}
        member.closed_on, member.closed_reason = None, ""
        member.rev += 1
        member.save(update_fields=["closed_on", "closed_reason", "rev"])
        changed = Changed(
            group=FieldGroup.CLOSING,
            fields=("closed_on", "closed_reason"),
            old_values=old_values,
        )
        keep_change(member, changed, by=by)
        if member.agent_id is not None:
            changes.put(member.agent_id, "member", [member.pk])
    log.info("member_reopened", member=str(member.pk), by=by.user_id)
    return member
