"""What goes wrong with agents: a contract that ended, a suspension, a phone that was lost."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings

from perisai.clock import official_zone
from perisai.models import (
    Agent,
    Branch,
    Device,
    Office,
    OfficeContract,
    OfficeKind,
    Platform,
    RevokedReason,
    User,
    WipeOrder,
)
from perisai.services.agent_states import suspend_agent
from perisai.services.agents import Decision, move_agent
from perisai.services.lost_devices import Revocation, revoke_device_for
from seeds.demo.agents import DemoAgent
from seeds.demo.draws import id_at, stream
from seeds.demo.plan import BranchPlan

FEWEST_AGENTS: Final = 6  # the first and the last of a branch have other parts to play
OFFICE_SUFFIX: Final = "99"
CONTRACT_ENDED_DAYS_AGO: Final = 20
SUSPENDED_DAYS_AGO: Final = 10
LOST_DAYS_AGO: Final = 2


def trouble(
    plan: BranchPlan, agents: Sequence[DemoAgent], *, as_of: date, zone: ZoneInfo
) -> Mapping[str, str]:
    """One agent of each kind in a branch that has enough; their numbers, by what happened."""
    if len(agents) < FEWEST_AGENTS:
        return {}
    supervisor = User.objects.get(username=plan.supervisor)
    struck, suspended, careless = (Agent.objects.get(pk=agents[place].id) for place in (-4, -3, -2))
    _end_contract(plan, struck, supervisor, as_of=as_of)
    at = _noon(as_of, SUSPENDED_DAYS_AGO, zone)
    reason = "Iuran diterima tetapi tidak disetorkan pada hari yang sama"
    suspend_agent(suspended, Decision(by=supervisor, at=at, reason=reason))
    _lose_phone(plan, careless, supervisor, at=_noon(as_of, LOST_DAYS_AGO, zone))
    return {
        "contract_ended": struck.number,
        "suspended": suspended.number,
        "phone_lost": careless.number,
    }


def _end_contract(plan: BranchPlan, agent: Agent, supervisor: User, *, as_of: date) -> None:
    """An office whose contract ran out, with one agent in it since she was appointed."""
    code = f"WDH-{plan.regency}-{OFFICE_SUFFIX}"
    office = Office.objects.create(
        code=code,
        name="Paguyuban Kampung Lama",
        kind=OfficeKind.ASSOCIATION,
        branch=Branch.objects.get(code=plan.code),
    )
    OfficeContract.objects.create(
        office=office,
        number=f"PKS/{code}",
        valid_from=agent.appointed_on,
        valid_to=as_of - timedelta(days=CONTRACT_ENDED_DAYS_AGO),
    )
    moved_at = datetime.combine(agent.appointed_on, time(12), tzinfo=official_zone())
    move_agent(agent, office, Decision(by=supervisor, at=moved_at, reason="Permintaan wadah"))


def _lose_phone(plan: BranchPlan, agent: Agent, supervisor: User, *, at: datetime) -> None:
    numbers = stream(f"lost phones of {plan.code}")
    device = Device.objects.create(
        id=id_at(at, numbers),
        agent=agent,
        installation_id=id_at(at, numbers),
        platform=Platform.ANDROID,
        app_version="1.0.0",
        schema=1,
        label="HP lama",
        lease_until=at + settings.DEVICE_LEASE,
        last_seen_at=at - timedelta(hours=6),
    )
    order = Revocation(
        reason=RevokedReason.LOST,
        wipe=WipeOrder.DRAIN_THEN_WIPE,
        lost_at=at - timedelta(hours=3),
    )
    revoke_device_for(device, order, Decision(by=supervisor, at=at, reason="Tertinggal di angkot"))


def _noon(as_of: date, days_ago: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(as_of - timedelta(days=days_ago), time(12), tzinfo=zone)
