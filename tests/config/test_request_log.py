"""The line at the end of each request: by whom, by which phone, how long, how many statements."""

import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.logging import redacting_formatter
from tests.sync.phones import Phone, new_phone, op

pytestmark = pytest.mark.django_db
Lines = Callable[[], list[dict[str, Any]]]
ENDS = "request_finished"


@pytest.fixture
def ends(caplog: pytest.LogCaptureFixture) -> Iterator[Lines]:
    """The lines of requests that ended, as they are written."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(redacting_formatter(as_json=True))
    logging.getLogger().addHandler(handler)

    def read() -> list[dict[str, Any]]:
        written = [json.loads(line) for line in stream.getvalue().splitlines()]
        return [line for line in written if line["event"] == ENDS]

    with caplog.at_level(logging.INFO):
        yield read
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def phone(db: None) -> Phone:
    """A phone whose first call is behind it."""
    return new_phone()


def test_a_push_says_phone_person_time_and_statements(phone: Phone, ends: Lines) -> None:
    before = len(ends())
    with CaptureQueriesContext(connection) as caught:
        phone.push(op(1))
    (line,) = ends()[before:]
    assert line["request"] == "POST /api/v1/sync"
    assert (line["code"], line["statements"]) == (200, len(caught.captured_queries))
    assert line["device_id"] == str(phone.device.pk)
    assert line["user_id"] == phone.device.agent.user_id
    assert 0 <= line["duration_ms"] < 60_000
    assert line["request_id"]


def test_one_request_says_nothing_of_another(phone: Phone, ends: Lines) -> None:
    phone.push(op(1))
    Client().get("/health/live")
    line = ends()[-1]
    assert (line["request"], line["statements"]) == ("GET /health/live", 0)
    assert (line.get("user_id"), "device_id" in line) == (None, False)


def test_a_refused_call_says_as_much(phone: Phone, ends: Lines) -> None:
    phone.send([op(5)])
    line = ends()[-1]
    assert line["code"] == 409
    assert line["device_id"] == str(phone.device.pk)
