"""Closing a membership (R20): what an agent reports, and what only a person may decide."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import structlog

from enrollment.edit import Edit, Edited
from enrollment.errors import BothHavePaid, MemberHasPaid
from enrollment.merging import Merge, has_only_doubled_months, move_all
from enrollment.models import ClosedReason, FieldGroup, Member
from enrollment.services.member_changes import Changed, keep_change, lock_for_edit
from perisai.clock import official_date
from perisai.errors import FieldError, Invalid
from sync.services import book
from sync.services.cases import CaseReport, open_case

log = structlog.get_logger(__name__)

ALREADY: Final = "already_closed"
REVIEW: Final = "review_required"
CLAIM_HELP: Final = "claim_help"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Closing:
    """Why and since when; a duplicate names the member of the agent's own whom it doubles."""

    member_id: UUID
    reason: ClosedReason
    on: date
    note: str = ""
    duplicate_of: UUID | None = None


def close_member(closing: Closing, *, by: Edit) -> Edited:
    """Close a member, or keep the report as a case; joins the caller's transaction.

    A death closes at once, so that nobody is reminded of somebody dead, and opens a case of help
    with the claim. A duplicate closes nothing until a person decides; its balance then goes to the
    other row. Raises NotInBook, Invalid, and to who decides on a duplicate MemberHasPaid,
    BothHavePaid, and what the apps above refuse.
    """
    with book.recording() as changes:
        member, other = _locked(closing, by)
        _check(closing, member, other, by)
        held = _held(closing, member, by)
        if held is not None:
            return held
        _write(closing, member, other, by)
        if other is not None and member.agent_id is not None:
            into = other.pk
            changes.drop(member.agent_id, "member", [member.pk], reason="merged", into_id=into)
        elif member.agent_id is not None:
            changes.put(member.agent_id, "member", [member.pk])
        if closing.reason is ClosedReason.DECEASED:
            _open_claim(member, by)
    log.info("member_closed", reason=closing.reason.value, op_id=str(by.op_id))
    return Edited(word="applied", rev=member.rev)


def _locked(closing: Closing, by: Edit) -> tuple[Member, Member | None]:
    """The member, and whom it doubles; both locked in the order of their ids."""
    wanted = [closing.member_id]
    if closing.reason is ClosedReason.DUPLICATE and closing.duplicate_of is not None:
        wanted.append(closing.duplicate_of)
    pair = Member.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True)
    found = {one.pk: one for one in pair}
    member = lock_for_edit(closing.member_id, by=by)
    other = found.get(closing.duplicate_of) if closing.duplicate_of else None
    is_own = other is not None and by.may_be_of(other.agent_id) and other.merged_into_id is None
    return member, other if is_own and other is not None and other.pk != member.pk else None


def _check(closing: Closing, member: Member, other: Member | None, by: Edit) -> None:
    faults = []
    if closing.on < member.birth_date:
        faults.append(FieldError(pointer="/data/on", code="before_birth"))
    if closing.on > official_date(by.at):
        faults.append(FieldError(pointer="/data/on", code="in_the_future"))
    if closing.reason is ClosedReason.DUPLICATE and other is None:
        code = "not_in_book" if closing.duplicate_of else "required"
        faults.append(FieldError(pointer="/data/duplicate_of", code=code))
    if faults:
        raise Invalid(errors=tuple(faults))


def _held(closing: Closing, member: Member, by: Edit) -> Edited | None:
    """What needs no closing any more, and what waits for a person; None: close."""
    if member.closed_on is not None and member.closed_reason == closing.reason:
        return Edited(word="merged", rev=member.rev)
    if by.decision or by.agent_id is None:
        return None
    if member.closed_on is not None:
        return Edited(word="conflict", code=ALREADY)
    if closing.reason is ClosedReason.DUPLICATE:
        return Edited(word="conflict", code=REVIEW, other_id=closing.duplicate_of)
    return None


def _write(closing: Closing, member: Member, other: Member | None, by: Edit) -> None:
    if other is not None:
        _merge(member, other, by)
    old_values = {"closed_on": str(member.closed_on or ""), "closed_reason": member.closed_reason}
    member.closed_on, member.closed_reason = closing.on, closing.reason
    member.merged_into = other
    member.rev += 1
    member.save(update_fields=["closed_on", "closed_reason", "merged_into", "rev"])
    changed = Changed(
        group=FieldGroup.CLOSING,
        fields=("closed_on", "closed_reason"),
        old_values=old_values,
        reason=closing.note,
    )
    keep_change(member, changed, by=by)


def _merge(member: Member, other: Member, by: Edit) -> None:
    """What the member has goes to the other row; months stay where they were paid.

    Raises MemberHasPaid, BothHavePaid, and what the apps above refuse.
    """
    merge = Merge(losing_id=member.pk, winning_id=other.pk, user_id=by.user_id, at=by.received_at)
    if member.episode_no > 0 and not has_only_doubled_months(merge):
        raise BothHavePaid if other.episode_no > 0 else MemberHasPaid
    move_all(merge)


def _open_claim(member: Member, by: Edit) -> None:
    """Somebody helps the heirs with the claim."""
    agent_id = by.agent_id or member.agent_id
    if agent_id is None:
        return
    open_case(
        CaseReport(
            kind=CLAIM_HELP,
            entity="member",
            entity_id=member.pk,
            agent_id=agent_id,
            op_id=by.op_id,
            details={"closed_reason": ClosedReason.DECEASED.value},
        )
    )
