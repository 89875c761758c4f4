"""How often: per device, terminal or login, never per address; and without a cache."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone
from rest_framework.settings import api_settings

from perisai.api import counting
from perisai.api.throttles import CallerThrottle, parsed_rate
from perisai.models import DeviceToken
from perisai.services.tokens import issue_terminal_token
from tests.factories.perisai import AgentFactory, UserFactory, login_body
from tests.fixtures import Caller, LogIn

pytestmark = pytest.mark.django_db

DEVICES = "/api/v1/devices"
SEARCH = "/api/v1/members/search"
LOGIN = "/api/v1/auth/login"
WRONG = "bukan-kata-sandi-nya"
NOBODY_LISTENS = "redis://127.0.0.1:1/0"


@pytest.fixture
def _strict(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = {"agent": "3/min", "login": "4/min", "search": "1/hour"}
    monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_RATES", rates)


@pytest.fixture
def _no_cache(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perisai.cache._patience", {})
    broken = dict(settings.CACHES["default"]) | {"LOCATION": NOBODY_LISTENS}
    settings.CACHES = {"default": broken}


@pytest.mark.usefixtures("_strict")
def test_calls_are_counted_per_device_and_the_next_window_is_open(
    log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = AgentFactory.create()
    first, second = log_in(agent), log_in(agent)
    start = timezone.now().replace(second=10, microsecond=0)
    with time_machine.travel(start, tick=False) as clock:
        assert [first.get(DEVICES).status_code for _ in range(4)] == [200, 200, 200, 429]
        monkeypatch.setattr("config.problems.randbelow", lambda below: below - 1)
        refused = first.get(DEVICES)
        assert (refused["Retry-After"], refused.json()["code"]) == ("65", "rate_limited")
        assert second.get(DEVICES).status_code == 200
        clock.shift(timedelta(seconds=50))
        assert first.get(DEVICES).status_code == 200


@pytest.mark.usefixtures("_strict")
def test_one_more_device_brings_no_more_searches(log_in: LogIn) -> None:
    agent = AgentFactory.create()
    first, second, other = log_in(agent), log_in(agent), log_in(AgentFactory.create())
    asked = {"phone": "+6281234567890"}
    with time_machine.travel(timezone.now(), tick=False):
        assert first.post(SEARCH, asked).status_code == 200
        assert second.post(SEARCH, asked).status_code == 429
        assert other.post(SEARCH, asked).status_code == 200


@pytest.mark.usefixtures("_strict")
def test_logins_are_counted_per_login_and_per_device_right_or_wrong(anonymous: Caller) -> None:
    agent, other = AgentFactory.create(), AgentFactory.create()
    with time_machine.travel(timezone.now(), tick=False):
        for _ in range(4):
            assert anonymous.post(LOGIN, login_body(agent)).status_code == 200
        refused = anonymous.post(LOGIN, login_body(agent, login=f" {agent.number.lower()}"))
        assert refused.status_code == 429
        device = login_body(other)["device"]
        bodies = [login_body(AgentFactory.create(), device=device) for _ in range(5)]
        statuses = [anonymous.post(LOGIN, body).status_code for body in bodies]
        assert statuses == [200, 200, 200, 200, 429]


@pytest.mark.usefixtures("_strict")
def test_one_address_with_many_agents_is_not_throttled(log_in: LogIn) -> None:
    clients = [log_in(AgentFactory.create()) for _ in range(8)]
    assert {client.get(DEVICES).status_code for client in clients} == {200}


@pytest.mark.usefixtures("_strict")
@pytest.mark.parametrize("body", [[], "x", {"login": 5}, {"login": "x", "device": []}])
def test_odd_bodies_pass_the_throttle_and_are_422(anonymous: Caller, body: Any) -> None:
    assert anonymous.post(LOGIN, body).status_code == 422


@pytest.mark.usefixtures("_no_cache")
def test_without_a_cache_calls_pass_and_the_lock_out_holds(
    anonymous: Caller, log_in: LogIn, caplog: pytest.LogCaptureFixture
) -> None:
    agent = AgentFactory.create()
    assert log_in(agent).get(DEVICES).status_code == 200
    assert caplog.text.count("cache_is_away") == 1
    for _ in range(5):
        assert anonymous.post(LOGIN, login_body(agent, password=WRONG)).status_code == 401
    assert anonymous.post(LOGIN, login_body(agent)).status_code == 429


def test_counters_hold_no_login_and_no_token(log_in: LogIn) -> None:
    agent = AgentFactory.create()
    client = log_in(agent)
    client.get(DEVICES)
    backend: Any = cache
    keys = b" ".join(backend._cache.get_client().keys("*")).decode()
    assert "throttle:login:" in keys
    assert "throttle:agent:" in keys
    for hidden in (agent.number, agent.number.lower(), client.token):
        assert hidden not in keys


def test_terminals_of_one_login_are_counted_apart() -> None:
    user = UserFactory.create(role="post_agent")
    for terminal in ("T-01", "T-02"):
        issue_terminal_token(user, terminal)
    seen = set()
    for row in DeviceToken.objects.all():
        request: Any = type("Request", (), {"auth": row})()
        seen |= set(CallerThrottle().keys(request, None))  # type: ignore[arg-type]  # unused
    assert seen == {f"{user.pk}/T-01", f"{user.pk}/T-02"}


def test_every_rate_can_be_read() -> None:
    read = {scope: parsed_rate(scope) for scope in api_settings.DEFAULT_THROTTLE_RATES}
    assert read["login"] == (30, 60)
    assert read["search"] == (60, 3_600)
    assert all(most > 0 for most, _seconds in read.values())


def test_counter_counts_and_ends_with_its_window() -> None:
    client = cache._cache.get_client()  # type: ignore[attr-defined]  # the keys as they are stored
    counted = [counting.calls("hitung", 60) for _ in range(3)]

    assert counted == [1, 2, 3]
    assert 0 < client.ttl(cache.make_key("hitung")) <= 60
