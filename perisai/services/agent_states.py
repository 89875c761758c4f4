"""Agents suspended, taken back, ended: state, devices and sessions in one step."""

import structlog
from django.conf import settings

from perisai.clock import official_date
from perisai.deadlines import Deadline, atomic_within
from perisai.errors import AgentPhoneTaken, AgentReturnsLater, refusing
from perisai.models import (
    Agent,
    AgentEvent,
    AgentEventKind,
    AgentState,
    Device,
    DeviceState,
    RevokedReason,
    WipeOrder,
)
from perisai.months import add_calendar_months
from perisai.services.agents import Decision, locked_agent, note_event
from perisai.services.devices import state_for
from perisai.services.tokens import end_sessions

log = structlog.get_logger(__name__)
WORKING = (DeviceState.ACTIVE, DeviceState.LIMITED)


@atomic_within(Deadline.PAGE)
def suspend_agent(agent: Agent, decision: Decision, *, is_idle: bool = False) -> Agent:
    """End the agent's sessions; her devices may only send from now on, after a new login.

    Tokens of lost devices stay, so that those can still be told to wipe. Who is suspended for
    idleness returns six months later at the earliest (R31). Repeatable. Raises AgentHasEnded.
    """
    locked = locked_agent(agent)
    if locked.state == AgentState.ACTIVE:
        on = official_date(decision.at)
        return_from = add_calendar_months(on, settings.AGENT_RETURN_AFTER) if is_idle else None
        note_event(locked, AgentEventKind.SUSPENDED, decision, return_from=return_from)
        _set_state(locked, AgentState.SUSPENDED)
        log.info("agent_suspended", agent=str(agent.pk))
    end_sessions(locked.user)
    return locked


@atomic_within(Deadline.PAGE)
def reinstate_agent(agent: Agent, decision: Decision) -> Agent:
    """Let a suspended agent work again, on the devices she has. Repeatable.

    Raises AgentHasEnded, AgentReturnsLater, and AgentPhoneTaken where another active agent has
    her login phone by now.
    """
    locked = locked_agent(agent)
    if locked.state == AgentState.ACTIVE:
        return locked
    _must_be_allowed_back(locked, decision)
    note_event(locked, AgentEventKind.REINSTATED, decision)
    with refusing(agent_phone_once_among_active=AgentPhoneTaken):
        _set_state(locked, AgentState.ACTIVE)
    log.info("agent_reinstated", agent=str(agent.pk))
    return locked


@atomic_within(Deadline.PAGE)
def end_agent(
    agent: Agent, decision: Decision, *, wipe: WipeOrder = WipeOrder.DRAIN_THEN_WIPE
) -> Agent:
    """End an agent for ever: no login, no session, each phone told to send its rest and wipe.

    Her members stay hers until they are handed over. Repeatable: ended stays ended, on its day.
    """
    rows = Agent.objects.select_related("office", "user")
    locked = rows.select_for_update(of=("self",), no_key=True).get(pk=agent.pk)
    if locked.state != AgentState.ENDED:
        note_event(locked, AgentEventKind.ENDED, decision)
        locked.state, locked.ended_on = AgentState.ENDED, official_date(decision.at)
        locked.save(update_fields=["state", "ended_on"])
        _take_back_devices(locked, decision, wipe)
        log.info("agent_ended", agent=str(agent.pk))
    end_sessions(locked.user)
    return locked


def _take_back_devices(agent: Agent, decision: Decision, wipe: WipeOrder) -> None:
    """Phones that may hold a book get an order, which an older one is never softened by."""
    Device.objects.of_agent(agent.pk).filter(state__in=WORKING).update(
        state=DeviceState.LOST,
        lost_at=decision.at,
        revoked_reason=RevokedReason.LEFT,
        wipe=wipe,
    )


def _set_state(agent: Agent, state: AgentState) -> None:
    """Agent and devices in one step; the devices of lost phones keep their order."""
    agent.state = state
    agent.save(update_fields=["state"])
    working = Device.objects.of_agent(agent.pk).filter(state__in=WORKING)
    working.update(state=state_for(agent))


def _must_be_allowed_back(agent: Agent, decision: Decision) -> None:
    suspensions = AgentEvent.objects.filter(agent=agent, kind=AgentEventKind.SUSPENDED)
    last = suspensions.order_by("at", "id").last()
    first = last.return_from if last is not None else None
    if first is not None and official_date(decision.at) < first:
        raise AgentReturnsLater(f"{first:%Y-%m-%d}")
