"""Phones given up: told to send what they hold and to wipe, until they say that they did.

The token of a lost phone stays, or it could not be told. Nobody takes an order back.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from perisai.deadlines import Deadline, atomic_within
from perisai.errors import FieldError, Invalid
from perisai.models import (
    AgentEventKind,
    Device,
    DeviceState,
    DeviceToken,
    RevokedReason,
    WipeOrder,
)
from perisai.services.agents import Decision, must_be_own_office, note_event
from perisai.services.devices import own_device

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """Why a device is given up, since when, and what it is told."""

    reason: RevokedReason
    wipe: WipeOrder
    lost_at: datetime


@atomic_within(Deadline.PAGE)
def revoke_device(device_id: UUID, order: Revocation, *, agent_id: UUID, now: datetime) -> Device:
    """Take an agent's own device out of use; its token stays, so that it can be told.

    Repeatable: the earliest loss counts, and an order to wipe is never softened. A retired device
    stays as it is. Raises NotFound, and Invalid for a loss in the future.
    """
    device = own_device(device_id, agent_id=agent_id)
    _revoke(device, order, now=now)
    return device


@atomic_within(Deadline.PAGE)
def revoke_device_for(device: Device, order: Revocation, decision: Decision) -> Device:
    """The same by a supervisor of the agent's branch, kept as a fact with his reason.

    Raises NotFound for a device of another branch, and Invalid for a loss in the future.
    """
    locked = own_device(device.pk, agent_id=device.agent_id)
    must_be_own_office(locked.agent.office, decision.by)
    if _revoke(locked, order, now=decision.at):
        note_event(locked.agent, AgentEventKind.PHONE_LOST, decision, device=locked)
    return locked


@atomic_within(Deadline.PAGE)
def acknowledge_wipe(device_id: UUID, now: datetime) -> Device:
    """A lost device says that it holds nothing any more: it is retired, and its tokens end.

    Repeatable. Of a device that has no order it changes nothing: whoever says so by mistake goes
    on working.
    """
    device = Device.objects.select_for_update(no_key=True).get(pk=device_id)
    if device.state == DeviceState.LOST:
        device.state, device.wiped_at = DeviceState.RETIRED, now
        device.save(update_fields=["state", "wiped_at"])
        DeviceToken.objects.filter(device=device).delete()
        log.info("device_wiped", device=str(device.pk))
    return device


def _revoke(device: Device, order: Revocation, *, now: datetime) -> bool:
    """False if the device is retired, which nothing changes."""
    if order.lost_at > now:
        raise Invalid(errors=(FieldError(pointer="/lost_at", code="in_the_future"),))
    if device.state == DeviceState.RETIRED:
        return False
    device.lost_at = min(order.lost_at, device.lost_at or order.lost_at)
    device.wipe = WipeOrder.WIPE if device.wipe == WipeOrder.WIPE else order.wipe
    device.revoked_reason = order.reason
    device.state = DeviceState.LOST
    device.save(update_fields=["state", "wipe", "lost_at", "revoked_reason"])
    log.info("device_revoked", device=str(device.pk), reason=order.reason, wipe=device.wipe)
    return True
