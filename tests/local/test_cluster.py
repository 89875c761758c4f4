"""A real PostgreSQL with fsync on: torn, killed, taken ports, and nothing is lost."""

import os
import signal
import socket
import time
from pathlib import Path

import psycopg
import pytest

from config.local.environment import make_secrets, secret
from config.local.locks import is_alive
from config.local.ports import LOOPBACK, Ports, any_free_port
from config.local.services import Plan, Running, services

pytestmark = pytest.mark.usefixtures("unsteered")


def plan_on(data: Path) -> Plan:
    wish = Ports(web=any_free_port(), postgres=any_free_port(), valkey=any_free_port())
    return Plan(data=data, wish=wish)


def connect(running: Running) -> "psycopg.Connection[tuple[object, ...]]":
    url = running.environment["DATABASE_URL"].replace("postgres://", "postgresql://")
    return psycopg.connect(url, autocommit=True)


def postmaster(running: Running) -> int:
    assert running.cluster is not None
    return int((running.cluster.folder / "postmaster.pid").read_text().split("\n")[0])


def has_ended(pid: int) -> bool:
    """Whether a process that was told to end has ended, after a moment's patience."""
    give_up_at = time.monotonic() + 10
    while is_alive(str(pid)) and time.monotonic() < give_up_at:
        time.sleep(0.01)
    return not is_alive(str(pid))


def test_killed_server_starts_again_and_has_lost_nothing(tmp_path: Path) -> None:
    with services(plan_on(tmp_path)) as running:
        with connect(running) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            connection.execute("CREATE TABLE receipt (id int)")
            connection.execute("INSERT INTO receipt SELECT generate_series(1, 1000)")
        killed = postmaster(running)
        os.kill(killed, signal.SIGKILL)
        assert has_ended(killed)

    with services(plan_on(tmp_path)) as running, connect(running) as connection:
        assert connection.execute("SELECT sum(id) FROM receipt").fetchone() == (500_500,)


def test_server_left_over_by_a_killed_run_is_stopped_first(tmp_path: Path) -> None:
    with services(plan_on(tmp_path)) as running:
        assert running.cluster is not None
        running.cluster.stop()
        port = any_free_port()
        running.cluster.start(port)
        left_over = postmaster(running)

        running.cluster.clear_left_over()

        assert not running.cluster.is_running()
        assert has_ended(left_over)


def test_pid_file_that_names_another_program_is_no_running_server(tmp_path: Path) -> None:
    with services(plan_on(tmp_path)) as running:
        assert running.cluster is not None
        running.cluster.stop()
        (running.cluster.folder / "postmaster.pid").write_text(f"{os.getpid()}\n")
        assert not running.cluster.is_running()
        running.cluster.clear_left_over()  # would have interrupted this very process


def test_torn_initdb_is_not_taken_for_a_database(tmp_path: Path) -> None:
    torn = tmp_path / "pg18.new"
    torn.mkdir()
    (torn / "PG_VERSION").write_text("18\n")
    with services(plan_on(tmp_path)) as running, connect(running) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert not torn.exists()


def test_taken_ports_are_replaced_and_the_choice_remembered(tmp_path: Path) -> None:
    plan = plan_on(tmp_path)
    with (
        socket.create_server((LOOPBACK, plan.wish.postgres)),
        socket.create_server((LOOPBACK, plan.wish.valkey)),
        services(plan) as running,
    ):
        assert running.ports.web == plan.wish.web
        assert running.ports.postgres != plan.wish.postgres
        assert running.ports.valkey != plan.wish.valkey
        remembered = (tmp_path / "ports.json").read_text()
        assert f'"postgres": {running.ports.postgres}' in remembered
        with connect(running) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_role_of_the_product_is_no_superuser_and_owns_its_database(tmp_path: Path) -> None:
    with services(plan_on(tmp_path)) as running, connect(running) as connection:
        role = connection.execute(
            "SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        )
        assert role.fetchone() == (False, False)
        connection.execute("CREATE TABLE ours ()")


def test_valkeys_configuration_with_its_password_is_private(tmp_path: Path) -> None:
    with services(plan_on(tmp_path)):
        path = tmp_path / "valkey" / "valkey.conf"
        assert path.stat().st_mode & 0o777 == 0o600
        assert secret(make_secrets(tmp_path), "valkey") in path.read_text()


def test_given_urls_switch_the_embedded_pair_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody@database.example/perisai")
    monkeypatch.setenv("REDIS_URL", "redis://broker.example/0")
    with services(plan_on(tmp_path)) as running:
        assert (running.cluster, running.valkey) == (None, None)
        assert running.environment["DATABASE_URL"].endswith("@database.example/perisai")
        assert not (tmp_path / "pg18").exists()
