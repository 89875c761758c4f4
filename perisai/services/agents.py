"""Agents: appointed, suspended, taken back."""

from dataclasses import dataclass
from datetime import date

import structlog
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from perisai.deadlines import Deadline, atomic_within
from perisai.errors import (
    AgentHasEnded,
    AgentNumberTaken,
    AgentPhoneTaken,
    FieldError,
    Invalid,
    refusing,
)
from perisai.models import (
    Agent,
    AgentState,
    AgentVillage,
    Device,
    DeviceState,
    DeviceToken,
    Office,
    Role,
    User,
)
from perisai.phones import normalise_phone
from perisai.privacy import blind_index
from perisai.services.devices import state_for

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDraft:
    """Who is to be appointed; `number` is the login, `phone` as it was written, if any."""

    number: str
    name: str
    office: Office
    appointed_on: date
    phone: str | None = None
    village_codes: tuple[str, ...] = ()


@atomic_within(Deadline.PAGE)
def appoint_agent(draft: AgentDraft, *, password: str) -> Agent:
    """An active agent with login and villages; the book is opened by sync.

    Raises AgentNumberTaken, AgentPhoneTaken, PhoneInvalid, and Invalid for a weak password.
    """
    number = draft.number.strip().upper()
    phone = normalise_phone(draft.phone) if draft.phone else None
    _must_be_strong(password, number)
    with refusing(
        perisai_user_username_key=AgentNumberTaken,
        perisai_agent_number_key=AgentNumberTaken,
        agent_phone_once_among_active=AgentPhoneTaken,
    ):
        agent = Agent.objects.create(
            number=number,
            user=User.objects.create_user(number, role=Role.AGENT, password=password),
            office=draft.office,
            name=draft.name,
            phone=phone,
            phone_index=blind_index("phone", phone) if phone else None,
            appointed_on=draft.appointed_on,
        )
    AgentVillage.objects.bulk_create(
        AgentVillage(agent=agent, village_id=code) for code in sorted(set(draft.village_codes))
    )
    log.info("agent_appointed", agent=str(agent.pk))
    return agent


@atomic_within(Deadline.PAGE)
def suspend_agent(agent: Agent, *, by: User) -> Agent:
    """End the agent's sessions; his devices may only send from now on, after a new login.

    Tokens of lost devices stay, so that those can still be told to wipe. Repeatable. Raises
    AgentHasEnded.
    """
    locked = _set_state(agent, AgentState.SUSPENDED)
    told_to_wipe = Device.objects.of_agent(agent.pk).filter(state=DeviceState.LOST)
    DeviceToken.objects.filter(user=locked.user_id).exclude(device__in=told_to_wipe).delete()
    log.info("agent_suspended", agent=str(agent.pk), by=by.pk)
    return locked


@atomic_within(Deadline.PAGE)
def reinstate_agent(agent: Agent, *, by: User) -> Agent:
    """Let a suspended agent work again, on the devices he has. Repeatable. Raises AgentHasEnded."""
    with refusing(agent_phone_once_among_active=AgentPhoneTaken):
        locked = _set_state(agent, AgentState.ACTIVE)
    log.info("agent_reinstated", agent=str(agent.pk), by=by.pk)
    return locked


def _set_state(agent: Agent, state: AgentState) -> Agent:
    """Agent and devices in one step; the devices of lost phones keep their order."""
    locked = Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    if locked.state == AgentState.ENDED:
        raise AgentHasEnded
    locked.state = state
    locked.save(update_fields=["state"])
    working = [DeviceState.ACTIVE, DeviceState.LIMITED]
    Device.objects.of_agent(agent.pk).filter(state__in=working).update(state=state_for(locked))
    return locked


def _must_be_strong(password: str, number: str) -> None:
    try:
        validate_password(password, User(username=number))
    except ValidationError as weak:
        raise Invalid(
            errors=tuple(
                FieldError(pointer="/password", code=fault.code or "invalid", detail=text)
                for fault, text in zip(weak.error_list, weak.messages, strict=True)
            )
        ) from weak
