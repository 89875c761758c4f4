"""The fault run itself, small: real processes die, and the control is caught."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OF_THE_TESTS = ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "PERISAI_ENV", "CACHE_KEY_PREFIX")


@pytest.mark.slow
@pytest.mark.chaos
def test_nothing_is_lost_or_doubled_when_processes_die() -> None:
    environment = {name: said for name, said in os.environ.items() if name not in OF_THE_TESTS}
    few = ["--payments", "150", "--control", "120", "--every", "2", "--no-page"]

    done = subprocess.run(  # noqa: S603  our own interpreter
        [sys.executable, "-m", "faults", "money", *few],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr[-4_000:]
    assert done.stdout.splitlines()[-1] == "faults: money stands, control caught"
