"""The processes that are killed, and how each comes back."""

import contextlib
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import DEVNULL, Popen, run
from time import monotonic, sleep
from typing import Final, Self

from config.local.cluster import Cluster, command_line_of
from config.local.environment import secret
from config.local.locks import is_alive
from config.local.processes import ROOT, app_processes
from config.local.services import Running
from config.local.valkey import Valkey, start_valkey

NOBODY: Final = "nobody, for comparison"
PRODUCT: Final = "config.wsgi:application"
GONE_WITHIN: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Victim:
    """Something to kill -9, and what starts it again; `weight`: how often it is chosen."""

    name: str
    weight: int
    strike: Callable[[], None]
    mend: Callable[[], None]


class Machine:
    """Web, worker and beat on running services, all of which may be killed at any instant."""

    def __init__(self, running: Running, *, wsgi: str = PRODUCT) -> None:
        if running.cluster is None or running.valkey is None:
            raise RuntimeError("faults need servers of their own: unset DATABASE_URL and REDIS_URL")
        self._running = running
        self._wsgi = wsgi
        self._cluster: Cluster = running.cluster
        self._valkey: Valkey = running.valkey
        self._apps: dict[str, Popen[bytes]] = {}

    def __enter__(self) -> Self:
        if self._valkey.process.poll() is not None:  # an earlier run killed it
            self._start_valkey()
        for name in ("web", "worker", "beat"):
            self._start(name)
        return self

    def __exit__(self, *_raised: object) -> None:
        for process in self._apps.values():
            process.terminate()
        for process in self._apps.values():
            process.wait()
        if self._valkey is not self._running.valkey:
            self._valkey.stop()

    def victims(self) -> tuple[Victim, ...]:
        """Everything that money runs through, and nobody: how long an answer takes anyway."""
        return (
            Victim(
                name="a web worker",
                weight=4,
                strike=self._kill_web_worker,
                mend=lambda: None,  # gunicorn starts another one
            ),
            Victim(
                name="web, all of it",
                weight=2,
                strike=lambda: self._kill_app("web"),
                mend=lambda: self._start("web"),
            ),
            Victim(
                name="a PostgreSQL connection",
                weight=2,
                strike=self._kill_backend,
                mend=lambda: None,  # the server recovers by itself
            ),
            Victim(
                name="PostgreSQL, all of it",
                weight=3,
                strike=self._kill_postgres,
                mend=lambda: self._cluster.start(self._running.ports.postgres),
            ),
            Victim(name="Valkey", weight=2, strike=self._kill_valkey, mend=self._start_valkey),
            Victim(
                name="the worker",
                weight=1,
                strike=lambda: self._kill_app("worker"),
                mend=lambda: self._start("worker"),
            ),
            Victim(name=NOBODY, weight=2, strike=lambda: None, mend=lambda: None),
        )

    def _start(self, name: str) -> None:
        known = next(one for one in app_processes(self._running) if one.name == name)
        command = [self._wsgi if part == PRODUCT else part for part in known.command]
        known = replace(known, command=command)
        log = self._running.data / "log" / f"{name}.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("ab") as output:
            self._apps[name] = Popen(
                known.command,
                cwd=ROOT,
                env=known.environment | {"LOG_LEVEL": "ERROR"},
                stdin=DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _kill_app(self, name: str) -> None:
        """The lifeline ends the rest of the group, as init would."""
        for main in children_of(self._apps[name].pid):
            kill(main, *children_of(main))
        self._apps[name].wait()

    def _kill_web_worker(self) -> None:
        for main in children_of(self._apps["web"].pid):
            kill(*children_of(main)[:1])

    def _kill_backend(self) -> None:
        ours = [pid for pid in children_of(self._postmaster()) if is_connection(pid)]
        kill(*ours[-1:])

    def _kill_postgres(self) -> None:
        main = self._postmaster()
        kill(main, *children_of(main))

    def _postmaster(self) -> int:
        pid_file = self._cluster.folder / "postmaster.pid"
        return int(pid_file.read_text(encoding="utf-8").split("\n")[0])

    def _kill_valkey(self) -> None:
        kill(*children_of(self._valkey.process.pid))
        self._valkey.process.wait()

    def _start_valkey(self) -> None:
        data = self._running.data
        password = secret(data / "secrets", "valkey")
        port = self._running.ports.valkey
        self._valkey = start_valkey(data, port, password=password, is_durable=False)


def kill(*pids: int) -> None:
    """kill -9, and wait until they are gone; who has gone by itself is no matter."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    give_up_at = monotonic() + GONE_WITHIN
    while any(is_alive(str(pid)) for pid in pids) and monotonic() < give_up_at:
        sleep(0.01)


def is_connection(pid: int) -> bool:
    """Whether a process of PostgreSQL serves a client."""
    return "127.0.0.1(" in command_line_of(str(pid))


def children_of(parent: int) -> list[int]:
    """The processes that a process started, oldest first."""
    return sorted(pid for pid, its in _parents().items() if its == parent)


def _parents() -> dict[int, int]:
    if not Path("/proc/self").exists():
        asked = ["ps", "-A", "-o", "pid=,ppid="]  # macOS
        listed = run(asked, capture_output=True, text=True, check=True)
        pairs = (line.split() for line in listed.stdout.splitlines())
        return {int(pid): int(parent) for pid, parent in pairs}
    found: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        found[int(folder.name)] = int(state.rpartition(")")[2].split()[1])
    return found
