"""Restriction and objection: set with a decision, lifted by a person, told to the phone (R36)."""

from datetime import datetime
from uuid import UUID

from enrollment.errors import LimitNotInForce
from enrollment.models import LimitKind, Member, ProcessingLimit, SubjectRequest
from perisai.errors import NotFound
from perisai.models import Role, User
from sync.services import book
from sync.services.book import Changes


def set_limit(
    request: SubjectRequest, kind: LimitKind, *, by: User, now: datetime, changes: Changes
) -> None:
    """Put a limit in force; one that is in force already stays. Joins the caller's transaction."""
    limit = ProcessingLimit(
        member_id=request.member_id, kind=kind, request=request, set_by=by, set_at=now
    )
    ProcessingLimit.objects.bulk_create([limit], ignore_conflicts=True)
    _tell_phone(request.member_id, changes)


def lift_limit(member_id: UUID, kind: LimitKind, *, by: User, now: datetime) -> None:
    """End a limit, as when the quarrel behind it is settled. Raises NotFound, LimitNotInForce."""
    if by.role != Role.NATIONAL or not Member.objects.visible_to(by).filter(pk=member_id).exists():
        raise NotFound
    with book.recording() as changes:
        Member.objects.select_for_update(of=("self",), no_key=True).get(pk=member_id)
        in_force = ProcessingLimit.objects.in_force(kind).filter(member=member_id)
        if not in_force.update(lifted_by=by, lifted_at=now):
            raise LimitNotInForce
        _tell_phone(member_id, changes)


def _tell_phone(member_id: UUID, changes: Changes) -> None:
    """The row of the member shows `restricted` and `scored`."""
    agent_id = Member.objects.filter(pk=member_id).values_list("agent_id", flat=True).get()
    if agent_id is not None:
        changes.put(agent_id, "member", [member_id])
