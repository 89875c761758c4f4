"""An agent's own devices: listed, named, revoked; and what a revoked one may still do."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from perisai.models import Device, DeviceState, DeviceToken, WipeOrder
from perisai.services.agent_states import suspend_agent
from perisai.services.agents import Decision
from tests.factories.perisai import AgentFactory, DeviceFactory, UserFactory, login_body
from tests.fixtures import AgentClient, Caller, LogIn

pytestmark = pytest.mark.django_db

URL = "/api/v1/devices"


def revoke(client: Caller, device_id: object, **changes: Any) -> Any:
    body = {"reason": "lost", "wipe": "drain_then_wipe"} | changes
    return client.post(f"{URL}/{device_id}/revoke", body)


def test_list_shows_own_devices_and_marks_the_present_one(log_in: LogIn) -> None:
    agent = AgentFactory.create()
    first, second = log_in(agent), log_in(agent)
    DeviceFactory.create()

    answer = second.get(URL)

    assert answer.status_code == 200
    seen = Device.objects.get(pk=second.device_id).last_seen_at
    assert seen is not None
    assert answer.json() == {
        "next": None,
        "results": [
            {
                "id": first.device_id,
                "label": "HP contoh",
                "model": "SM-A055F",
                "app_version": "1.4.0",
                "state": "active",
                "is_current": False,
                "last_seen_at": None,
            },
            {
                "id": second.device_id,
                "label": "HP contoh",
                "model": "SM-A055F",
                "app_version": "1.4.0",
                "state": "active",
                "is_current": True,
                "last_seen_at": seen.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            },
        ],
    }


def test_contact_renews_the_lease_once_an_hour(log_in: LogIn) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        client = log_in(AgentFactory.create())
        client.get(URL)
        clock.shift(timedelta(minutes=59))
        client.get(URL)
        device = Device.objects.get()
        assert (device.last_seen_at, device.lease_until) == (start, start + timedelta(days=14))
        clock.shift(timedelta(minutes=2))
        client.get(URL)
        now = start + timedelta(minutes=61)
        device.refresh_from_db()
        assert (device.last_seen_at, device.lease_until) == (now, now + timedelta(days=14))


def test_agent_names_her_device(agent_client: AgentClient) -> None:
    answer = agent_client.patch(f"{URL}/{agent_client.device_id}", {"label": "HP lama"})
    assert (answer.status_code, answer.json()["label"]) == (200, "HP lama")
    assert Device.objects.get().label == "HP lama"


@pytest.mark.parametrize("verb", ["patch", "post"])
def test_foreign_equals_unknown(agent_client: AgentClient, verb: str) -> None:
    foreign = DeviceFactory.create(label="asli")
    end = "/revoke" if verb == "post" else ""
    body = {"reason": "lost", "wipe": "wipe"} if verb == "post" else {"label": "x"}
    answers = []
    for device_id in (foreign.pk, uuid4()):
        answer = getattr(agent_client, verb)(f"{URL}/{device_id}{end}", body)
        found = answer.json()
        del found["request_id"], found["instance"]
        answers.append((answer.status_code, found))

    assert answers[0] == answers[1]
    assert (answers[0][0], answers[0][1]["code"]) == (404, "not_found")
    foreign.refresh_from_db()
    assert (foreign.label, foreign.state) == ("asli", DeviceState.ACTIVE)


def test_lost_device_token_gets_403_and_wipe(log_in: LogIn) -> None:
    agent = AgentFactory.create()
    lost, kept = log_in(agent), log_in(agent)

    answer = revoke(kept, lost.device_id, lost_at="2026-11-19T18:00:00.000+07:00", reason="stolen")

    assert (answer.status_code, answer.json()["state"]) == (200, "lost")
    told = lost.get(URL)
    assert (told.status_code, told.json()["code"]) == (403, "device_revoked")
    assert told.json()["wipe"] == "drain_then_wipe"
    assert kept.get(URL).status_code == 200
    device = Device.objects.get(pk=lost.device_id)
    assert device.lost_at is not None
    assert device.lost_at.isoformat() == "2026-11-19T11:00:00+00:00"
    assert device.revoked_reason == "stolen"


@pytest.mark.parametrize(
    ("path", "verb"), [("/auth/logout", "post"), ("/devices", "get")], ids=["logout", "devices"]
)
def test_lost_device_cannot_end_its_own_order(log_in: LogIn, path: str, verb: str) -> None:
    agent = AgentFactory.create()
    lost, kept = log_in(agent), log_in(agent)
    revoke(kept, lost.device_id, wipe="wipe")
    for _ in range(2):
        answer = getattr(lost, verb)(f"/api/v1{path}")
        assert (answer.status_code, answer.json()["wipe"]) == (403, "wipe")
    assert DeviceToken.objects.filter(device=lost.device_id).count() == 1


def test_lost_device_that_logs_in_again_stays_lost(log_in: LogIn) -> None:
    agent, installation = AgentFactory.create(), uuid4()
    lost, kept = log_in(agent, installation_id=installation), log_in(agent)
    revoke(kept, lost.device_id)
    lease = Device.objects.get(pk=lost.device_id).lease_until

    again = log_in(agent, installation_id=installation)

    assert again.device_id == lost.device_id
    assert again.get(URL).json()["code"] == "device_revoked"
    device = Device.objects.get(pk=lost.device_id)
    assert (device.state, device.lease_until) == (DeviceState.LOST, lease)


def test_order_to_wipe_is_never_softened_and_the_earliest_loss_counts(log_in: LogIn) -> None:
    agent = AgentFactory.create()
    lost, kept = log_in(agent), log_in(agent)
    revoke(kept, lost.device_id, wipe="wipe", lost_at="2026-11-02T00:00:00Z")
    revoke(kept, lost.device_id, lost_at="2026-11-03T00:00:00Z")
    revoke(kept, lost.device_id, lost_at="2026-11-01T00:00:00Z")
    device = Device.objects.get(pk=lost.device_id)
    assert device.lost_at is not None
    assert (device.wipe, device.lost_at.day) == (WipeOrder.WIPE, 1)


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"reason": "bosan"}, "/reason", "invalid_choice"),
        ({"wipe": "none"}, "/wipe", "invalid_choice"),
        ({"lost_at": "2999-01-01T00:00:00Z"}, "/lost_at", "in_the_future"),
        ({"lost_at": "kemarin"}, "/lost_at", "invalid"),
        ({"lost_at": "0001-01-01"}, "/lost_at", "overflow"),
        ({"lost_at": "9999-12-31T23:59:59-14:00"}, "/lost_at", "overflow"),
        ({"state": "retired"}, "/state", "unknown_field"),
    ],
)
def test_misshapen_revocation_changes_nothing(
    agent_client: AgentClient, changes: dict[str, str], pointer: str, code: str
) -> None:
    answer = revoke(agent_client, agent_client.device_id, **changes)
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]
    device = Device.objects.get()
    assert (device.state, device.lost_at, device.wipe) == (DeviceState.ACTIVE, None, "none")


def test_retired_device_is_401_for_ever(log_in: LogIn) -> None:
    agent, installation = AgentFactory.create(), uuid4()
    client = log_in(agent, installation_id=installation)
    Device.objects.update(state=DeviceState.RETIRED)

    assert client.get(URL).status_code == 401

    body = login_body(agent)
    body["device"] |= {"installation_id": str(installation)}
    answer = Caller().post("/api/v1/auth/login", body)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")
    assert revoke(log_in(agent), client.device_id).json()["state"] == "retired"


def test_suspension_ends_sessions_and_limits_devices(log_in: LogIn) -> None:
    agent, installation = AgentFactory.create(), uuid4()
    before = log_in(agent, installation_id=installation)
    other = log_in(AgentFactory.create())

    suspend_agent(agent, Decision(by=UserFactory.create(), at=timezone.now()))

    assert before.get(URL).status_code == 401
    after = log_in(agent, installation_id=installation)
    assert (after.device_id, Device.objects.get(agent=agent).state) == (before.device_id, "limited")
    assert other.get(URL).status_code == 200
