"""Where an agent stood at an instant: the present row, or what was true until the next event."""

from dataclasses import dataclass
from datetime import datetime

from perisai.clock import official_date
from perisai.models import Agent, AgentEvent, AgentState


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """State and office at an instant; before the appointment neither."""

    state: AgentState | None
    office_id: int | None

    @property
    def is_active(self) -> bool:
        """Whether the agent worked."""
        return self.state is AgentState.ACTIVE


NOBODY = Standing(state=None, office_id=None)


def standing_at(agent: Agent, instant: datetime) -> Standing:
    """What was true then, by one statement: work of that time is judged by it (R29).

    Of an agent who ended before events were kept, the last day still counts.
    """
    day = official_date(instant)
    if day < agent.appointed_on:
        return NOBODY
    events = list(AgentEvent.objects.filter(agent=agent).order_by("at", "id"))
    later = next((event for event in events if event.at > instant), None)
    if later is not None:
        return _before(later)
    state = AgentState(agent.state)
    if not events and agent.ended_on is not None and day <= agent.ended_on:
        state = AgentState.ACTIVE
    return Standing(state=state, office_id=agent.office_id)


def _before(event: AgentEvent) -> Standing:
    if not event.old_state:
        return NOBODY
    return Standing(state=AgentState(event.old_state), office_id=event.old_office_id)
