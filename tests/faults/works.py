"""Workers, beats and a broker of a test's own, which may all be killed at any instant."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import psycopg
import redis
from django.db import connection
from psycopg import sql

from config.celery import app
from config.local.lifeline import command_for
from config.local.ports import any_free_port
from config.local.valkey import Valkey, start_valkey
from faults.victims import children_of, kill
from tests.payments.test_cases_processes import database_url
from tests.payments.website import PATIENCE, ROOT, eventually

Process: TypeAlias = "subprocess.Popen[bytes]"
APP: Final = "tests.faults.hurried"
PASSWORD: Final = "kata-sandi-antrean-percobaan"  # noqa: S105  of a broker that is thrown away
PREFIX: Final = "trial"
QUIET: Final = ("--without-mingle", "--without-gossip", "--loglevel", "WARNING")


@dataclass(slots=True, kw_only=True)
class Works:
    """What runs, and what it is told."""

    folder: Path
    environment: dict[str, str]
    broker: Valkey
    running: list[Process] = field(default_factory=list)

    @property
    def broker_url(self) -> str:
        """Where messages wait."""
        return f"redis://:{PASSWORD}@127.0.0.1:{self.broker.port}/0"

    def worker(self, *, name: str = "worker", **extra: str) -> Process:
        """Start one with two processes."""
        command = ["worker", "--queues", "default,sweep,notify", "--concurrency", "2", *QUIET]
        own = {"WORKER_HEARTBEAT_FILE": str(self.folder / name)}
        return self._start([*command, "--hostname", f"{name}@%h"], own | extra)

    def beat(self, name: str) -> Process:
        """Start one with a schedule of its own."""
        schedule = ["--schedule", str(self.folder / name), "--pidfile="]
        return self._start(["beat", "--loglevel", "WARNING", *schedule], {})

    def send(self, task: str, *arguments: str) -> None:
        """One nudge, as beat would send it."""
        own = {"global_keyprefix": f"{PREFIX}:"}
        with app.connection_for_write(self.broker_url, transport_options=own) as line:
            app.send_task(task, arguments, connection=line)

    def lose_broker(self) -> None:
        """kill -9, and nothing is left of its data."""
        kill(*children_of(self.broker.process.pid))
        self.broker.process.wait()
        shutil.rmtree(self.folder / "valkey")

    def start_broker(self) -> None:
        """On the same port, empty."""
        port = self.broker.port
        self.broker = start_valkey(self.folder, port, password=PASSWORD, is_durable=False)

    def stop_broker(self) -> None:
        """The one that runs by now."""
        self.broker.stop()

    def lengths(self) -> tuple[int, int]:
        """Messages that wait in any queue, and those that a worker has and did not acknowledge."""
        with redis.Redis.from_url(self.broker_url) as broker:
            waiting: Any = [
                broker.llen(f"{PREFIX}:{queue}") for queue in ("default", "sweep", "notify")
            ]
            taken: Any = broker.hlen(f"{PREFIX}:unacked")
        return sum(waiting), taken

    def _start(self, command: list[str], extra: dict[str, str]) -> Process:
        whole = [sys.executable, "-m", "celery", "--app", APP, *command]
        with (self.folder / "celery.log").open("ab") as output:
            process = subprocess.Popen(  # noqa: S603  our own interpreter
                command_for(Path(os.environ["TEST_LOCK"]), "run", whole),
                cwd=ROOT,
                env=self.environment | extra,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.running.append(process)
        return process


@contextmanager
def works(folder: Path, *, now: str, **extra: str) -> Iterator[Works]:
    """A broker, and whatever a test starts on it; all of it ends with the block."""
    (folder / "lock").symlink_to(os.environ["TEST_LOCK"])
    port = any_free_port()
    broker = start_valkey(folder, port, password=PASSWORD, is_durable=False)
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "REDIS_URL": f"redis://:{PASSWORD}@127.0.0.1:{port}/0",
        "CACHE_KEY_PREFIX": PREFIX,
        "DEMO_NOW": now,
        "PROCESS_ROLE": "worker",
        **extra,
    }
    made = Works(folder=folder, environment=environment, broker=broker)
    with ExitStack() as stack:
        stack.callback(made.stop_broker)
        stack.callback(_end_all, made.running)
        yield made


def main_of(process: Process) -> int:
    """Celery's own process behind the lifeline."""
    (main,) = children_of(process.pid)
    return main


def kill_children(process: Process) -> None:
    """kill -9 of the processes that do the tasks; the main one starts others."""
    kill(*children_of(main_of(process)))


def kill_main(process: Process) -> None:
    """kill -9 of the main process, which takes its children along."""
    kill(main_of(process))
    process.wait(PATIENCE)


@contextmanager
def held(table: str) -> Iterator[None]:
    """Let nobody write into a table while the block runs."""
    url = database_url().replace("postgres://", "postgresql://", 1)
    with psycopg.connect(url) as session:
        session.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(sql.Identifier(table)))
        yield
        session.rollback()


def wait_for_a_writer() -> None:
    """Until a worker stands before a table that is held."""

    def stands() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'worker'"
                " AND datname = current_database() AND wait_event_type = 'Lock'"
            )
            return int(cursor.fetchone()[0]) > 0

    eventually(stands)


def ask_to_end(process: Process) -> None:
    """TERM to Celery itself, as a container gets it; the lifeline's shorter patience is apart."""
    os.kill(main_of(process), signal.SIGTERM)


def _end_all(running: list[Process]) -> None:
    """Not in order: what they leave behind is thrown away."""
    for process in running:
        if process.poll() is None:
            kill(*children_of(process.pid))
            process.wait(PATIENCE)
