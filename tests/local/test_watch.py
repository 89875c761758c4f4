"""The watch ends when a server does, and says which."""

import socket

import pytest

from config.local import watch
from config.local.ports import any_free_port


def test_a_server_that_ended_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "EVERY_SECONDS", 0.01)
    with socket.create_server((watch.LOOPBACK, 0)) as alive:
        ports = [f"Valkey={alive.getsockname()[1]}", f"PostgreSQL={any_free_port()}"]
        assert watch.main(ports) == 1
    said = capsys.readouterr().out
    assert said.startswith("PostgreSQL ended by itself")
    assert "Valkey" not in said


def test_a_server_that_listens_is_there() -> None:
    with socket.create_server((watch.LOOPBACK, 0)) as alive:
        port = alive.getsockname()[1]
        assert watch.listens(port)
    assert not watch.listens(port)
