"""Clients by role, and what tests share beside them. Loaded by the conftest."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.test import override_settings
from django.utils import translation
from rest_framework.test import APIClient
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]  # no types

from perisai.api import counting
from perisai.backends import memory
from perisai.models import Agent, Role, User
from perisai.registry import Message
from perisai.services.tokens import issue_terminal_token
from tests.factories.perisai import AgentFactory, UserFactory, login_body


class Caller(APIClient):
    """A client that speaks as the app does: JSON, with the headers of every sync call."""

    def __init__(self, token: str = "", **extra: Any) -> None:
        super().__init__(**extra)
        self.default_format = "json"
        self.token = token
        headers = {"HTTP_X_APP_VERSION": "1.4.0", "HTTP_X_SCHEMA": "1"}
        if token:
            headers["HTTP_AUTHORIZATION"] = f"Token {token}"
        self.credentials(**headers)


class AgentClient(Caller):
    """A caller that knows whose phone it is: `agent`, `device_id`."""

    agent: Agent
    device_id: str


LogIn = Callable[..., AgentClient]


class CheapHasher(Argon2PasswordHasher):
    """argon2 without the cost that it is meant to have."""

    time_cost, memory_cost, parallelism = 1, 8, 1


@pytest.fixture(autouse=True, scope="session")
def _captures_in_time() -> Iterator[None]:
    """Captures have fixed days and arrive on the day of the run; the tests of R38 say the term."""
    with override_settings(SYNC_LATE_DAYS=36_500):
        yield


@pytest.fixture(autouse=True, scope="session")
def _cheap_passwords() -> Iterator[None]:
    """Logging in is what most tests begin with."""
    with override_settings(PASSWORD_HASHERS=["tests.fixtures.CheapHasher"]):
        yield


@pytest.fixture(autouse=True, scope="session")
def _styles_and_scripts_looked_up_once() -> Iterator[None]:
    """Every client loads middleware of its own, which looks at each of two hundred files anew."""
    look_up: Callable[[Any], None] = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[tuple[str, int | None], dict[str, Any]] = {}

    def look_up_once(here: Any) -> None:
        settled = here.static_prefix, here.max_age
        if settled not in found:
            look_up(here)
            found[settled] = dict(here.files)
        here.files.update(found[settled])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", look_up_once)
        yield


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """A request leaves its language behind in the thread; no test may read in another's."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(autouse=True)
def _fresh_counters() -> Iterator[None]:
    """No test begins with the calls or the messages of another one."""
    memory.sent.clear()
    yield
    cache.clear()
    counting.own.clear()


@pytest.fixture
def anonymous() -> Caller:
    """A caller without a token."""
    return Caller()


@pytest.fixture
def log_in() -> LogIn:
    """Log an agent in over HTTP: `log_in(agent, installation_id=…)`."""

    def call(agent: Agent, **device: Any) -> AgentClient:
        body = login_body(agent)
        body["device"] |= {name: str(value) for name, value in device.items()}
        answer: Any = Caller().post("/api/v1/auth/login", body)
        assert answer.status_code == 200, answer.content
        found = answer.json()
        client = AgentClient(found["token"])
        client.agent, client.device_id = agent, found["device"]["id"]
        return client

    return call


@pytest.fixture
def agent_client(db: None, log_in: LogIn) -> AgentClient:
    """The app on an active agent's phone."""
    return log_in(AgentFactory.create())


@pytest.fixture
def other_agent_client(db: None, log_in: LogIn) -> AgentClient:
    """Another agent's phone, of another branch."""
    return log_in(AgentFactory.create())


@pytest.fixture
def post_agent_user(db: None) -> User:
    """The login of a counter."""
    return UserFactory.create(role=Role.POST_AGENT)


@pytest.fixture
def post_agent_client(post_agent_user: User) -> Caller:
    """A counter's terminal."""
    token, _ends = issue_terminal_token(post_agent_user, "T-01")
    return Caller(token)


@pytest.fixture
def sent_messages() -> list[tuple[str, Message]]:
    """What the memory backend has sent in this test."""
    return memory.sent
