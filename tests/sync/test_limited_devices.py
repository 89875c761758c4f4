"""A suspended agent's phone empties its outbox and gets nothing; a lost one is told."""

import pytest
from django.utils import timezone

from perisai.models import Device, DeviceState, WipeOrder
from perisai.services.agent_states import suspend_agent
from perisai.services.agents import Decision
from sync.models import Operation
from tests.factories.perisai import AgentFactory, UserFactory
from tests.fixtures import AgentClient, LogIn
from tests.sync.phones import URL, op

pytestmark = pytest.mark.django_db


@pytest.fixture
def limited(log_in: LogIn) -> AgentClient:
    agent = AgentFactory.create()
    suspend_agent(agent, Decision(by=UserFactory.create(), at=timezone.now()))
    return log_in(agent)


def test_limited_device_pushes_and_asks_where_it_stands(limited: AgentClient) -> None:
    pushed = limited.post(URL, {"first_seq": 1, "ops": [op(1)]})
    assert pushed.status_code == 200, pushed.content
    assert Operation.objects.count() == 1
    assert limited.get(URL).json()["next_seq"] == 2


def test_limited_device_pulls_nothing(limited: AgentClient) -> None:
    answer = limited.get(f"{URL}/changes")
    assert (answer.status_code, answer.json()["code"]) == (403, "device_limited")
    members = limited.get("/api/v1/members")
    assert (members.status_code, members.json()["code"]) == (403, "device_limited")
    both = limited.post(URL, {"first_seq": 1, "ops": [op(1)], "pull": {}}).json()
    assert both["pull"]["problem"]["code"] == "device_limited"
    assert len(both["results"]) == 1


@pytest.mark.parametrize("path", ["", "/changes", "/config"])
def test_lost_device_is_told_and_changes_nothing(agent_client: AgentClient, path: str) -> None:
    lost = {"state": DeviceState.LOST, "lost_at": "2026-11-01T00:00:00Z", "wipe": WipeOrder.WIPE}
    Device.objects.update(**lost)
    answer = agent_client.get(f"{URL}{path}")
    assert (answer.status_code, answer.json()["code"]) == (403, "device_revoked")
    assert answer.json()["wipe"] == "wipe"
    assert agent_client.post(URL, {"first_seq": 1, "ops": [op(1)]}).status_code == 403
    assert Operation.objects.count() == 0
