"""However a launcher dies, what it started ends, and what it wanted done is done."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.local.lifeline import command_for
from config.local.locks import is_alive, take_lock
from tests.local.conftest import Program

WITHIN_SECONDS = 10.0
LAUNCHER = """
import subprocess
from pathlib import Path
from config.local.lifeline import command_for
from config.local.locks import take_lock
folder = Path({folder!r})
take_lock(folder / "lock")
subprocess.Popen(command_for(folder / "lock", "run", {child!r}), start_new_session=True)
subprocess.Popen(
    command_for(folder / "lock", "after", ["touch", str(folder / "cleared")]),
    start_new_session=True,
)
sys.stdin.read()
"""
# Notes its own pid and its child's, then waits for the signal.
CHILD = """
import os, subprocess, sys, time
folder = sys.argv[1]
grandchild = subprocess.Popen(["sleep", "600"])
with open(folder + "/pids.new", "w") as file:
    file.write(f"{os.getpid()} {grandchild.pid}")
os.rename(folder + "/pids.new", folder + "/pids")
time.sleep(600)
"""


def wait_for(path: Path) -> str:
    """The text of a file that another process is about to make."""
    give_up_at = time.monotonic() + WITHIN_SECONDS
    while not path.exists():
        assert time.monotonic() < give_up_at, f"{path.name} did not come"
        time.sleep(0.02)
    return path.read_text()


def living(pids: list[str]) -> list[str]:
    """Those that still run after a moment's patience."""
    give_up_at = time.monotonic() + WITHIN_SECONDS
    while any(map(is_alive, pids)) and time.monotonic() < give_up_at:
        time.sleep(0.02)
    return [pid for pid in pids if is_alive(pid)]


@pytest.fixture
def launcher(tmp_path: Path, program: Program) -> "Iterator[subprocess.Popen[bytes]]":
    """A launcher with one guarded process and one thing to do after its end."""
    child = [sys.executable, "-c", CHILD, str(tmp_path)]
    text = LAUNCHER.format(folder=str(tmp_path), child=child)
    with subprocess.Popen(program(text), stdin=subprocess.PIPE) as process:
        yield process


def test_killed_launcher_leaves_no_process(
    launcher: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    pids = wait_for(tmp_path / "pids").split()
    assert all(map(is_alive, pids))
    assert not (tmp_path / "cleared").exists()

    launcher.kill()

    assert living(pids) == []
    wait_for(tmp_path / "cleared")


def test_launcher_that_ends_by_itself_leaves_no_process(
    launcher: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    pids = wait_for(tmp_path / "pids").split()
    launcher.communicate(b"")
    assert living(pids) == []
    wait_for(tmp_path / "cleared")


def test_term_reaches_the_main_process_and_its_status_comes_back(tmp_path: Path) -> None:
    lock = take_lock(tmp_path / "lock")
    warm = f"trap 'exit 7' TERM; touch {tmp_path}/up; while :; do sleep 0.05; done"
    command = command_for(tmp_path / "lock", "run", ["/bin/sh", "-c", warm])
    with subprocess.Popen(command) as guarded:
        try:
            wait_for(tmp_path / "up")
            guarded.send_signal(signal.SIGTERM)
            assert guarded.wait(WITHIN_SECONDS) == 7
        finally:
            os.close(lock)


def test_status_of_a_command_that_ends_by_itself_comes_back(tmp_path: Path) -> None:
    lock = take_lock(tmp_path / "lock")
    done = subprocess.run(
        command_for(tmp_path / "lock", "run", ["sh", "-c", "exit 5"]), check=False
    )
    assert done.returncode == 5
    os.close(lock)
