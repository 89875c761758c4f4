"""The product's own processes: web, worker and beat, each behind a lifeline, and `manage.py`."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from config.local.lifeline import command_for
from config.local.services import Running

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
QUEUES = "default,sweep,notify,files"
ANSWERS_WITHIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AppProcess:
    """One of web, worker, beat: its guarded command line and its environment."""

    name: str
    command: list[str]
    environment: dict[str, str]


def app_processes(running: Running, *, extra: dict[str, str] | None = None) -> list[AppProcess]:
    """Web, worker and beat for these services; `extra` goes into the environment of each."""
    beat = running.data / "beat"
    beat.mkdir(mode=0o700, exist_ok=True)
    celery = [str(BIN / "celery"), "--app", "config"]
    worker = ["worker", "--queues", QUEUES, "--concurrency", setting("WORKER_PROCS", "2")]
    schedule = ["--schedule", str(beat / "schedule"), "--pidfile="]
    commands = {
        "web": web_command(running),
        "worker": [*celery, *worker, "--loglevel", "INFO", "--without-gossip", "--without-mingle"],
        "beat": [*celery, "beat", "--loglevel", "INFO", *schedule],
    }
    return [
        AppProcess(
            name=name,
            command=command_for(running.data / "lock", "run", command),
            environment=app_environment(running, role=name) | (extra or {}),
        )
        for name, command in commands.items()
    ]


def web_command(running: Running) -> list[str]:
    """gunicorn as in production, on the loopback alone, with patience that fits a lifeline's."""
    options = {
        "worker-class": "gthread",
        "workers": setting("WEB_WORKERS", "2"),
        "threads": setting("WEB_THREADS", "4"),
        "timeout": "30",
        "graceful-timeout": "10",
        "keep-alive": "5",
        "max-requests": "20000",
        "max-requests-jitter": "2000",
        "limit-request-line": "4094",
        "limit-request-fields": "64",
        "log-level": "warning",
        "bind": f"127.0.0.1:{running.ports.web}",
    }
    if Path("/dev/shm").is_dir():  # noqa: S108  where Linux keeps a tmpfs
        options["worker-tmp-dir"] = "/dev/shm"  # noqa: S108
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    # Loaded once before the workers fork: it opens no connection, and two cores start sooner.
    flags = ["--no-control-socket", "--preload", *flags]
    return [str(BIN / "gunicorn"), "config.wsgi:application", *flags]


def app_environment(running: Running, *, role: str) -> dict[str, str]:
    """The environment of one process; only web keeps a pool of connections."""
    own = {"PROCESS_ROLE": role, "PYTHONUNBUFFERED": "1"}
    if role == "web":
        own["DB_POOL_MAX"] = setting("DB_POOL_MAX", "4")
    return os.environ | running.environment | own


def setting(name: str, otherwise: str) -> str:
    """What the caller exported, else the local value."""
    return os.environ.get(name, otherwise)


def manage(
    running: Running, *arguments: str, extra: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run `manage.py` to its end beside these services and return what it printed."""
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        cwd=ROOT,
        env=app_environment(running, role="command") | (extra or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def is_ready(base_url: str) -> bool:
    """Whether the web processes answer and find all that they need."""
    try:
        with urllib.request.urlopen(f"{base_url}/health/ready", timeout=5) as answer:  # noqa: S310
            return json.load(answer)["status"] in {"ready", "degraded"}
    except (OSError, ValueError, KeyError, urllib.error.URLError):
        return False


def wait_until_ready(base_url: str) -> bool:
    """Wait for the first good answer; false when none came in time."""
    give_up_at = time.monotonic() + ANSWERS_WITHIN_SECONDS
    while time.monotonic() < give_up_at:
        if is_ready(base_url):
            return True
        time.sleep(0.1)
    return False
