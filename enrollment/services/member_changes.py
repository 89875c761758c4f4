"""The facts of edits: who changed which fields of a member, and what changed since."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from enrollment.edit import Edit
from enrollment.models import FieldGroup, Member, MemberChange
from perisai.errors import FieldError, Invalid
from perisai.models import Role, User
from sync.errors import NotInBook


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Changed:
    """What one edit changed: fields by the names of the form, and the doubts that it cleared."""

    group: FieldGroup
    fields: tuple[str, ...]
    soft_checks: tuple[str, ...] = ()
    old_values: Mapping[str, Any] | None = None
    reason: str = ""


def lock_for_edit(member_id: UUID, *, by: Edit) -> Member:
    """The member, locked. Raises NotInBook for one whom this edit may not be of.

    An edit of the office is of a supervisor's own branch, as the row is under the lock; what it
    decides about an agent's work is a decision's matter. Joins the caller's transaction.
    """
    rows = Member.objects.unmerged()
    if by.user_id is not None and by.is_of_office:
        editor = User.objects.filter(pk=by.user_id, role=Role.SUPERVISOR).first()
        rows = rows.none() if editor is None else rows.visible_to(editor)
    member = rows.select_for_update(no_key=True, of=("self",)).filter(pk=member_id).first()
    if member is None or not by.may_be_of(member.agent_id):
        raise NotInBook
    return member


def keep_change(member: Member, changed: Changed, *, by: Edit) -> None:
    """Keep the fact of an edit that made the member's present revision.

    Old values and reason are kept where a person of the office acts; an agent's are in the
    operation. A closing keeps the agent's note as its reason.
    """
    is_by_office = by.user_id is not None
    reason = by.reason or changed.reason
    change = MemberChange(
        member=member,
        rev=member.rev,
        group=changed.group,
        fields=sorted(changed.fields),
        soft_checks=list(changed.soft_checks),
        agent_id=by.agent_id,
        user_id=by.user_id,
        device_id=by.device_id,
        op_id=by.op_id,
        changed_at=by.at,
        reason=reason or None,
        old_values=dict(changed.old_values or {}) if is_by_office else None,
    )
    change.save(force_insert=True)


def must_know_revision(member: Member, base_rev: int | None, *, by: Edit) -> None:
    """An edit names a revision that the member has had. Raises Invalid.

    One on a record that was merged names the other record's, which is not asked.
    """
    if by.is_late:
        return
    if base_rev is None:
        raise Invalid(errors=(FieldError(pointer="/base_rev", code="required"),))
    if not 1 <= base_rev <= member.rev:
        raise Invalid(errors=(FieldError(pointer="/base_rev", code="out_of_range"),))


def changed_meanwhile(member: Member, base_rev: int | None, *, by: Edit) -> frozenset[str]:
    """The fields that others changed since the author looked.

    On a record that hers was merged into, since the merge. A person who decides has both sides
    before him: nothing is news to him.
    """
    if by.decision:
        return frozenset()
    changes = MemberChange.objects.filter(member=member)
    if by.is_late:
        merged_at = _merged_at(member)
        changes = changes.filter(created_at__gt=merged_at) if merged_at else changes.none()
    elif base_rev == member.rev:
        return frozenset()
    else:
        changes = changes.filter(rev__gt=base_rev)
    return frozenset(name for fields in changes.values_list("fields", flat=True) for name in fields)


def _merged_at(member: Member) -> datetime | None:
    """When a record was last merged into this one."""
    closings = MemberChange.objects.filter(
        member__merged_into=member, group=FieldGroup.CLOSING
    ).order_by("-created_at")
    return closings.values_list("created_at", flat=True).first()


def overlap_of(theirs: Iterable[str], ours: Iterable[str]) -> tuple[str, ...]:
    """The fields that both changed, in order."""
    return tuple(sorted(set(theirs) & set(ours)))
