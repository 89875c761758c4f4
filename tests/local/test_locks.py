"""One launcher a folder; its lock file is opened once, or the lock would be lost."""

import os
import subprocess
from pathlib import Path

import pytest

from config.local.errors import CannotStart
from config.local.locks import holder_of, take_lock, tell_holder
from tests.local.conftest import Program

HOLD = """
from pathlib import Path
from config.local.locks import take_lock, tell_holder
tell_holder(take_lock(Path({path!r})), "http://127.0.0.1:8000")
print("held", flush=True)
sys.stdin.read()
"""
# An audit hook sees every way to open a file, in this interpreter.
COUNT_OPENS = """
from pathlib import Path
opened = []
def note(event, details):
    if event == "open" and str(details[0]).endswith("/lock"):
        opened.append(details[0])
sys.addaudithook(note)
from config.local.cluster import THROW_AWAY
from config.local.ports import Ports, any_free_port
from config.local.services import Plan, services
ports = Ports(web=any_free_port(), postgres=any_free_port(), valkey=any_free_port())
plan = Plan(data=Path({data!r}), wish=ports, settings=THROW_AWAY, is_thrown_away=True)
with services(plan) as running:
    print(len(opened), running.cluster.is_running(), flush=True)
"""


def test_second_launcher_is_refused_with_the_first_ones_pid_and_url(
    tmp_path: Path, program: Program
) -> None:
    path = tmp_path / "lock"
    first = subprocess.Popen(
        program(HOLD.format(path=str(path))), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert first.stdout is not None
    assert first.stdout.readline() == b"held\n"

    with pytest.raises(CannotStart) as refusal:
        take_lock(path)

    assert refusal.value.status == 3
    assert f"(pid {first.pid}) http://127.0.0.1:8000" in str(refusal.value)
    assert holder_of(path) == first.pid
    first.communicate(b"")


def test_lock_of_a_dead_launcher_is_free(tmp_path: Path, program: Program) -> None:
    path = tmp_path / "lock"
    dead = subprocess.run(
        program(HOLD.format(path=str(path))), input=b"", capture_output=True, check=True
    )
    assert dead.stdout == b"held\n"
    assert holder_of(path) is None
    lock = take_lock(path)
    tell_holder(lock, "")
    assert path.read_text() == f"{os.getpid()}\n\n"
    os.close(lock)


@pytest.mark.usefixtures("unsteered")
def test_launcher_opens_its_lock_exactly_once(tmp_path: Path, program: Program) -> None:
    data = tmp_path / "data"
    done = subprocess.run(
        program(COUNT_OPENS.format(data=str(data))), capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("1 True\n", "")
    assert not data.exists()
