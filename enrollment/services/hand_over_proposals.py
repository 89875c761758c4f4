"""A hand-over is proposed, tried, confirmed, carried out; for many members by two people (R32)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db.models import Q

from enrollment.errors import (
    AgentTakesNobody,
    BookFull,
    HandOverMovesNobody,
    HandOverNeedsSecondPerson,
    HandOverSettled,
)
from enrollment.models import ALONE, HandOverProposal, Member
from enrollment.models.member import MemberQuerySet
from enrollment.services.handover import HandOverPlan, hand_over, must_be_said, plan_hand_over
from perisai.deadlines import Deadline, within
from perisai.errors import DomainError, NotFound
from perisai.models import Agent, Role, User
from sync.models import CaseState, Conflict

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HandOverDraft:
    """Whose members go, to whom and why: of an agent, all or those of villages; one; or these."""

    to_agent: Agent
    reason: str
    from_agent: Agent | None = None
    villages: tuple[str, ...] = ()
    member: Member | None = None
    members: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverTrial:
    """What a hand-over would do now, and what speaks against it."""

    plan: HandOverPlan
    closed: int
    outside_villages: int
    open_cases: int
    is_agent_working: bool

    @property
    def is_possible(self) -> bool:
        """Whether it would be carried out."""
        return self.is_agent_working and bool(self.plan.moving) and not self.plan.is_too_much


def propose_hand_over(draft: HandOverDraft, *, by: User | None) -> HandOverProposal:
    """Note what is wanted; nobody moves yet. `by` nobody: the fair hand-out of the night.

    Raises Invalid without a reason, NotFound outside the user's branch, AgentTakesNobody, BookFull
    and HandOverMovesNobody.
    """
    must_be_said(draft.reason)
    proposal = HandOverProposal(
        from_agent=draft.from_agent,
        villages=sorted(set(draft.villages)),
        member=draft.member,
        members=sorted(set(draft.members)),
        to_agent=draft.to_agent,
        reason=draft.reason.strip(),
        proposed_by=by,
    )
    proposal.member_count = _count(proposal, by=by)
    with within(Deadline.PAGE):
        proposal.save(force_insert=True)
    log.info("hand_over_proposed", proposal=str(proposal.pk), by=by and by.pk)
    return proposal


def try_hand_over(proposal: HandOverProposal, *, by: User) -> HandOverTrial:
    """The dry run, as things are now. Raises NotFound outside the user's branch."""
    plan = _plan(proposal, by=by)
    moving = Member.objects.filter(pk__in=plan.moving)
    at_home = Q(village__in=proposal.to_agent.village_codes())
    cases = Conflict.objects.filter(entity="member", state=CaseState.OPEN)
    return HandOverTrial(
        plan=plan,
        closed=moving.filter(closed_on__isnull=False).count(),
        outside_villages=moving.exclude(at_home).count(),
        open_cases=cases.filter(entity_id__in=plan.moving).count(),
        is_agent_working=_takes_members(proposal),
    )


def confirm_hand_over(proposal_id: UUID, *, by: User, now: datetime) -> HandOverProposal:
    """Mean it; who moves is counted again. Few move at once, many by a worker.

    Raises NotFound, HandOverSettled, HandOverNeedsSecondPerson, AgentTakesNobody, BookFull and
    HandOverMovesNobody.
    """
    with within(Deadline.REPORT):
        proposal = _open_one(proposal_id, by=by)
        proposal.member_count = _count(proposal, by=by)
        if proposal.member_count > ALONE and proposal.proposed_by_id == by.pk:
            raise HandOverNeedsSecondPerson
        proposal.confirmed_by, proposal.confirmed_at = by, now
        proposal.save(update_fields=["member_count", "confirmed_by", "confirmed_at"])
    log.info("hand_over_confirmed", proposal=str(proposal.pk), by=by.pk)
    if proposal.member_count <= ALONE:
        carry_out_proposal(proposal.pk, now=now)
    return proposal


def confirm_dealt(*, by: User, now: datetime) -> tuple[int, int]:
    """Mean the waiting proposals that name their members, oldest first: how many, and whose moves.

    At most as many members as one person may give away; the rest waits for the next time. What
    cannot be carried out any more is dropped. Raises NotFound for who is no supervisor.
    """
    if by.role != Role.SUPERVISOR:
        raise NotFound
    waiting = HandOverProposal.objects.visible_to(by).dealt().order_by("created_at", "pk")
    meant = moved = 0
    for proposal_id, count in list(waiting.values_list("pk", "member_count")):
        if moved + count > ALONE:
            break
        try:
            moved += confirm_hand_over(proposal_id, by=by, now=now).member_count
            meant += 1
        except (HandOverMovesNobody, AgentTakesNobody, BookFull):
            drop_hand_over(proposal_id, by=by, now=now)
        except HandOverSettled:
            continue
    return meant, moved


def drop_hand_over(proposal_id: UUID, *, by: User, now: datetime) -> HandOverProposal:
    """Not meant after all. Raises NotFound and HandOverSettled."""
    with within(Deadline.PAGE):
        proposal = _open_one(proposal_id, by=by)
        proposal.dropped_at = now
        proposal.save(update_fields=["dropped_at"])
    log.info("hand_over_dropped", proposal=str(proposal.pk), by=by.pk)
    return proposal


def carry_out_waiting(now: datetime) -> int:
    """Carry out what was confirmed and waits, a run that was cut off too; how many were taken."""
    waiting = list(HandOverProposal.objects.waiting(now).values_list("pk", flat=True))
    return sum(carry_out_proposal(proposal_id, now=now) for proposal_id in waiting)


def carry_out_proposal(proposal_id: UUID, *, now: datetime) -> bool:
    """Move the members, counted from the day of the confirmation; False: it is in other hands.

    A rule that says no by now ends the proposal, with its code.
    """
    waiting = HandOverProposal.objects.waiting(now).filter(pk=proposal_id)
    if not waiting.update(claimed_at=now):
        return False
    proposal = HandOverProposal.objects.select_related("to_agent", "confirmed_by").get(
        pk=proposal_id
    )
    if proposal.confirmed_by is None or proposal.confirmed_at is None:
        raise AssertionError("hand_over_proposal_confirmed_by_a_person")
    ended = HandOverProposal.objects.filter(pk=proposal_id)
    try:
        hand_over(
            _members_of(proposal).values_list("pk", flat=True),
            to_agent=proposal.to_agent,
            by=proposal.confirmed_by,
            reason=proposal.reason,
            now=proposal.confirmed_at,
        )
    except DomainError as refusal:
        log.warning("hand_over_refused", proposal=str(proposal_id), code=refusal.code)
        ended.update(dropped_at=now, refusal=refusal.code)
        return True
    ended.update(done_at=now)
    return True


def _members_of(proposal: HandOverProposal) -> MemberQuerySet:
    """Whom it is about, as things are now."""
    members = Member.objects.unmerged()
    if proposal.member_id is not None:
        return members.filter(pk=proposal.member_id)
    if proposal.members:
        named = members.filter(pk__in=proposal.members)
        giver = proposal.from_agent_id
        return named.unattended() if giver is None else named.served_by(giver)
    members = members.filter(agent=proposal.from_agent)
    return members.filter(village__in=proposal.villages) if proposal.villages else members


def _plan(proposal: HandOverProposal, *, by: User | None) -> HandOverPlan:
    members = _members_of(proposal).values_list("pk", flat=True)
    return plan_hand_over(members, to_agent=proposal.to_agent, by=by)


def _takes_members(proposal: HandOverProposal) -> bool:
    return Agent.objects.working().filter(pk=proposal.to_agent_id).exists()


def _count(proposal: HandOverProposal, *, by: User | None) -> int:
    """Who would move. Raises what forbids it."""
    plan = _plan(proposal, by=by)
    if not _takes_members(proposal):
        raise AgentTakesNobody
    if not plan.moving:
        raise HandOverMovesNobody
    if plan.is_too_much:
        raise BookFull
    return len(plan.moving)


def _open_one(proposal_id: UUID, *, by: User) -> HandOverProposal:
    """Locked. Raises NotFound and HandOverSettled."""
    found = HandOverProposal.objects.visible_to(by).filter(pk=proposal_id)
    proposal = found.select_for_update(no_key=True, of=("self",)).first()
    if proposal is None:
        raise NotFound
    if not proposal.is_open:
        raise HandOverSettled
    return proposal
