"""A PostgreSQL of a test's own, durable as in production, to be stopped, starved and started."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from config.local import services as local
from config.local.binaries import postgres_bin
from config.local.cluster import DURABLE, SUPERUSER, Cluster
from config.local.environment import secret
from config.local.ports import Ports, any_free_port
from config.local.services import Plan, Running, new_throw_away_folder
from config.local.ways import NOBODY, Way, way_for
from tests.payments.website import ROOT
from tests.reference import load_small_reference

SMALL: Final = "8m"
# The server sees a small disk of its own: a tmpfs in a mount namespace, and is nobody's root there.
SMALL_DISK: Final = (
    *("unshare", "--user", "--map-root-user", "--mount", "--", "/bin/sh", "-c"),
    f'mount -t tmpfs -o size={SMALL},mode=0700 none "$0" && exec unshare --user'
    f' --map-user={NOBODY} --map-group={NOBODY} -- "$@"',
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDatabase:
    """The running server, its address, and the small disk if this machine can make one."""

    running: Running
    cluster: Cluster
    small_disk: Path | None

    @property
    def url(self) -> str:
        """The product's database, as a web process is told of it."""
        return self.running.environment["DATABASE_URL"]

    def stop(self) -> None:
        """As a power cut: no session is asked, nothing is written."""
        self.cluster.stop("immediate")

    def start(self) -> None:
        """On the same port and data."""
        self.cluster.start(self.running.ports.postgres)

    @contextlib.contextmanager
    def session(self, *, superuser: bool = False) -> Iterator[psycopg.Connection[Any]]:
        """A session beside the web process's, outside of any transaction."""
        parts = urlsplit(self.url)._replace(scheme="postgresql")
        url = parts.geturl()
        if superuser:
            password = secret(self.running.data / "secrets", "postgres")
            url = f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{parts.port}/{parts.path[1:]}"
        with psycopg.connect(url, autocommit=True) as session:
            yield session


@contextlib.contextmanager
def own_database() -> Iterator[OwnDatabase]:
    """Start it, migrate it, and let this process's models stand on it. Raises CannotStart."""
    data = new_throw_away_folder(ROOT / ".data", "fault")
    disk = data / "disk"
    disk.mkdir(mode=0o700)
    has_disk = can_have_small_disk(disk)
    plan = Plan(
        data=data,
        wish=Ports(web=any_free_port(), postgres=any_free_port(), valkey=any_free_port()),
        env="test",
        settings=DURABLE,
        is_thrown_away=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL")
        if has_disk:
            way = Way(prefix=(*SMALL_DISK, str(disk)), bin=postgres_bin(), home=data)
            patch.setattr(local, "way_for", lambda _data: way)
        with local.services(plan) as running, models_on(running.environment["DATABASE_URL"]):
            assert running.cluster is not None
            yield OwnDatabase(
                running=running, cluster=running.cluster, small_disk=disk if has_disk else None
            )


def can_have_small_disk(disk: Path) -> bool:
    """Whether an ordinary user may have namespaces of his own here."""
    if shutil.which("unshare") is None or way_for(disk.parent).owner is not None:
        return False
    tried = subprocess.run([*SMALL_DISK, str(disk), "true"], capture_output=True, check=False)  # noqa: S603  our own line
    return tried.returncode == 0


@contextlib.contextmanager
def models_on(database_url: str) -> Iterator[None]:
    """Let Django's connection lead to another server, which is migrated first."""
    parts = urlsplit(database_url)
    there = {"HOST": parts.hostname, "PORT": str(parts.port), "NAME": parts.path[1:]}
    there |= {"USER": parts.username, "PASSWORD": parts.password}
    ordinary = {name: connection.settings_dict[name] for name in there}
    connection.close()
    connection.settings_dict.update(there)
    try:
        call_command("migrate", verbosity=0, interactive=False)
        load_small_reference()
        yield
    finally:
        connection.close()
        connection.settings_dict.update(ordinary)
