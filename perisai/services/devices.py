"""Installations of the app: logged in and named."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings

from perisai.deadlines import Deadline, atomic_within
from perisai.errors import InvalidCredentials, NotFound
from perisai.models import (
    Agent,
    AgentState,
    Device,
    DeviceState,
    Platform,
    User,
)
from perisai.services.tokens import issue_device_token

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What an app says of itself when somebody logs in on it."""

    installation_id: UUID
    platform: Platform
    app_version: str
    schema: int
    label: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn:
    """The answer to a login; the token is shown here and never again."""

    token: str
    expires_at: datetime
    agent: Agent
    device: Device


@atomic_within(Deadline.PAGE)
def log_in_device(user: User, app: Installation, *, now: datetime) -> LoggedIn:
    """Bind a token to this agent's installation: the same one is the same device and outbox.

    A lost device gets a token too, by which it is told to drain or wipe. Raises
    InvalidCredentials for a retired one, which ended for ever, and for an agent who has ended
    since the password was looked at.
    """
    agent = _working_agent(user)
    device = _device_of(agent, app, now=now)
    if device.state == DeviceState.RETIRED:
        raise InvalidCredentials
    if device.state != DeviceState.LOST:
        device.state = state_for(agent)
        device.lease_until = now + settings.DEVICE_LEASE
    device.platform, device.model = app.platform, app.model
    device.app_version, device.schema = app.app_version, app.schema
    device.label = device.label or app.label  # the name that the agent gave it stays
    device.save(
        update_fields=[
            *("state", "lease_until", "platform", "model", "app_version", "schema", "label")
        ]
    )
    token, expires_at = issue_device_token(device)
    log.info("login_succeeded", agent=str(agent.pk), device=str(device.pk), state=device.state)
    return LoggedIn(token=token, expires_at=expires_at, agent=agent, device=device)


def state_for(agent: Agent) -> DeviceState:
    """What a device of this agent may do: a suspended agent's only sends."""
    return DeviceState.ACTIVE if agent.state == AgentState.ACTIVE else DeviceState.LIMITED


@atomic_within(Deadline.PAGE)
def rename_device(device_id: UUID, label: str, *, agent_id: UUID) -> Device:
    """Give one of the agent's own devices a name. Raises NotFound."""
    device = own_device(device_id, agent_id=agent_id)
    device.label = label
    device.save(update_fields=["label"])
    return device


def _working_agent(user: User) -> Agent:
    """The agent, locked before the device as by who ends or suspends her."""
    rows = Agent.objects.select_related("user", "office__branch")
    agent = rows.select_for_update(of=("self",), no_key=True).get(user=user)
    if agent.state == AgentState.ENDED:
        raise InvalidCredentials
    return agent


def _device_of(agent: Agent, app: Installation, *, now: datetime) -> Device:
    """Insert, then look: the unique constraint decides between two logins at once."""
    new = Device(
        agent=agent,
        installation_id=app.installation_id,
        platform=app.platform,
        app_version=app.app_version,
        schema=app.schema,
        lease_until=now + settings.DEVICE_LEASE,
    )
    Device.objects.bulk_create([new], ignore_conflicts=True)
    locked = Device.objects.select_for_update(no_key=True)
    device = locked.get(agent=agent, installation_id=app.installation_id)
    device.agent = agent
    return device


def own_device(device_id: UUID, *, agent_id: UUID) -> Device:
    """One of an agent's devices, locked until commit. Raises NotFound."""
    locked = Device.objects.select_for_update(no_key=True)
    device = locked.filter(pk=device_id, agent=agent_id).first()
    if device is None:
        raise NotFound
    return device
