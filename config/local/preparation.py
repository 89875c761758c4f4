"""From an empty database to one with something to show; each step may be repeated."""

import subprocess
import sys
from collections.abc import Callable

from config.local.errors import CannotStart
from config.local.processes import ROOT, app_environment
from config.local.services import Running

Say = Callable[[str], None]
STEPS = (("migrate", "--no-color"), ("seed", "reference"), ("seed", "demo"))


def prepare(running: Running, *, say: Say) -> None:
    """Migrate, then load reference and demo data. Raises CannotStart naming the step."""
    for step in STEPS:
        run_step(running, step, say=say)


def run_step(running: Running, step: tuple[str, ...], *, say: Say) -> None:
    """Run one command and pass on what it says, line by line; migrations are only counted."""
    applied = 0
    last: list[str] = []
    with subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), *step],
        cwd=ROOT,
        env=app_environment(running, role="command") | {"PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            last = [*last[-20:], line.rstrip()]
            if step[0] != "migrate":
                say(line.rstrip())
            elif line.rstrip().endswith("... OK"):
                applied += 1
    if process.returncode != 0:
        raise CannotStart(
            f"manage.py {' '.join(step)} failed (exit {process.returncode}):\n" + "\n".join(last)
        )
    if step[0] == "migrate":
        say(f"{applied} migrations applied" if applied else "migrations up to date")
