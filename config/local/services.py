"""PostgreSQL and Valkey of one data folder, up for as long as a `with` block runs.

Used by `run`, `demo`, tests and benchmarks. `DATABASE_URL` and `REDIS_URL`, when exported, switch
the embedded pair off one by one.
"""

import contextlib
import os
import shlex
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from config.local.cluster import DURABLE, Cluster
from config.local.environment import environment_of, exported_values_win, make_secrets, secret
from config.local.errors import CannotStart
from config.local.locks import take_lock, try_lock
from config.local.ports import Ports, any_free_port, free_ports, remember
from config.local.valkey import Valkey, start_valkey
from config.local.ways import must_be_ours, way_for

YOUNG_SECONDS = 60.0
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to start: where, on which ports, under which `PERISAI_ENV`, how carefully."""

    data: Path
    wish: Ports = field(default_factory=Ports)
    env: str = "local"
    settings: dict[str, str] | None = None
    is_thrown_away: bool = False

    @property
    def postgres_settings(self) -> dict[str, str]:
        """The server's settings; durable unless others were asked for."""
        return DURABLE if self.settings is None else self.settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What runs: the settings that point to it, its ports, the descriptor of the lock."""

    data: Path
    ports: Ports
    environment: dict[str, str]
    lock: int
    cluster: Cluster | None
    valkey: Valkey | None


def quiet(_line: str) -> None:
    """Say nothing."""


@contextlib.contextmanager
def services(plan: Plan, *, say: Say = quiet) -> Iterator[Running]:
    """Start what is not given from outside, yield it, stop it. Raises CannotStart.

    However this process dies, lifelines stop the servers, and remove a throw-away folder.
    """
    plan.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    must_be_ours(plan.data)
    plan.data.chmod(0o700)
    lock = take_lock(plan.data / "lock")
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, lock)
        if plan.is_thrown_away:
            stack.callback(shutil.rmtree, plan.data, ignore_errors=True)
        make_secrets(plan.data)
        ports = free_ports(plan.wish)
        cluster = valkey = None
        if "DATABASE_URL" not in os.environ:
            cluster, ports = stack.enter_context(postgres(plan, ports, say=say))
        if "REDIS_URL" not in os.environ:
            valkey = valkey_on(plan, ports)
            ports = replace(ports, valkey=valkey.port)
            stack.callback(valkey.stop)
            say(f"Valkey ready       127.0.0.1:{ports.valkey}")
        remember(plan.data, ports)
        environment = exported_values_win(environment_of(plan.data, ports, env=plan.env))
        yield Running(
            data=plan.data,
            ports=ports,
            environment=environment,
            lock=lock,
            cluster=cluster,
            valkey=valkey,
        )


@contextlib.contextmanager
def postgres(plan: Plan, ports: Ports, *, say: Say) -> Iterator[tuple[Cluster, Ports]]:
    """The server with the product's role and database, and the port that it got."""
    folder = plan.data / "secrets"
    cluster = Cluster(
        way=way_for(plan.data), lock=plan.data / "lock", settings=plan.postgres_settings
    )
    mode = "fast" if cluster.is_durable else "immediate"
    guard = cluster.guard(when_launcher_dies(plan, cluster, mode))
    try:
        if cluster.make(secret(folder, "postgres")):
            say("database cluster made")
        cluster.clear_left_over()
        ports = start_somewhere(cluster, ports)
        say(f"PostgreSQL ready   127.0.0.1:{ports.postgres}")
        cluster.make_role_and_database(
            ports.postgres,
            superuser=secret(folder, "postgres"),
            password=secret(folder, "database"),
        )
        yield cluster, ports
    finally:
        if cluster.is_running():
            cluster.stop(mode)
        guard.kill()
        guard.wait()
        if plan.is_thrown_away and cluster.way.home != plan.data:
            shutil.rmtree(cluster.way.home.parent, ignore_errors=True)


def when_launcher_dies(plan: Plan, cluster: Cluster, mode: str) -> list[str]:
    """Stop the server, and leave no folder of a throw-away one."""
    stop = cluster.stop_command(mode)
    if not plan.is_thrown_away:
        return stop
    rubbish = [str(plan.data)]
    if cluster.way.home != plan.data:
        rubbish.append(str(cluster.way.home.parent))
    return ["/bin/sh", "-c", f"{shlex.join(stop)}; rm -rf -- {shlex.join(rubbish)}"]


def start_somewhere(cluster: Cluster, ports: Ports) -> Ports:
    """Start on the wished port, once more on another when somebody was quicker."""
    try:
        cluster.start(ports.postgres)
    except CannotStart:
        ports = replace(ports, postgres=any_free_port())
        cluster.start(ports.postgres)
    return ports


def valkey_on(plan: Plan, ports: Ports) -> Valkey:
    """Start on the wished port, once more on another when somebody was quicker."""
    password = secret(plan.data / "secrets", "valkey")
    is_durable = not plan.is_thrown_away
    try:
        return start_valkey(plan.data, ports.valkey, password=password, is_durable=is_durable)
    except CannotStart:
        other = any_free_port()
        return start_valkey(plan.data, other, password=password, is_durable=is_durable)


def new_throw_away_folder(data: Path, kind: str) -> Path:
    """`data/KIND-…`, after removing the ones that a killed run could not clear away."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in data.glob(f"{kind}-*"):
        clear_if_dead(folder)
    folder = data / f"{kind}-{os.getpid()}-{time.time_ns():x}"
    folder.mkdir(mode=0o700)
    return folder


def clear_if_dead(folder: Path) -> None:
    """Remove a throw-away folder whose lock nobody holds; a young one may not be locked yet."""
    try:
        if time.time() - folder.stat().st_mtime < YOUNG_SECONDS:
            return
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return
    try:
        is_dead = try_lock(descriptor)
    finally:
        os.close(descriptor)
    if is_dead:
        with contextlib.suppress(OSError):
            shutil.rmtree((folder / "where").read_text(encoding="utf-8").strip())
        shutil.rmtree(folder, ignore_errors=True)
