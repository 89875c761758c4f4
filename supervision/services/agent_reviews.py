"""Reviews of agents who brought nothing: who waits for one, and what a person decides (R31)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeVar

import structlog
from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from perisai.clock import official_date
from perisai.deadlines import Deadline, atomic_within
from perisai.errors import NotFound, refusing
from perisai.models import Agent, Role, User
from perisai.months import month_of
from perisai.services.agent_states import end_agent, suspend_agent
from perisai.services.agents import Decision, locked_agent
from retention.services.idle_agents import (
    agents_to_warn,
    begins_idleness,
    idle_agents,
    with_return,
    without_result,
)
from supervision.errors import AgentNotToReview
from supervision.models import AgentReview, KeptBecause, ReviewDecision

log = structlog.get_logger(__name__)
Agents = TypeVar("Agents", bound="QuerySet[Any]")

REVIEWERS: Final = frozenset({Role.SUPERVISOR})
ENDERS: Final = frozenset({Role.SUPERVISOR, Role.NATIONAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewsWaiting:
    """How many agents of a branch are to be reviewed this month, and how many are warned."""

    to_review: int
    warned: int


def with_reviews(agents: Agents, *, as_of: date) -> Agents:
    """Each with `is_reviewed`: whether somebody decided about her this month."""
    decided = AgentReview.objects.filter(agent=OuterRef("pk"), month=month_of(as_of))
    return agents.annotate(is_reviewed=Exists(decided))


def agents_to_review(user: User, *, as_of: date) -> QuerySet[Any]:  # of Agent
    """Whom the user may see, who brought nothing for long, and nobody decided about this month."""
    waiting = with_reviews(idle_agents(as_of=as_of), as_of=as_of).filter(is_reviewed=False)
    return waiting.filter(pk__in=Agent.objects.visible_to(user))


def warned_agents(user: User, *, as_of: date) -> QuerySet[Any]:  # of Agent
    """Whom the user may see, who will be reviewed next if they go on like this."""
    return agents_to_warn(as_of=as_of).filter(pk__in=Agent.objects.visible_to(user))


def reviews_waiting(branch_id: int, *, as_of: date) -> ReviewsWaiting:
    """Both numbers of a branch, by one statement."""
    known = without_result(as_of=as_of, months=settings.AGENT_IDLE_WARN)
    limit = begins_idleness(as_of, settings.AGENT_IDLE_MONTHS)
    here = with_return(known.filter(office__branch=branch_id), as_of=as_of)
    found = with_reviews(here, as_of=as_of).aggregate(
        to_review=Count("pk", filter=Q(active_on__lt=limit, is_reviewed=False)),
        warned=Count("pk", filter=Q(active_on__gte=limit, is_back=False)),
    )
    return ReviewsWaiting(to_review=found["to_review"], warned=found["warned"])


@atomic_within(Deadline.PAGE)
def keep_agent(agent: Agent, because: KeptBecause, *, by: User, now: datetime) -> AgentReview:
    """Let her go on this month; if she brings nothing until the next first, she is reviewed again.

    Raises NotFound, AgentHasEnded and AgentNotToReview.
    """
    return _note(agent, ReviewDecision.KEPT, Decision(by=by, at=now), because=because)


@atomic_within(Deadline.PAGE)
def deactivate_idle_agent(agent: Agent, decision: Decision) -> AgentReview:
    """Suspend her for idleness: she returns at the earliest six months later.

    Raises NotFound, AgentHasEnded and AgentNotToReview.
    """
    review = _note(agent, ReviewDecision.DEACTIVATED, decision)
    suspend_agent(agent, decision, is_idle=True)
    return review


@atomic_within(Deadline.PAGE)
def end_agent_for_fraud(agent: Agent, decision: Decision) -> AgentReview:
    """End her at once, whatever she brought, without a return.

    Raises NotFound, and AgentHasEnded for who has ended before.
    """
    by = _decider(agent, decision, ENDERS)
    locked = locked_agent(agent)
    review: AgentReview = AgentReview.objects.create(
        agent=locked,
        month=month_of(official_date(decision.at)),
        decision=ReviewDecision.FRAUD,
        decided_by=by,
        decided_at=decision.at,
    )
    end_agent(locked, decision)
    log.info("agent_ended_for_fraud", agent=str(agent.pk), by=by.pk)
    return review


def _note(
    agent: Agent, said: ReviewDecision, decision: Decision, *, because: KeptBecause | str = ""
) -> AgentReview:
    """The decision as a row, while she is locked and still without results."""
    by = _decider(agent, decision, REVIEWERS)
    locked = locked_agent(agent)
    as_of = official_date(decision.at)
    known = idle_agents(as_of=as_of).filter(pk=locked.pk).values_list("active_on", flat=True)
    active_on = known.first()
    if active_on is None:
        raise AgentNotToReview
    with refusing(agent_review_once_per_month=AgentNotToReview):
        review: AgentReview = AgentReview.objects.create(
            agent=locked,
            month=month_of(as_of),
            decision=said,
            kept_because=because,
            active_on=active_on,
            decided_by=by,
            decided_at=decision.at,
        )
    log.info("agent_reviewed", agent=str(agent.pk), by=by.pk, decision=str(said))
    return review


def _decider(agent: Agent, decision: Decision, roles: frozenset[Role]) -> User:
    """The person, who has one of these roles and may see the agent. Raises NotFound."""
    by = decision.by
    if by is None or by.role not in roles:
        raise NotFound
    if not Agent.objects.visible_to(by).filter(pk=agent.pk).exists():
        raise NotFound
    return by
