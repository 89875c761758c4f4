"""The fake gateway as a process of its own, for those who start one beside real workers."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.test import override_settings

from config.local.gateway import gateway
from perisai.backends import notifier
from perisai.registry import Message

SAID = Message(phone_e164="+6281234567890", language="id", template="contoh", text="Halo")


def send(reference: str) -> str:
    """As a relay does; the gateway's name of the message."""
    return notifier().send(SAID, reference=reference)


def test_process_takes_messages_lists_them_and_answers_as_it_is_told() -> None:
    with gateway(Path(os.environ["TEST_LOCK"])) as running:
        running.answer("slow:0.01", "ok")
        with override_settings(**running.environment()):
            assert [send("17"), send("17")] == ["gw-17", "gw-17"]
        assert (running.calls, running.strange) == ({"17": 2}, [])
        assert [message["to"] for message in running.messages.values()] == ["6281234567890"]


def test_process_holds_an_answer_until_somebody_lets_go() -> None:
    with (
        gateway(Path(os.environ["TEST_LOCK"])) as running,
        override_settings(**running.environment()),
        ThreadPoolExecutor(1) as beside,
    ):
        running.answer("hold")
        waiting = beside.submit(send, "18")
        while "18" not in running.messages:
            assert not waiting.done()
        assert not waiting.done()
        running.let_go()
        assert waiting.result(timeout=10) == "gw-18"
