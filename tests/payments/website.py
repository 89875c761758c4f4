"""The product's web process for real: gunicorn over a database, killed and starved from outside.

Nothing in the product knows of it. A request is held at a place by a lock that another connection
has, and found there in `pg_stat_activity`.
"""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg

from config.local.lifeline import command_for
from config.local.ports import any_free_port
from tests.factories.payments import NOW

ROOT: Final = Path(__file__).resolve().parents[2]
BIN: Final = Path(sys.executable).parent
PATIENCE: Final = 60.0
THREADS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]
    seconds: float

    @property
    def code(self) -> str:
        """The refusal's code; empty when it is none."""
        return str(self.body.get("code", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Website:
    """A running gunicorn with one worker."""

    port: int
    process: "subprocess.Popen[bytes]"

    def call(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """One request on a connection of its own. Raises OSError or HTTPException when it ends."""
        began = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        said = {"Content-Type": "application/json", "Authorization": f"Token {token}"}
        with contextlib.closing(line):
            line.request(method, path, json.dumps(body or {}), said | (headers or {}))
            answer = line.getresponse()
            found = json.loads(answer.read() or b"{}")
        return Reply(
            status=answer.status,
            headers=dict(answer.getheaders()),
            body=found,
            seconds=time.monotonic() - began,
        )

    def pay(self, token: str, body: dict[str, Any], key: str) -> Reply:
        """POST a payment."""
        headers = {"Idempotency-Key": key}
        return self.call("POST", "/api/v1/pospay/payments", token=token, body=body, headers=headers)

    def kill_worker(self) -> None:
        """kill -9 of the process that answers; gunicorn starts another one."""
        os.kill(self.worker, signal.SIGKILL)

    def freeze_worker(self) -> None:
        """Stop the process that answers in the middle of what it does."""
        os.kill(self.worker, signal.SIGSTOP)

    @property
    def worker(self) -> int:
        """The process that answers: the child of gunicorn, which is the lifeline's."""
        (worker,) = _children(_children(self.process.pid)[0])
        return worker


@contextlib.contextmanager
def website(database_url: str, **extra: str) -> Iterator[Website]:
    """A web process over a database, as production configures it, at the worked examples' day."""
    port = any_free_port()
    own = {"DATABASE_URL": database_url, "DEMO_NOW": NOW.isoformat(), "PROCESS_ROLE": "web"}
    own |= {"DB_POOL_MAX": str(THREADS), "WEB_WORKERS": "1", "WEB_THREADS": str(THREADS)}
    command = [str(BIN / "gunicorn"), "config.wsgi:application", "--no-control-socket"]
    command += ["--config", "config/gunicorn.py", "--bind", f"127.0.0.1:{port}"]
    command += ["--log-level", "critical"]
    process = subprocess.Popen(  # noqa: S603  our own program
        command_for(Path(os.environ["TEST_LOCK"]), "run", command),
        cwd=ROOT,
        env=os.environ | own | extra,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    site = Website(port=port, process=process)
    try:
        eventually(lambda: _is_live(site))
        yield site
    finally:
        process.terminate()
        process.wait(PATIENCE)


def eventually(holds: Callable[[], object]) -> None:
    """Wait until something is so. Raises TimeoutError."""
    give_up_at = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > give_up_at:
            raise TimeoutError("it never came to that")
        time.sleep(0.02)


def waits(connection: psycopg.Connection[Any], event: str) -> bool:
    """Whether a session of the web process waits: for a Lock, in PgSleep, for SyncRep."""
    found = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'web'"
        " AND state = 'active' AND %s IN (wait_event_type, wait_event)",
        [event],
    ).fetchone()
    return found is not None and found[0] > 0


def _is_live(site: Website) -> bool:
    with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
        return site.call("GET", "/health/live").status == http.client.OK
    return False


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
