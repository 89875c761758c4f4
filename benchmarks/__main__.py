"""`python -m benchmarks [NAME]`: measure on a cluster of one's own with fsync on; write the page.

Exit status: 0 all goals met, 1 a goal missed, 2 could not measure. `FORCE=1` measures on a busy
machine, `SIZE` changes the number of rows.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from time import monotonic

from config.local.errors import CannotStart
from config.local.ports import Ports, any_free_port
from config.local.preparation import run_step
from config.local.processes import app_environment
from config.local.services import Plan, Running, new_throw_away_folder, services

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("bills", "load", "national", "payments", "reminders", "sweep", "sync_pull", "sync_push")
BUSY = 1.0
Say = Callable[[str], None]


def main(names: list[str]) -> int:
    """Measure each benchmark on a fresh database."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"unknown benchmark {unknown[0]}; there are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    if os.getloadavg()[0] > BUSY and not os.environ.get("FORCE"):
        print("the machine is busy (load above 1); wait, or FORCE=1", file=sys.stderr)
        return 2
    if len(names) != 1:
        # Settings are read once per process, and each benchmark has a cluster of its own.
        return max(_in_a_process_of_its_own(name) for name in names or NAMES)
    try:
        return 0 if measure(names[0]) else 1
    except CannotStart as refusal:
        print(refusal, file=sys.stderr)
        return 2


def _in_a_process_of_its_own(name: str) -> int:
    """The exit status of one benchmark, whatever load the one before has left."""
    environment = os.environ | {"FORCE": "1"}
    command = [sys.executable, "-m", "benchmarks", name]
    return subprocess.run(command, env=environment, check=False).returncode


def measure(name: str) -> bool:
    """One benchmark on a cluster of its own; whether all its goals are met."""
    say = clock()
    plan = Plan(
        data=new_throw_away_folder(ROOT / ".data", "bench"),
        wish=Ports(web=any_free_port(), postgres=any_free_port(), valkey=any_free_port()),
        is_thrown_away=True,
    )
    with services(plan, say=say) as running:
        environment = app_environment(running, role="command")
        for step in (("migrate", "--no-color"), ("seed", "reference")):
            run_step(step, environment, say=say)
        return report_on(name, running, say)


def report_on(name: str, running: Running, say: Say) -> bool:
    """Run the benchmark's module against the running services and publish what it says."""
    os.environ.update(running.environment)
    os.environ |= {"DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "ERROR"}
    import_module("django").setup()
    machine = import_module("benchmarks.machine").describe(running)
    report = import_module(f"benchmarks.{name}").run(running, say)
    print(import_module("benchmarks.report").publish(report, machine))
    return bool(report.is_met)


def clock() -> Say:
    """Tells each step with the seconds since the start."""
    started = monotonic()

    def say(line: str) -> None:
        print(f"[{monotonic() - started:6.1f}s] {line}", file=sys.stderr)

    return say


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
