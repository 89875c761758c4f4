"""A worker's sign of life, and the container's check that looks at it."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from config.heartbeat import EVERY, HeartbeatFile
from config.probe import SILENT_AFTER, main


class Timer:
    """A worker's timer that goes on when it is told to."""

    def __init__(self) -> None:
        self.called: list[tuple[float, Callable[[], Any]]] = []

    def call_repeatedly(self, seconds: float, function: Callable[[], Any]) -> None:
        self.called.append((seconds, function))


@pytest.fixture
def file(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the worker of this test gives its signs."""
    path = tmp_path / "heartbeat"
    settings.WORKER_HEARTBEAT_FILE = str(path)
    monkeypatch.setenv("WORKER_HEARTBEAT_FILE", str(path))
    return path


def age(path: Path, seconds: float) -> None:
    """Nobody has touched it for so long."""
    os.utime(path, (time.time() - seconds,) * 2)


def test_a_worker_is_well_while_its_loop_turns(file: Path) -> None:
    assert main(["worker"]) == 1
    worker = SimpleNamespace(timer=Timer())
    step = HeartbeatFile(worker)

    step.start(worker)
    assert main(["worker"]) == 0
    age(file, SILENT_AFTER + 1)
    assert main(["worker"]) == 1
    ((every, touch),) = worker.timer.called
    touch()
    assert main(["worker"]) == 0
    step.stop(worker)

    assert every == EVERY < SILENT_AFTER / 3
    assert not file.exists()


def test_without_a_file_it_gives_none(settings: Settings) -> None:
    settings.WORKER_HEARTBEAT_FILE = ""
    worker = SimpleNamespace(timer=Timer())
    step = HeartbeatFile(worker)
    step.start(worker)
    step.stop(worker)
    assert worker.timer.called == []


def test_the_check_of_a_web_asks_its_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "127.0.0.1")
    monkeypatch.setattr("config.probe.PORT", 1)
    assert main([]) == 1
