"""Throw-away PostgreSQL and Valkey for one test run: an early plugin (`addopts = -p`).

pytest-django reads the settings before a conftest can act, so the services start in a wrapper of
`pytest_load_initial_conftests`, in the controller alone. It migrates one template database; every
xdist worker copies it, and takes its own Valkey database and key prefix. `DATABASE_URL` and
`REDIS_URL`, when exported, are used as given.
"""

import atexit
import contextlib
import os
from collections.abc import Generator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql
from pytest_django.plugin import blocking_manager_key

from config.local.cluster import ROLE, SUPERUSER, THROW_AWAY
from config.local.environment import secret
from config.local.errors import CannotStart
from config.local.lifeline import hold_when_free
from config.local.ports import Ports, any_free_port
from config.local.services import Plan, Running, new_throw_away_folder, services

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = "test_perisai"
MOST_WORKERS = 15
UNWANTED = ("DEMO_NOW", "DB_POOL_MAX", "PROCESS_ROLE", "SECRET_KEY_FALLBACKS", "TRUSTED_PROXIES")
GIVEN = ("DATABASE_URL", "REDIS_URL")
MADE_HERE = (
    *("SECRET_KEY", "FIELD_KEYS_FILE", "INDEX_KEYS_FILE", "PROOF_KEYS_FILE"),
    *("CACHE_URL", "PUBLIC_URL", "PERISAI_ENV"),
)
_stack = contextlib.ExitStack()


def is_controller() -> bool:
    """Whether this process is the one that a person started."""
    return "PYTEST_XDIST_WORKER" not in os.environ


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(args: list[str]) -> Generator[None]:
    """Export the test environment before the settings are read."""
    if is_controller():
        if not {"-h", "--help", "--version", "-V"} & set(args):
            start_services()
    else:
        settle_worker(os.environ["PYTEST_XDIST_WORKER"])
    return (yield)


def start_services() -> None:
    """Start what is not given, and export everything that the settings read."""
    for name in UNWANTED:
        os.environ.pop(name, None)
    given = {name: os.environ[name] for name in GIVEN if name in os.environ}
    plan = Plan(
        data=new_throw_away_folder(ROOT / ".data", "test"),
        wish=Ports(web=any_free_port(), postgres=any_free_port(), valkey=any_free_port()),
        env="test",
        settings=THROW_AWAY,
        is_thrown_away=True,
    )
    for name in MADE_HERE:
        os.environ.pop(name, None)
    try:
        running = _stack.enter_context(services(plan))
        atexit.register(_stack.close)  # a run that ends without its last hook; twice is once
    except CannotStart as refusal:
        pytest.exit(str(refusal), returncode=refusal.status)
    if running.cluster is not None:
        let_guards_sleep(running)
    os.environ.update(running.environment | given)
    os.environ["PERISAI_ENV"] = "test"
    os.environ["NOTIFY_BACKEND"] = "memory"
    os.environ["TEST_DATABASE_NAME"] = TEMPLATE
    os.environ["TEST_LOCK"] = str(running.data / "lock")
    settle_valkey("controller", number=0)


def let_guards_sleep(running: Running) -> None:
    """Let the tests' role leave triggers out where it empties tables, as only a superuser may."""
    password = secret(running.data / "secrets", "postgres")
    address = f"{SUPERUSER}:{password}@127.0.0.1:{running.ports.postgres}/postgres"
    with psycopg.connect(f"postgresql://{address}", autocommit=True) as chief:
        role = sql.Identifier(ROLE)
        chief.execute(sql.SQL("GRANT SET ON PARAMETER session_replication_role TO {}").format(role))


def settle_worker(worker: str) -> None:
    """Copy the template for this worker; pytest-django adds the same suffix to the name."""
    end_with_the_controller(os.environ["TEST_LOCK"])
    number = int(worker.removeprefix("gw")) + 1
    settle_valkey(worker, number=number)
    copy = sql.Identifier(f"{TEMPLATE}_{worker}")
    with server_connection() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(copy))
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(copy, sql.Identifier(TEMPLATE))
        )


def end_with_the_controller(lock: str) -> None:
    """Let no worker finish a long test after its controller was killed."""

    def wait_and_end() -> None:
        hold_when_free(lock)
        os._exit(1)

    Thread(target=wait_and_end, daemon=True).start()


def settle_valkey(owner: str, *, number: int) -> None:
    """Give this process a Valkey database and a key prefix of its own."""
    url = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{number}").geturl()
    os.environ["REDIS_URL"] = os.environ["CACHE_URL"] = url
    os.environ["CACHE_KEY_PREFIX"] = f"test-{owner}"
    os.environ["CACHE_PATIENCE"] = "5"  # of a busy machine


def server_connection() -> psycopg.Connection[tuple[Any, ...]]:
    """A connection to the server's maintenance database, outside of any transaction."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(scheme="postgresql", path="/postgres")
    return psycopg.connect(url.geturl(), autocommit=True)


def pytest_configure(config: pytest.Config) -> None:
    """Keep the databases that this plugin makes: pytest-django finds them filled."""
    config.option.reuse_db = True


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Make the template once, before the first worker starts."""
    config = session.config
    if is_controller() and not config.getoption("collectonly"):
        with config.stash[blocking_manager_key].unblock():
            make_template()


def make_template() -> None:
    """Migrate an empty database and load the small reference set into it."""
    from django.core.management import call_command  # noqa: PLC0415  settings are read by now
    from django.db import connection  # noqa: PLC0415

    template = sql.Identifier(TEMPLATE)
    with server_connection() as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(template))
        server.execute(sql.SQL("CREATE DATABASE {}").format(template))
    ordinary_name = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = TEMPLATE
    try:
        call_command("migrate", verbosity=0, interactive=False)
        if find_spec("tests.reference") is not None:
            import_module("tests.reference").load_small_reference()
    finally:
        connection.close()
        connection.settings_dict["NAME"] = ordinary_name


def pytest_xdist_auto_num_workers() -> int:
    """One worker a core: more only cost, and Valkey's databases are numbered."""
    return min(os.cpu_count() or 1, MOST_WORKERS)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Stop the services and leave no folder; a killed run leaves that to its lifelines."""
    if is_controller():
        _stack.close()
