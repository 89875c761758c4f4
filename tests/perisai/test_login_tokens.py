"""How long a login lasts, on which device, and what ends it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from perisai.models import Device, DeviceState, DeviceToken
from tests.factories.perisai import AgentFactory
from tests.fixtures import Caller, LogIn

pytestmark = pytest.mark.django_db


def test_earlier_token_ends_at_first_use_of_the_new_one(log_in: LogIn) -> None:
    agent, installation = AgentFactory.create(), uuid4()
    old = log_in(agent, installation_id=installation)
    new = log_in(agent, installation_id=installation)
    assert old.get("/api/v1/devices").status_code == 200

    assert new.get("/api/v1/devices").status_code == 200

    answer = old.get("/api/v1/devices")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert new.get("/api/v1/devices").status_code == 200


def test_token_of_other_device(log_in: LogIn) -> None:
    agent = AgentFactory.create()
    first, second = log_in(agent), log_in(agent)

    assert second.get("/api/v1/devices").status_code == 200
    assert first.get("/api/v1/devices").status_code == 200
    current = [row["id"] for row in current_devices(first)]

    assert current == [first.device_id]
    assert DeviceToken.objects.values("device").distinct().count() == 2


def current_devices(client: Caller) -> list[dict[str, Any]]:
    return [row for row in client.get("/api/v1/devices").json()["results"] if row["is_current"]]


def test_sliding_and_hard_expiry(log_in: LogIn) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        idle, busy = log_in(AgentFactory.create()), log_in(AgentFactory.create())
        for day in range(10, 90, 10):
            clock.move_to(start + timedelta(days=day))
            assert busy.get("/api/v1/devices").status_code == 200, day
        clock.move_to(start + timedelta(days=90) - timedelta(seconds=1))
        assert busy.get("/api/v1/devices").status_code == 200
        clock.move_to(start + timedelta(days=90))
        for client in (idle, busy):
            answer = client.get("/api/v1/devices")
            assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")
        assert Device.objects.filter(state=DeviceState.ACTIVE).count() == 2


def test_unused_token_ends_after_fourteen_days(log_in: LogIn) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        client = log_in(AgentFactory.create())
        clock.move_to(start + timedelta(days=14))
        assert client.get("/api/v1/devices").status_code == 401


def test_most_calls_write_nothing(log_in: LogIn, django_assert_num_queries: Any) -> None:
    client = log_in(AgentFactory.create())
    client.get("/api/v1/devices")
    with django_assert_num_queries(2):  # the token, the list
        client.get("/api/v1/devices")


@pytest.mark.parametrize("token", ["", "x", "a" * 64, "ö" * 64, "a b"])
def test_no_token_of_ours_is_401(db: None, token: str) -> None:
    answer = Caller().get("/api/v1/devices", HTTP_AUTHORIZATION=f"Token {token}")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer["WWW-Authenticate"] == "Token"


def test_logout_ends_the_token_and_keeps_the_device(log_in: LogIn) -> None:
    client = log_in(AgentFactory.create())
    assert client.post("/api/v1/auth/logout").status_code == 204
    assert client.get("/api/v1/devices").status_code == 401
    assert Device.objects.get().state == DeviceState.ACTIVE
