"""gunicorn as production starts it, on two ports: one for callers, one for machines."""

import http.client
import os
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.local.lifeline import command_for
from config.local.ports import any_free_port
from tests.payments.test_cases_processes import database_url
from tests.payments.website import BIN, PATIENCE, ROOT, eventually

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where a web process answers callers, and where machines."""

    callers: int
    machines: int


@contextmanager
def web(counted: Path) -> Iterator[Ports]:
    """Two worker processes that count together in a folder."""
    ports = Ports(callers=any_free_port(), machines=any_free_port())
    own = {
        "DATABASE_URL": database_url(),
        "DB_POOL_MAX": "2",
        "WEB_WORKERS": "2",
        "WEB_THREADS": "2",
        "METRICS_PORT": str(ports.machines),
        "PROMETHEUS_MULTIPROC_DIR": str(counted),
    }
    binds = [f"--bind=127.0.0.1:{port}" for port in (ports.callers, ports.machines)]
    command = [str(BIN / "gunicorn"), "config.wsgi:application", "--no-control-socket"]
    command += ["--config", "config/gunicorn.py", "--log-level", "critical", *binds]
    process = subprocess.Popen(  # noqa: S603  our own program
        command_for(Path(os.environ["TEST_LOCK"]), "run", command),
        cwd=ROOT,
        env=os.environ | own,
        stdin=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: status_of(ports.callers, "/health/live") == http.client.OK)
        yield ports
    finally:
        process.terminate()
        process.wait(PATIENCE)


def answer_of(port: int, path: str, **headers: str) -> tuple[int, str]:
    """Status and text; 0 while nobody listens."""
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as line:
            line.request("GET", path, headers=headers)
            answer = line.getresponse()
            return answer.status, answer.read().decode()
    except OSError:
        return 0, ""


def status_of(port: int, path: str, **headers: str) -> int:
    """The status alone."""
    return answer_of(port, path, **headers)[0]


def test_metrics_are_on_their_port_alone_and_count_every_process(tmp_path: Path) -> None:
    counted = tmp_path / "counted"
    counted.mkdir()
    (counted / "counter_1.db").write_bytes(b"of an earlier life")
    with web(counted) as ports:
        for path in ("/metrics", "/health/work"):
            pretending = {"Host": f"127.0.0.1:{ports.machines}", "X-Forwarded-Port": "9100"}
            assert status_of(ports.callers, path, **pretending) == 404
            assert status_of(ports.machines, path, Host="web:9100") == 200
        assert status_of(ports.machines, "/health/live") == 404
        for _ in range(30):
            assert status_of(ports.callers, "/health/live") == 200

        def counts_them() -> bool:
            text = answer_of(ports.machines, "/metrics")[1]
            lines = [one for one in text.splitlines() if one.startswith("perisai_answers_total")]
            found = {one.split()[0]: float(one.split()[1]) for one in lines}
            return found.get('perisai_answers_total{status="2xx"}', 0) >= 30

        eventually(counts_them)
        _status, text = answer_of(ports.machines, "/metrics")
        assert "perisai_pool_waiting 0.0" in text
        assert "perisai_outbox_oldest_seconds 0.0" in text
        assert not (counted / "counter_1.db").exists()
