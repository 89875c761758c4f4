"""A login beside a step in the agent's life: no phone works on for who was just stopped."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from perisai.errors import InvalidCredentials
from perisai.models import Agent, Device, DeviceState, DeviceToken, Platform
from perisai.services.agent_states import end_agent, suspend_agent
from perisai.services.agents import Decision
from perisai.services.devices import Installation, LoggedIn, log_in_device
from tests.factories.perisai import AgentFactory
from tests.payments.website import eventually

pytestmark = pytest.mark.django_db(transaction=True)

SOMEBODY_WAITS = """
    SELECT EXISTS (
        SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))
    )
"""


def log_in_anew(agent: Agent) -> LoggedIn:
    """A right password was shown; the app on a new phone gets its device."""
    app = Installation(
        installation_id=uuid4(), platform=Platform.ANDROID, app_version="1.4.0", schema=1
    )
    return log_in_device(agent.user, app, now=timezone.now())


def settled(tried: "Future[Any]") -> bool:
    """Whether the login is over, or waits for what this connection holds."""
    with connection.cursor() as cursor:
        cursor.execute(SOMEBODY_WAITS)
        (waits,) = cursor.fetchone()
    return tried.done() or bool(waits)


def log_in_beside(agent: Agent, step: Any) -> "Future[LoggedIn]":
    """The step is taken, the login comes, and only then the step is committed."""

    def log_in() -> LoggedIn:
        try:
            return log_in_anew(agent)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            step(agent, Decision(by=None, at=timezone.now()))
            tried = pool.submit(log_in)
            eventually(lambda: settled(tried))
        tried.exception()
    return tried


def test_login_beside_the_end_of_its_agent_leaves_no_phone() -> None:
    tried = log_in_beside(AgentFactory.create(), end_agent)
    assert isinstance(tried.exception(), InvalidCredentials)
    assert (Device.objects.count(), DeviceToken.objects.count()) == (0, 0)


def test_login_beside_a_suspension_leaves_a_phone_that_only_sends() -> None:
    tried = log_in_beside(AgentFactory.create(), suspend_agent)
    assert tried.result().device.state == DeviceState.LIMITED
    assert Device.objects.get().state == DeviceState.LIMITED


def test_agent_who_ended_after_her_password_was_looked_at_gets_no_phone() -> None:
    agent = AgentFactory.create()
    end_agent(agent, Decision(by=None, at=timezone.now()))
    with pytest.raises(InvalidCredentials):
        log_in_anew(agent)
    assert not Device.objects.exists()
