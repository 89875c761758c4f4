"""`make demo`: the same services on a throw-away folder, the story over HTTP, then clean up."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

from config.local.cluster import DURABLE
from config.local.environment import demo_passwords, demo_totp_secret
from config.local.errors import CannotStart
from config.local.gateway import Gateway, gateway
from config.local.logs import last_lines
from config.local.ports import Ports, any_free_port
from config.local.preparation import prepare
from config.local.processes import ROOT, AppProcess, app_processes, manage, wait_until_ready
from config.local.runner import Clock, base_url, end_undisturbed
from config.local.services import Plan, Running, new_throw_away_folder, services
from config.local.story import STORY_BEGINS, tell

DELIVERIES = "/api/v1/messages/deliveries"


class Services:
    """What the story may ask of the launcher; all else it does over HTTP, as a phone would."""

    def __init__(self, running: Running, messages: Gateway) -> None:
        self.base_url = base_url(running)
        self.secrets = demo_passwords(running.data)
        self.secrets["OFFICE_TOTP_SECRET"] = demo_totp_secret(running.data)
        self._running = running
        self._gateway = messages
        self._moved = at_business_time(STORY_BEGINS)
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start web, worker and beat and wait for the first good answer. Raises CannotStart."""
        for process in app_processes(self._running, extra=self._told()):
            self._processes.append(self._started(process))
        if not wait_until_ready(self.base_url):
            log = self._running.data / "log" / "web.log"
            raise CannotStart(f"web gives no good answer. The end of its log:\n{last_lines(log)}")

    def stop(self) -> None:
        """Stop the three, warm; their lifelines end what does not."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait()
        self._processes.clear()

    def restart(self, *, demo_now: datetime | None = None) -> None:
        """The three anew, with the business clock at an aware instant; None: the real clock."""
        self.stop()
        self._moved = {} if demo_now is None else at_business_time(demo_now)
        self.start()

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run `manage.py` at the story's present business time."""
        return manage(self._running, *arguments, extra=self._told())

    def messages(self) -> list[dict[str, Any]]:
        """What would have arrived on people's phones so far, oldest first."""
        taken = self._gateway.messages
        return [taken[reference] for reference in sorted(taken, key=int)]

    def _told(self) -> dict[str, str]:
        """What this demonstration's processes are told besides the folder's own settings."""
        return self._gateway.environment() | self._moved

    def _started(self, process: AppProcess) -> "subprocess.Popen[bytes]":
        log = self._running.data / "log" / f"{process.name}.log"
        with log.open("ab") as output:
            return subprocess.Popen(
                process.command,
                cwd=ROOT,
                env=process.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )


def at_business_time(instant: datetime) -> dict[str, str]:
    """What moves the business clock of a process to an aware instant."""
    return {"DEMO_NOW": instant.isoformat()}


@contextmanager
def demo_services() -> Iterator[Services]:
    """Everything up on a folder of its own, filled; `DEMO_KEEP=1` keeps the folder of this run."""
    is_kept = bool(os.environ.get("DEMO_KEEP"))
    plan = Plan(
        data=new_throw_away_folder(ROOT / ".data", "kept-demo" if is_kept else "demo"),
        wish=Ports(web=any_free_port(), postgres=any_free_port(), valkey=any_free_port()),
        settings=DURABLE,
        is_thrown_away=not is_kept,
    )
    clock = Clock()
    with ExitStack() as stack:
        running = stack.enter_context(services(plan, say=clock.say))
        stack.callback(end_undisturbed)
        prepare(running, say=clock.say, is_small=True, extra=at_business_time(STORY_BEGINS))
        callback = f"{base_url(running)}{DELIVERIES}"
        messages = stack.enter_context(gateway(running.data / "lock", callback=callback))
        demo = Services(running, messages)
        stack.callback(demo.stop)
        demo.start()
        clock.say(f"web, worker, beat are up at {demo.base_url}")
        yield demo


def demo() -> int:
    """Tell the story: 0 when every step held, 1 when one failed, 2 when it could not start."""
    with demo_services() as running:
        status = tell(running.base_url, running.secrets, running)
    print("demo: every step held" if status == 0 else "demo: a step failed", file=sys.stderr)
    return status
