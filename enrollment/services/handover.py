"""Hand-over (alih binaan): members go into another agent's care, history kept (R32)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

import structlog

from enrollment.errors import AgentTakesNobody, BookFull
from enrollment.models import Assignment, HandOver, Member
from enrollment.models.member import MemberQuerySet
from perisai.clock import official_date
from perisai.deadlines import Deadline
from perisai.errors import FieldError, Invalid, NotFound
from perisai.models import Agent, AgentState, Role, User
from sync.models import BookEntry
from sync.services import book
from sync.services.book_size import BOOK_ROWS

log = structlog.get_logger(__name__)

AT_ONCE: Final = 500  # members in one transaction
LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverPlan:
    """What a hand-over would do: the dry run.

    `moving` are the members that change hands, `already_there` those that the agent has;
    `rows_after` is the size of the book then.
    """

    moving: tuple[UUID, ...]
    already_there: int
    rows_after: int

    @property
    def is_too_much(self) -> bool:
        """Whether a phone could not hold the book."""
        return self.rows_after > BOOK_ROWS


def plan_hand_over(member_ids: Iterable[UUID], *, to_agent: Agent, by: User | None) -> HandOverPlan:
    """Look, change nothing. Raises NotFound for what is outside the branch: the user's, or where
    nobody asks, the agent's.
    """
    if by is not None:
        _must_be_of(by, to_agent)
    wanted = set(member_ids)
    movable = _of_branch(to_agent) if by is None else _movable(by)
    holders = dict(movable.filter(pk__in=wanted).values_list("pk", "agent"))
    if wanted - holders.keys():
        raise NotFound
    moving = tuple(sorted(pk for pk, agent in holders.items() if agent != to_agent.pk))
    held = BookEntry.objects.filter(book__agent=to_agent, is_present=True).count()
    return HandOverPlan(
        moving=moving,
        already_there=len(holders) - len(moving),
        rows_after=held + len(moving),
    )


def hand_over(
    member_ids: Iterable[UUID], *, to_agent: Agent, by: User, reason: str, now: datetime
) -> HandOver | None:
    """Give members to an agent of the branch, from the official day of `now`; None: nobody moves.

    At most five hundred in one transaction; a run that was cut off is simply run again. The work
    list follows by derivation, and so does the old agent's share: it ends with the month. Raises
    NotFound outside the user's branch, AgentTakesNobody, BookFull, and Invalid without a reason.
    """
    must_be_said(reason)
    if to_agent.state != AgentState.ACTIVE:
        raise AgentTakesNobody
    plan = plan_hand_over(member_ids, to_agent=to_agent, by=by)
    if plan.is_too_much:
        raise BookFull
    decision = HandOver(
        to_agent=to_agent,
        by=by,
        reason=reason.strip(),
        member_count=len(plan.moving),
        decided_at=now,
    )
    for start in range(0, len(plan.moving), AT_ONCE):
        _move(plan.moving[start : start + AT_ONCE], decision)
    log.info("members_handed_over", to=str(to_agent.pk), by=by.pk, members=len(plan.moving))
    return decision if plan.moving else None


def _must_be_of(by: User, agent: Agent) -> None:
    if by.role != Role.SUPERVISOR or not Agent.objects.visible_to(by).filter(pk=agent.pk).exists():
        raise NotFound


def must_be_said(reason: str) -> None:
    """Raises Invalid for no reason, and for a long one."""
    code = "required" if not reason.strip() else "too_long"
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise Invalid(errors=(FieldError(pointer="/reason", code=code),))


def _movable(by: User) -> MemberQuerySet:
    """Rows that count, closed ones too: who comes back is looked after by somebody."""
    return Member.objects.visible_to(by).unmerged()


def _of_branch(agent: Agent) -> MemberQuerySet:
    return Member.objects.filter(branch=agent.office.branch_id).unmerged()


def _move(member_ids: Sequence[UUID], decision: HandOver) -> None:
    """One transaction. Who moved meanwhile by another hand moves again: the last word counts."""
    with book.recording(Deadline.BULK) as changes:
        locked = _movable(decision.by).filter(pk__in=member_ids).select_for_update(no_key=True)
        holders = list(locked.order_by("pk").values_list("pk", "agent"))
        moved = [pk for pk, _ in holders]
        if decision._state.adding:
            decision.save(force_insert=True)
        agent = decision.to_agent
        Member.objects.filter(pk__in=moved).update(agent=agent, branch=agent.office.branch_id)
        _assign(moved, decision)
        for holder, rows in groupby(sorted(holders, key=_holder), key=_holder):
            if holder not in {"", str(agent.pk)}:
                given = [pk for pk, _ in rows]
                changes.drop(UUID(holder), "member", given, reason="reassigned")
        changes.put(agent.pk, "member", moved)


def _holder(row: tuple[UUID, UUID | None]) -> str:
    return str(row[1] or "")


def _assign(member_ids: Sequence[UUID], decision: HandOver) -> None:
    """Since when the agent looks after them; a second hand-over of one day is the day's word."""
    Assignment.objects.bulk_create(
        (
            Assignment(
                member_id=member_id,
                agent=decision.to_agent,
                from_on=official_date(decision.decided_at),
                hand_over=decision,
            )
            for member_id in member_ids
        ),
        update_conflicts=True,
        unique_fields=["member", "from_on"],
        update_fields=["agent", "hand_over"],
    )
