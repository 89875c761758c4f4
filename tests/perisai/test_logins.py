"""Logging in: one refusal for every wrong login, one device per installation."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from perisai.models import Agent, AgentState, Device, DeviceToken, Role, Village
from perisai.privacy import blind_index
from tests.factories.perisai import PASSWORD, AgentFactory, UserFactory, login_body
from tests.fixtures import Caller, LogIn

pytestmark = pytest.mark.django_db

URL = "/api/v1/auth/login"
PHONE = "+6281234567890"
WRONG = "bukan-kata-sandi-nya"


def agent_with_phone(**fields: Any) -> Agent:
    return AgentFactory.create(phone=PHONE, phone_index=blind_index("phone", PHONE), **fields)


def told(answer: Any) -> dict[str, Any]:
    """The body without what differs between any two answers."""
    body: dict[str, Any] = answer.json()
    body.pop("request_id")
    return body


def written(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03d}Z"


def test_right_login_answers_token_agent_and_device(anonymous: Caller) -> None:
    agent = AgentFactory.create(name="Sari Contoh")
    agent.villages.create(village_id="3515142002")
    agent.villages.create(village_id="3515142001")
    body = login_body(agent)

    answer = anonymous.post(URL, body)

    assert answer.status_code == 200
    found = answer.json()
    device = Device.objects.get()
    token = DeviceToken.objects.get()
    assert found == {
        "token": found["token"],
        "expires_at": written(token.expiry),
        "lease_until": written(device.lease_until),
        "language": "id",
        "agent": {
            "id": str(agent.pk),
            "number": agent.number,
            "name": "Sari Contoh",
            "office": agent.office.name,
            "villages": ["3515142001", "3515142002"],
            "timezone": "Asia/Jakarta",
        },
        "device": {"id": str(device.pk), "state": "active"},
    }
    assert len(found["token"]) == 64
    assert found["token"] not in token.digest
    assert device.installation_id == UUID(body["device"]["installation_id"])
    assert answer["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_agent_in_the_east_is_told_her_zone(anonymous: Caller) -> None:
    agent = AgentFactory.create()
    agent.villages.create(village_id=first_village_of("8271"))
    found = anonymous.post(URL, login_body(agent)).json()
    assert found["agent"]["timezone"] == "Asia/Jayapura"


def first_village_of(regency: str) -> str:
    return Village.objects.filter(pk__startswith=regency).earliest("pk").pk


@pytest.mark.parametrize("typed", ["+6281234567890", "0812-3456-7890", "62 812 3456 7890"])
def test_login_phone_is_a_login(anonymous: Caller, typed: str) -> None:
    agent = agent_with_phone()
    found = anonymous.post(URL, login_body(agent, login=typed))
    assert found.json()["agent"]["number"] == agent.number


def test_number_may_be_typed_in_small_letters(anonymous: Caller) -> None:
    agent = AgentFactory.create()
    answer = anonymous.post(URL, login_body(agent, login=f" {agent.number.lower()} "))
    assert answer.status_code == 200


def wrong_password(agent: Agent) -> dict[str, Any]:
    return login_body(agent, password=WRONG)


def unknown_number(agent: Agent) -> dict[str, Any]:
    return login_body(agent, login="PRS-0000-0000")


def unknown_phone(agent: Agent) -> dict[str, Any]:
    return login_body(agent, login="+6281999999999")


def wrong_password_by_phone(agent: Agent) -> dict[str, Any]:
    return login_body(agent, login=PHONE, password=WRONG)


def ended_agent(agent: Agent) -> dict[str, Any]:
    ended = AgentFactory.create(state=AgentState.ENDED, ended_on=agent.appointed_on)
    return login_body(ended)


def inactive_user(agent: Agent) -> dict[str, Any]:
    other = AgentFactory.create()
    other.user.is_active = False
    other.user.save(update_fields=["is_active"])
    return login_body(other)


def supervisor(agent: Agent) -> dict[str, Any]:
    return login_body(agent, login=UserFactory.create(role=Role.SUPERVISOR).username)


def counter(agent: Agent) -> dict[str, Any]:
    return login_body(agent, login=UserFactory.create(role=Role.POST_AGENT).username)


def no_login_at_all(agent: Agent) -> dict[str, Any]:
    return login_body(agent, login="aku")


WAYS_TO_BE_WRONG = [
    wrong_password,
    unknown_number,
    unknown_phone,
    wrong_password_by_phone,
    ended_agent,
    inactive_user,
    supervisor,
    counter,
    no_login_at_all,
]


@pytest.mark.parametrize("wrong", WAYS_TO_BE_WRONG, ids=lambda way: way.__name__)
def test_login_answers_identical(
    anonymous: Caller, wrong: Callable[[Agent], dict[str, Any]]
) -> None:
    agent = agent_with_phone()
    usual = anonymous.post(URL, wrong_password(agent))

    answer = anonymous.post(URL, wrong(agent))

    assert answer.status_code == 401
    assert answer.json()["code"] == "invalid_credentials"
    assert told(answer) == told(usual)
    assert answer["WWW-Authenticate"] == "Token"
    assert (Device.objects.count(), DeviceToken.objects.count()) == (0, 0)


@pytest.mark.slow
@override_settings(
    AXES_FAILURE_LIMIT=1_000,
    PASSWORD_HASHERS=["django.contrib.auth.hashers.Argon2PasswordHasher"],
)
def test_login_of_an_unknown_phone_takes_as_long(
    anonymous: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("perisai.api.throttles.calls", lambda key, seconds: 1)
    user = UserFactory.create(role=Role.AGENT, password=make_password(PASSWORD))
    agent = agent_with_phone(user=user)

    def seconds(make: Callable[[Agent], dict[str, Any]]) -> float:
        body = make(agent)
        started = perf_counter()
        assert anonymous.post(URL, body).status_code == 401
        return perf_counter() - started

    pairs = [(seconds(wrong_password_by_phone), seconds(unknown_phone)) for _ in range(25)]
    known, unknown = median(p[0] for p in pairs), median(p[1] for p in pairs)
    assert 0.8 < known / unknown < 1.25


def test_login_statements_do_not_tell_whether_the_account_exists(anonymous: Caller) -> None:
    agent = agent_with_phone()
    shapes = set()
    for wrong in WAYS_TO_BE_WRONG:
        body = wrong(agent)
        with CaptureQueriesContext(connection) as seen:
            anonymous.post(URL, body)
        shapes.add(tuple(query["sql"].split()[0] for query in seen.captured_queries))
    assert len(shapes) == 1


def fail_five_times(caller: Caller, body: dict[str, Any]) -> None:
    for _ in range(5):
        body["device"] |= {"installation_id": str(uuid4())}
        assert caller.post(URL, body | {"password": WRONG}).status_code == 401


@pytest.mark.parametrize("is_known", [True, False], ids=["known login", "unknown login"])
def test_five_failures_of_a_login_are_429_even_with_the_right_password(
    anonymous: Caller, *, is_known: bool
) -> None:
    agent = AgentFactory.create()
    body = login_body(agent) if is_known else login_body(agent, login="PRS-0000-0000")
    fail_five_times(anonymous, body)

    answer = anonymous.post(URL, body)

    assert answer.status_code == 429
    assert told(answer) == {
        "type": "/problems/rate_limited",
        "title": "Terlalu sering",
        "status": 429,
        "detail": "",
        "instance": URL,
        "code": "rate_limited",
        "retry": "same_key",
        "errors": [],
    }
    assert 890 <= int(answer["Retry-After"]) <= 901
    assert DeviceToken.objects.count() == 0


def test_spelling_a_login_phone_anew_brings_no_new_tries(anonymous: Caller) -> None:
    agent = agent_with_phone()
    spellings = ["081234567890", "0812-3456-7890", "+62 812 3456 7890", "(0812) 34567890", PHONE]
    for spelt in spellings:
        answer = anonymous.post(URL, login_body(agent, login=spelt, password=WRONG))
        assert answer.status_code == 401

    assert anonymous.post(URL, login_body(agent, login="62 81234567890")).status_code == 429
    assert DeviceToken.objects.count() == 0


def test_five_failures_of_a_device_are_429_for_any_login(anonymous: Caller) -> None:
    installation = {**login_body(AgentFactory.create())["device"]}
    for _ in range(5):
        body = login_body(AgentFactory.create(), device=installation, password=WRONG)
        assert anonymous.post(URL, body).status_code == 401

    agent = AgentFactory.create()

    assert anonymous.post(URL, login_body(agent, device=installation)).status_code == 429
    assert anonymous.post(URL, login_body(agent)).status_code == 200


def test_lock_ends_by_itself_and_tries_meanwhile_do_not_prolong_it(anonymous: Caller) -> None:
    agent = AgentFactory.create()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        fail_five_times(anonymous, login_body(agent))
        clock.shift(timedelta(minutes=14))
        assert anonymous.post(URL, login_body(agent)).status_code == 429
        clock.shift(timedelta(minutes=1, seconds=1))
        assert anonymous.post(URL, login_body(agent)).status_code == 200


def test_right_login_forgets_the_failures_of_that_login(anonymous: Caller) -> None:
    agent = AgentFactory.create()
    for _ in range(3):
        for _ in range(4):
            assert anonymous.post(URL, login_body(agent, password=WRONG)).status_code == 401
        assert anonymous.post(URL, login_body(agent)).status_code == 200


def test_lock_holds_when_the_cache_was_emptied(anonymous: Caller) -> None:
    agent = AgentFactory.create()
    fail_five_times(anonymous, login_body(agent))
    cache.clear()
    assert anonymous.post(URL, login_body(agent)).status_code == 429


def test_what_was_typed_is_stored_nowhere(anonymous: Caller) -> None:
    agent = agent_with_phone()
    anonymous.post(URL, wrong_password_by_phone(agent))
    stored = [str(row) for row in AccessAttempt.objects.values()]
    assert len(stored) == 2
    assert not any(text in row for row in stored for text in (PHONE, PHONE[1:], WRONG))


@pytest.mark.parametrize("proxies", [0, 1])
def test_forwarded_for_is_ignored_without_proxy(anonymous: Caller, proxies: int) -> None:
    agent = AgentFactory.create()
    with override_settings(TRUSTED_PROXIES=proxies):
        anonymous.post(
            URL,
            login_body(agent, password=WRONG),
            HTTP_X_FORWARDED_FOR="192.0.2.1, 203.0.113.7",
            REMOTE_ADDR="198.51.100.9",
        )
    seen = set(AccessAttempt.objects.values_list("ip_address", flat=True))
    assert seen == {"203.0.113.7" if proxies else "198.51.100.9"}


def test_same_installation_is_the_same_device(anonymous: Caller) -> None:
    agent = AgentFactory.create()
    body = login_body(agent)
    first = anonymous.post(URL, body).json()["device"]["id"]
    body["device"] |= {"app_version": "1.5.0", "label": "Nama lain", "schema": 2}

    second = anonymous.post(URL, body).json()["device"]["id"]

    assert first == second
    device = Device.objects.get()
    assert (device.app_version, device.schema, device.label) == ("1.5.0", 2, "HP contoh")


def test_one_installation_of_two_agents_is_two_devices(log_in: LogIn) -> None:
    shared = uuid4()
    first = log_in(AgentFactory.create(), installation_id=shared)
    second = log_in(AgentFactory.create(), installation_id=shared)
    assert first.device_id != second.device_id


def faulty(**changes: Any) -> dict[str, Any]:
    device = {
        "installation_id": str(uuid4()),
        "platform": "android",
        "app_version": "1.4.0",
        "schema": 1,
    }
    body: dict[str, Any] = {"login": "PRS-1", "password": PASSWORD, "device": device}
    for pointer, value in changes.items():
        *path, last = pointer.split("__")
        target = body
        for step in path:
            target = target[step]
        target[last] = value
    return body


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (faulty(code="123456"), "/code", "only_one"),
        (faulty(device__state="active"), "/device/state", "unknown_field"),
        (faulty(device__schema="1"), "/device/schema", "invalid"),
        (faulty(device__schema=True), "/device/schema", "invalid"),
        (faulty(device__schema=0), "/device/schema", "min_value"),
        (faulty(device__platform="windows"), "/device/platform", "invalid_choice"),
        (faulty(device__installation_id="1"), "/device/installation_id", "invalid"),
        (faulty(device__label="a\u202eb"), "/device/label", "invalid"),
        (faulty(login=5), "/login", "invalid"),
        (faulty(login="a\x00b"), "/login", "invalid"),
        (faulty(password="x" * 129), "/password", "max_length"),
        (faulty(device=None), "/device", "null"),
    ],
)
def test_misshapen_login_is_422_and_counts_nothing(
    anonymous: Caller, body: dict[str, Any], pointer: str, code: str
) -> None:
    answer = anonymous.post(URL, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]
    assert AccessAttempt.objects.count() == 0
