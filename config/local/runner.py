"""`make run`: services, data, then web, worker and beat in the foreground until Ctrl-C."""

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from honcho import manager as honcho_manager
from honcho.printer import Message, Printer

from config.local.binaries import postgres_bin, valkey_server
from config.local.environment import DEMO_LOGINS, demo_passwords, demo_totp_secret
from config.local.errors import CannotStart
from config.local.locks import tell_holder
from config.local.otp import present_code
from config.local.ports import Ports, is_free, remembered_ports
from config.local.preparation import prepare
from config.local.processes import ROOT, app_processes, wait_until_ready
from config.local.services import Plan, Running, services

WATCH = Path(__file__).with_name("watch.py")
CHILD_PATIENCE_SECONDS = 20  # more than a lifeline's 15
BANNER = """
Perisai      {url}/             API docs  {url}/api/docs/
Admin        {url}/admin/
Supervisor   {supervisor_login} / {supervisor}   one-time code {code}, the next ones: make otp
Agent        {agent_login} / {agent}
Pospay       {post_agent_login} / {post_agent}
Ctrl-C stops everything. Logs: .data/log/   Passwords: .data/secrets/demo.txt, random per checkout
"""


class Clock:
    """Prints each step with the seconds since the start."""

    def __init__(self) -> None:
        self.started = time.monotonic()

    def say(self, line: str) -> None:
        """Print one line, at once."""
        print(f"[{time.monotonic() - self.started:5.1f}s] {line}", flush=True)


class AnnouncingPrinter(Printer):  # type: ignore[misc]  # honcho ships no annotations
    """honcho's printer; with the first line, when all processes exist, the banner is on its way."""

    def __init__(self, output: TextIO, running: Running, clock: Clock) -> None:
        super().__init__(output)
        self.announcer = threading.Thread(target=announce, args=(running, clock), daemon=True)

    def write(self, message: Message) -> None:
        """Print a line of one of the processes."""
        if self.announcer.ident is None:
            self.announcer.start()
        super().write(message)


def run() -> int:
    """Everything up until Ctrl-C; returns 130 then, or the status of the process that ended."""
    clock = Clock()
    data = ROOT / ".data"
    wish = wished_ports(data)
    clock.say(f"data folder .data ({embedded_versions()})")
    with services(Plan(data=data, wish=wish), say=clock.say) as running:
        try:
            status = run_applications(running, clock)
        except KeyboardInterrupt:
            status = 130
        finally:
            end_undisturbed()
    clock.say("stopped")
    return status


def run_applications(running: Running, clock: Clock) -> int:
    """Fill the database, then run the three processes until one ends or a person says so."""
    prepare(running, say=clock.say)
    tell_holder(running.lock, base_url(running))
    honcho_manager.KILL_WAIT = CHILD_PATIENCE_SECONDS
    manager = honcho_manager.Manager(AnnouncingPrinter(sys.stdout, running, clock))
    for process in app_processes(running):
        command = f"exec {shlex.join(process.command)}"
        manager.add_process(process.name, command, env=process.environment, cwd=str(ROOT))
    if watched := embedded_ports(running):
        watch = [sys.executable, "-I", "-S", str(WATCH), *watched]
        manager.add_process("watch", f"exec {shlex.join(watch)}", cwd=str(ROOT))
    manager.loop()
    return int(manager.returncode)


def embedded_ports(running: Running) -> list[str]:
    """The servers that this launcher started, as `config/local/watch.py` is told of them."""
    started = {"PostgreSQL": running.cluster, "Valkey": running.valkey}
    ports = {"PostgreSQL": running.ports.postgres, "Valkey": running.ports.valkey}
    return [f"{name}={ports[name]}" for name, server in started.items() if server is not None]


def wished_ports(data: Path) -> Ports:
    """The ports of the last run; an explicit PORT must be free. Raises CannotStart."""
    wish = remembered_ports(data)
    given = os.environ.get("PORT")
    if given is None:
        return wish
    if not given.isdecimal() or not is_free(int(given)):
        raise CannotStart(f"Port {given} is taken or no port: choose another PORT, or leave it out")
    return replace(wish, web=int(given))


def end_undisturbed() -> None:
    """From here on an impatient second Ctrl-C must not orphan a database."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def base_url(running: Running) -> str:
    """Where the pages are."""
    return f"http://127.0.0.1:{running.ports.web}"


def embedded_versions() -> str:
    """What the embedded servers call themselves; a given URL stands for itself."""
    names = []
    if "DATABASE_URL" in os.environ:
        names.append("PostgreSQL from DATABASE_URL")
    else:
        names.append(version_of(postgres_bin() / "postgres", "PostgreSQL"))
    if "REDIS_URL" in os.environ:
        names.append("Valkey from REDIS_URL")
    else:
        names.append(version_of(valkey_server(), "Valkey"))
    return ", ".join(names)


def version_of(program: Path, name: str) -> str:
    """`PostgreSQL 18.4` or `Valkey 9.1.2`, from what the program prints."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    numbers = re.search(r"\d+(?:\.\d+)+", said.stdout)
    return f"{name} {numbers.group() if numbers else 'of unknown version'}"


def announce(running: Running, clock: Clock) -> None:
    """Wait for the first good answer, then say where everything is."""
    url = base_url(running)
    if not wait_until_ready(url):
        clock.say(f"{url} gives no good answer yet: see {url}/health/ready and .data/log/")
        return
    clock.say("web, worker, beat are up")
    code = present_code(demo_totp_secret(running.data))
    print(BANNER.format(url=url, code=code, **demo_logins(running.data)), flush=True)


def demo_logins(data: Path) -> dict[str, str]:
    """Names and passwords of the demo's people, as the banner calls them."""
    passwords = demo_passwords(data)
    logins = {f"{who}_login": name for who, name in DEMO_LOGINS.items()}
    return logins | {who: passwords[f"{who.upper()}_PASSWORD"] for who in DEMO_LOGINS}
