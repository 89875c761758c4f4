"""Lost phones: by a supervisor, acknowledged, and which phones may still hold a book."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from perisai.errors import DomainError, Invalid, NotFound
from perisai.models import (
    AgentEvent,
    Device,
    DeviceState,
    DeviceToken,
    RevokedReason,
    Role,
    User,
    WipeOrder,
)
from perisai.services.agents import Decision
from perisai.services.devices import rename_device
from perisai.services.lost_devices import (
    Revocation,
    acknowledge_wipe,
    revoke_device,
    revoke_device_for,
)
from tests.factories.perisai import AgentFactory, DeviceFactory, UserFactory
from tests.fixtures import LogIn

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
STOLEN = Revocation(
    reason=RevokedReason.STOLEN,
    wipe=WipeOrder.DRAIN_THEN_WIPE,
    lost_at=NOW - timedelta(hours=3),
)


def supervisor_of(device: Device) -> User:
    return UserFactory.create(role=Role.SUPERVISOR, branch=device.agent.office.branch)


def test_supervisor_takes_a_phone_out_and_the_agent_cannot_undo_it(log_in: LogIn) -> None:
    agent = AgentFactory.create()
    lost, kept = log_in(agent), log_in(agent)
    device = Device.objects.get(pk=lost.device_id)
    decision = Decision(by=supervisor_of(device), at=NOW, reason="dicuri di pasar")
    revoke_device_for(device, STOLEN, decision)
    softer = {"reason": "replaced", "wipe": "drain_then_wipe"}
    again = kept.post(f"/api/v1/devices/{lost.device_id}/revoke", softer)
    assert again.json()["state"] == "lost"
    assert lost.get("/api/v1/devices").json()["code"] == "device_revoked"
    event = AgentEvent.objects.get()
    assert (event.kind, event.device, event.by) == ("phone_lost", device, decision.by)
    assert event.reason == "dicuri di pasar"


def test_lost_device_token_gets_403_and_wipe(log_in: LogIn) -> None:
    client = log_in(AgentFactory.create())
    device = Device.objects.get(pk=client.device_id)
    order = Revocation(reason=RevokedReason.LOST, wipe=WipeOrder.WIPE, lost_at=NOW)
    revoke_device_for(device, order, Decision(by=supervisor_of(device), at=NOW))
    for path in ("/devices", "/sync", "/sync/changes", "/sync/config", "/members"):
        answer = client.get(f"/api/v1{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "device_revoked"), path
        assert answer.json()["wipe"] == "wipe"


@pytest.mark.parametrize(
    ("is_foreign", "lost_at", "refusal"),
    [(True, NOW, NotFound), (False, NOW + timedelta(seconds=1), Invalid)],
    ids=["another branch", "in the future"],
)
def test_refused_report_changes_nothing(
    lost_at: datetime, refusal: type[DomainError], *, is_foreign: bool
) -> None:
    device = DeviceFactory.create()
    by = UserFactory.create(role=Role.SUPERVISOR) if is_foreign else supervisor_of(device)
    order = Revocation(reason=RevokedReason.LOST, wipe=WipeOrder.WIPE, lost_at=lost_at)
    with pytest.raises(refusal):
        revoke_device_for(device, order, Decision(by=by, at=NOW))
    device.refresh_from_db()
    assert (device.state, AgentEvent.objects.count()) == (DeviceState.ACTIVE, 0)


def test_acknowledged_wipe_retires_the_phone_for_ever(log_in: LogIn) -> None:
    agent = AgentFactory.create()
    client = log_in(agent)
    device = Device.objects.get(pk=client.device_id)
    revoke_device(device.pk, STOLEN, agent_id=agent.pk, now=NOW)
    for later in (0, 1):
        acknowledge_wipe(device.pk, NOW + timedelta(minutes=later))
    device.refresh_from_db()
    assert (device.state, device.wiped_at) == (DeviceState.RETIRED, NOW)
    assert device.lost_at == STOLEN.lost_at
    assert DeviceToken.objects.count() == 0
    assert client.get("/api/v1/devices").status_code == 401


@pytest.mark.parametrize("state", [DeviceState.ACTIVE, DeviceState.LIMITED])
def test_phone_without_an_order_says_that_it_wiped_and_goes_on(state: DeviceState) -> None:
    device = DeviceFactory.create(state=state)
    acknowledge_wipe(device.pk, NOW)
    device.refresh_from_db()
    assert (device.state, device.wiped_at) == (state, None)


def test_phone_holds_its_book_until_it_is_wiped_or_its_lease_is_over() -> None:
    begins = NOW + timedelta(days=14)
    lost = {"state": DeviceState.LOST, "lost_at": NOW, "lease_until": begins}
    working = DeviceFactory.create(lease_until=begins)
    ordered, wiped = DeviceFactory.create(**lost), DeviceFactory.create(**lost)
    DeviceFactory.create(lease_until=NOW)
    retired = DeviceFactory.create(state=DeviceState.RETIRED, lease_until=begins)
    acknowledge_wipe(wiped.pk, NOW)
    assert set(Device.objects.holding(NOW)) == {working, ordered, retired}
    assert set(Device.objects.holding(begins)) == set()


@pytest.mark.django_db(transaction=True)
def test_two_reports_at_once_leave_one_order_of_the_stricter_kind() -> None:
    device = DeviceFactory.create()
    orders = [
        Revocation(reason=RevokedReason.LOST, wipe=wipe, lost_at=NOW - timedelta(hours=hours))
        for hours, wipe in enumerate([WipeOrder.WIPE, WipeOrder.DRAIN_THEN_WIPE] * 5)
    ]
    start = Barrier(len(orders))

    def report(order: Revocation) -> None:
        start.wait()
        try:
            revoke_device(device.pk, order, agent_id=device.agent_id, now=NOW)
            rename_device(device.pk, "HP lama", agent_id=device.agent_id)
        finally:
            connection.close()

    threads = [Thread(target=report, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    device.refresh_from_db()
    assert (device.state, device.wipe) == (DeviceState.LOST, WipeOrder.WIPE)
    assert device.lost_at == NOW - timedelta(hours=9)
