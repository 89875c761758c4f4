"""Agents who brought nothing for months: no new member and no contribution (R31).

Derived from registrations and cover months whenever it is read, and never stored. What counts is
the last day before the running month on which something came in, or on which the agent began: that
month and the months before it do not count, so a payment that is taken back makes an earlier day
count again. Nobody can have been idle before we knew of her, nor while she was suspended.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final, TypeVar
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Greatest

from enrollment.models import Registration, Verdict
from payments.models import CoverMonth
from perisai.clock import official_zone
from perisai.models import Agent, AgentEvent, AgentEventKind, AgentState
from perisai.months import add_months, month_of, months_between
from retention.models import official_day


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleStanding:
    """How many full months an agent is without result; if warned, when her review would begin."""

    months: int
    review_on: date | None

    @property
    def is_warned(self) -> bool:
        """Whether she will be reviewed if she goes on like this."""
        return self.review_on is not None


Agents = TypeVar("Agents", bound="QuerySet[Any]")

ACQUISITION: Final = "acquisition"
"""The word of AGENT_IDLE_TEST by which contributions do not count."""


def idle_agents(*, as_of: date) -> QuerySet[Any]:  # of Agent
    """Working agents to be reviewed in the month of a day, each with `active_on`.

    One statement for the country; narrow it down for a branch.
    """
    return without_result(as_of=as_of, months=settings.AGENT_IDLE_MONTHS)


def agents_to_warn(*, as_of: date) -> QuerySet[Any]:  # of Agent
    """Working agents who will be reviewed if they go on like this, and are not yet.

    Who brought something in the running month does not go on like this.
    """
    found = without_result(as_of=as_of, months=settings.AGENT_IDLE_WARN)
    limit = begins_idleness(as_of, settings.AGENT_IDLE_MONTHS)
    return with_return(found, as_of=as_of).filter(active_on__gte=limit, is_back=False)


def idle_standing(agent_id: UUID, *, as_of: date) -> IdleStanding:
    """Where one agent stands. Raises Agent.DoesNotExist."""
    mine: QuerySet[Any] = with_activity(Agent.objects.filter(pk=agent_id), as_of=as_of)
    known = with_return(mine, as_of=as_of).values_list("state", "active_on", "is_back")
    state, active_on, is_back = known.get()
    months = idle_months(active_on, as_of=as_of)
    is_between = settings.AGENT_IDLE_WARN <= months < settings.AGENT_IDLE_MONTHS
    is_warned = is_between and state == AgentState.ACTIVE and not is_back
    first = add_months(month_of(active_on), settings.AGENT_IDLE_MONTHS + 1)
    return IdleStanding(months=months, review_on=first if is_warned else None)


def without_result(*, as_of: date, months: int) -> QuerySet[Any]:  # of Agent
    """Working agents without any result in that many full months in a row before this one."""
    known: QuerySet[Any] = with_activity(Agent.objects.working(), as_of=as_of)
    return known.filter(active_on__lt=begins_idleness(as_of, months))


def with_activity(agents: Agents, *, as_of: date) -> Agents:
    """Each with `active_on`: the last day before this month with a result, or of a beginning."""
    return agents.annotate(
        active_on=Greatest(
            "appointed_on", official_day("created_at"), _returned(), *_results(month_of(as_of))
        )
    )


def with_return(agents: Agents, *, as_of: date) -> Agents:
    """Each with `is_back`: whether she brought something in the running month."""
    begin = month_of(as_of)
    found = Q(Exists(_forms().filter(captured_at__gte=_midnight(begin))))
    if contributions_count():
        found |= Q(Exists(_months().filter(counted_on__gte=begin)))
    return agents.annotate(is_back=found)


def begins_idleness(as_of: date, months: int) -> date:
    """The first day of so many full months before this one: who was active before it is idle."""
    return add_months(month_of(as_of), -months)


def idle_months(active_on: date, *, as_of: date) -> int:
    """How many full months in a row were without result; the running one does not count yet."""
    return max(0, months_between(month_of(active_on), month_of(as_of)) - 1)


def _returned() -> Subquery:
    """A return is a beginning: the months of a suspension are nobody's fault."""
    returns = AgentEvent.objects.filter(agent=OuterRef("pk"), kind=AgentEventKind.REINSTATED)
    last = returns.order_by().values("agent").annotate(on=Max(official_day("at")))
    return Subquery(last.values("on"))


def _results(before: date) -> list[Subquery]:
    """The newest days of each kind of result, by an index of the agent and the day."""
    forms = _forms().filter(captured_at__lt=_midnight(before)).order_by("-captured_at")
    found = [Subquery(forms.annotate(on=official_day("captured_at")).values("on")[:1])]
    if contributions_count():
        months = _months().filter(counted_on__lt=before).order_by("-counted_on")
        found.append(Subquery(months.values("counted_on")[:1]))
    return found


def _forms() -> QuerySet[Registration]:
    return Registration.objects.filter(agent=OuterRef("pk"), verdict=Verdict.ACCEPTED)


def _months() -> QuerySet[CoverMonth]:
    return CoverMonth.objects.filter(agent=OuterRef("pk"), reversed_at__isnull=True)


def contributions_count() -> bool:
    """Whether contributions are a result, or new members alone."""
    return bool(settings.AGENT_IDLE_TEST != ACQUISITION)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, official_zone())
