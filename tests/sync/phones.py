"""Agents with a phone, as plainly as the models allow."""

from datetime import date, timedelta
from uuid import UUID, uuid4

from django.utils import timezone

from perisai.models import Agent, Branch, Device, DeviceToken, Office, Role, User
from perisai.models.branch import OfficeKind
from perisai.models.device import Platform


def make_agent() -> Agent:
    """An active agent of an office of her own."""
    tag = uuid4().hex[:8]
    branch = Branch.objects.create(code=tag, name=f"Cabang {tag}")
    office = Office.objects.create(
        code=tag, name=f"Kantor {tag}", kind=OfficeKind.COOPERATIVE, branch=branch
    )
    user = User.objects.create_user(f"PRS-{tag}", role=Role.AGENT)
    return Agent.objects.create(
        number=f"PRS-{tag}",
        user=user,
        office=office,
        name="AGEN CONTOH",
        appointed_on=date(2024, 1, 1),
    )


def make_device(agent: Agent) -> Device:
    """One more installation of the app by this agent."""
    return Device.objects.create(
        agent=agent,
        installation_id=uuid4(),
        platform=Platform.ANDROID,
        app_version="1.4.0",
        schema=1,
        lease_until=timezone.now() + timedelta(days=14),
    )


def token_of(device: Device) -> str:
    """A fresh token of this device."""
    _row, token = DeviceToken.objects.create(user=device.agent.user, device=device)
    return str(token)


def new_ids(count: int) -> list[UUID]:
    """Ids of rows, in the order of their making."""
    return [uuid4() for _ in range(count)]
