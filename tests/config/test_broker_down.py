"""Whoever sends a task hears soon that the broker is down; phones and counters need none."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

import pytest

from config.local.ports import any_free_port
from perisai.models import OutboxMessage
from perisai.services.tokens import issue_device_token, issue_terminal_token
from tests.factories.payments import PostAgentFactory, bill_for, cared_for_member
from tests.factories.perisai import DeviceFactory
from tests.payments.counters import TERMINAL, new_key, notice
from tests.payments.test_cases_processes import database_url
from tests.payments.website import ROOT, website

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SOON: Final = 20.0  # seconds on a machine that is busy; a sender that hangs does so for ever
Broker = Callable[[], AbstractContextManager[str]]
SEND: Final = """
import time, django
django.setup()
from kombu.exceptions import OperationalError
from retention.tasks import sweep
began = time.monotonic()
try:
    sweep.delay()
except OperationalError:
    print(time.monotonic() - began)
"""


@contextmanager
def down() -> Iterator[str]:
    """Nobody listens."""
    yield f"redis://127.0.0.1:{any_free_port()}/0"


@contextmanager
def silent() -> Iterator[str]:
    """Somebody takes every call and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.mark.parametrize("broker", [down, silent])
def test_who_sends_a_task_hears_soon_that_nobody_takes_it(broker: Broker) -> None:
    with broker() as url:
        sent = subprocess.run(  # noqa: S603  our own interpreter
            [sys.executable, "-c", SEND],
            cwd=ROOT,
            env=os.environ | {"REDIS_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"},
            capture_output=True,
            text=True,
            check=True,
        )

    assert float(sent.stdout.splitlines()[-1]) < SOON


def test_payment_and_push_go_on_beside_a_silent_broker() -> None:
    member = cared_for_member()
    counter, _ends = issue_terminal_token(PostAgentFactory.create().user, TERMINAL)
    bill = bill_for(member)
    body = notice({"bill_code": bill.code, "payable": bill.payable})
    phone, _expiry = issue_device_token(DeviceFactory.create())
    said = {"X-App-Version": "1.4.0", "X-Schema": "1"}

    with silent() as url, website(database_url(), REDIS_URL=url) as site:
        paid = site.pay(counter, body, new_key())
        push = {"first_seq": 1, "ops": []}
        pushed = site.call("POST", "/api/v1/sync", token=phone, body=push, headers=said)
        ready = site.call("GET", "/health/ready")

    assert (paid.status, pushed.status) == (201, 200)
    assert (ready.status, ready.body["status"]) == (200, "degraded")
    assert max(paid.seconds, pushed.seconds, ready.seconds) < SOON
    assert OutboxMessage.objects.filter(kind="payment.posted", sent_at=None).count() == 1
