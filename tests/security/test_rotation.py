"""Keys rotate while other processes read and write: every value opens all the time."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any, cast

import pytest
from django.db.models import Model
from pytest_django.fixtures import Settings

from config.local.lifeline import command_for
from perisai import tasks
from perisai.models import Agent, KeyCanary
from perisai.privacy import Sealed
from perisai.privacy.keyring import KeyInUse, read_ring, write_ring
from perisai.services import keys
from perisai.services.keys import activate_key, add_key, retire_key, rotate_fields
from tests.perisai.rings import use_rings
from tests.perisai.rows import unsaved_agent
from tests.perisai.test_keys import DAY
from tests.retention.test_sweep_worker import ROOT, database_url
from tests.security.writer import NAME

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = ("PRS-A", "PRS-B")
NOBODYS = "PRS-C"  # read by both, and written again by none of them
EACH = 15
SECONDS = 60
LOOKS = 1.0  # seconds between two looks at the file, of every process here


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """A folder with fresh rings; the installation's canaries come back at the end."""
    known = list(KeyCanary.objects.all())
    use_rings(settings, tmp_path)
    yield tmp_path
    KeyCanary.objects.all().delete()
    KeyCanary.objects.bulk_create(known)


@contextmanager
def writers(folder: Path) -> Iterator[list[dict[str, int]]]:
    """Two processes at work; what they saw is in the list when the block has ended."""
    stop, seen = folder / "stop", cast("list[dict[str, int]]", [])
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "FIELD_KEYS_FILE": str(folder / "field.json"),
        "INDEX_KEYS_FILE": str(folder / "index.json"),
        "PROOF_KEYS_FILE": str(folder / "proof.json"),
        "PROCESS_ROLE": "worker",
        "LOG_LEVEL": "CRITICAL",
    }
    lock = Path(os.environ["TEST_LOCK"])
    processes = [
        subprocess.Popen(  # noqa: S603  our own interpreter
            command_for(
                lock,
                "run",
                [sys.executable, "-m", "tests.security.writer", own, str(stop), str(LOOKS)],
            ),
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for own in WRITERS
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        yield seen
    finally:
        stop.touch()
        said = [process.communicate(timeout=SECONDS)[0] for process in processes]
    seen.extend(json.loads(line) for line in said)


def silent(_model: type[Model], _rows: int) -> None:
    """Progress that nobody reads."""


def people() -> None:
    """Agents whom the writers write on, each its own."""
    Agent.objects.bulk_create(
        unsaved_agent(f"{own}-{number:03}", name=NAME) for own in WRITERS for number in range(EACH)
    )


def key_ids() -> set[int]:
    sealed = Agent.objects.values_list("name", flat=True)
    return {cast("Sealed[str]", value).key_id for value in sealed}


def retired_in_time(key_id: int) -> bool:
    """Rotate and retire, as an operator does: what is refused is tried again."""
    until = monotonic() + SECONDS
    while monotonic() < until:
        rotate_fields(limit=None, progress=silent)
        try:
            retire_key(key_id)
        except KeyInUse:
            sleep(0.2)  # a process may still hold the ring as it was
        else:
            return True
    return False


@pytest.mark.slow
def test_rotation_under_writes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The writers follow the file as a running process does, late."""
    monkeypatch.setattr("perisai.privacy.keyring.SECONDS_BETWEEN_LOOKS", LOOKS)
    monkeypatch.setattr(keys, "SETTLES_AFTER", LOOKS + 1)
    people()
    with writers(folder) as seen:
        add_key("field", created=DAY)
        activate_key(2)
        assert retired_in_time(1)
        sleep(1)
    assert [one["unreadable"] for one in seen] == [0, 0]
    assert min(one["reads"] for one in seen) > EACH
    assert key_ids() == {2}
    assert set(read_ring(folder / "field.json", "field").keys) == {2}
    assert all(agent.name.startswith(NAME) for agent in Agent.objects.all())


@pytest.mark.slow
def test_rotation_control_with_a_key_thrown_away_fails(folder: Path) -> None:
    people()
    Agent.objects.bulk_create([unsaved_agent(f"{NOBODYS}-000", name=NAME)])
    with writers(folder) as seen:
        add_key("field", created=DAY)
        activate_key(2)
        write_ring(read_ring(folder / "field.json", "field").without_key(1))
        sleep(LOOKS + 1.5)  # until both have looked at the file again
    assert sum(one["unreadable"] for one in seen) > 0


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process follows the file without delay."""
    monkeypatch.setattr("perisai.privacy.keyring.SECONDS_BETWEEN_LOOKS", 0.0)


def test_retire_refuses_while_a_process_may_still_write_with_the_old_key(
    folder: Path, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    people()
    add_key("field", created=DAY)
    activate_key(2)
    rotate_fields(limit=None, progress=silent)
    before = (folder / "field.json").read_text()
    monkeypatch.setattr(keys, "SETTLES_AFTER", 3_600.0)
    with pytest.raises(KeyInUse, match="a moment ago"):
        retire_key(1)
    assert (folder / "field.json").read_text() == before
    monkeypatch.setattr(keys, "SETTLES_AFTER", 0.0)
    retire_key(1)
    assert set(read_ring(folder / "field.json", "field").keys) == {2}


def test_task_rotates_in_pieces_and_calls_itself_until_all_is_done(
    folder: Path, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    people()
    add_key("field", created=DAY)
    activate_key(2)
    called: list[Any] = []
    monkeypatch.setattr(tasks.rotate_keys, "delay", called.append)
    tasks.rotate_keys(20)
    assert (called, key_ids()) == ([20], {1, 2})
    while called:  # as the worker would, until it is sent no more; histories rotate too
        tasks.rotate_keys(called.pop())
    assert (key_ids(), rotate_fields(limit=None, progress=silent)) == ({2}, 0)
