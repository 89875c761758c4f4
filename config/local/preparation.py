"""From an empty database to one with something to show; each step may be repeated."""

import re
import subprocess
import sys
from collections.abc import Callable

from config.local.errors import CannotStart
from config.local.processes import ROOT, app_environment
from config.local.services import Running

Say = Callable[[str], None]
OWN_TIME = re.compile(r"^\[ *[\d.]+s\] ")  # a command's own clock; the launcher's counts
SMALL_SCALE = "0.1"  # of the demonstration's people: enough for the story, quick to make
QUIET = {"LOG_LEVEL": "WARNING"}  # steps tell their progress; an exported level wins
Step = tuple[str, ...]


def prepare(
    running: Running, *, say: Say, is_small: bool = False, extra: dict[str, str] | None = None
) -> None:
    """Migrate, then load reference and demo data. Raises CannotStart naming the step."""
    environment = QUIET | app_environment(running, role="command") | (extra or {})
    step: Step = ("prepare", "--scale", SMALL_SCALE) if is_small else ("prepare",)
    run_step(step, environment, say=say)


def run_step(step: Step, environment: dict[str, str], *, say: Say) -> None:
    """Run one command and pass on what it says, line by line; migrations are only counted."""
    applied = 0
    last: list[str] = []
    with subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), *step],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            last = [*last[-20:], line.rstrip()]
            if step[0] != "migrate":
                say(OWN_TIME.sub("", line.rstrip()))
            elif line.rstrip().endswith("... OK"):
                applied += 1
    if process.returncode != 0:
        raise CannotStart(
            f"manage.py {' '.join(step)} failed (exit {process.returncode}):\n" + "\n".join(last)
        )
    if step[0] == "migrate":
        say(f"{applied} migrations applied" if applied else "migrations up to date")
