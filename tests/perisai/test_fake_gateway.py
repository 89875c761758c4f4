"""The fake gateway as a process of its own, for those who start one beside real workers."""

import json
import subprocess
import sys
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from django.test import override_settings

from perisai.backends import notifier
from perisai.registry import Message
from tests.fakes.gateway import TOKEN

SAID = Message(phone_e164="+6281234567890", language="id", template="contoh", text="Halo")


def ask(address: str, method: str, path: str, said: object = None) -> Any:
    """One order to the process, and its answer."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=10)
    try:
        body = None if said is None else json.dumps(said)
        connection.request(method, path, body)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def test_process_takes_messages_lists_them_and_answers_as_it_is_told() -> None:
    order = [sys.executable, "-m", "tests.fakes.gateway"]
    with subprocess.Popen(order, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            way = {"NOTIFY_BACKEND": "http", "NOTIFY_URL": address, "NOTIFY_TOKEN": TOKEN}
            ask(address, "POST", "/answers", ["slow:0.01", "ok"])
            with override_settings(**way):
                for _ in range(2):
                    assert notifier().send(SAID, reference="17") == "gw-17"
            got = ask(address, "GET", "/got")
        finally:
            process.terminate()
    assert (got["calls"], got["strange"]) == ({"17": 2}, [])
    assert [message["to"] for message in got["messages"].values()] == ["6281234567890"]
