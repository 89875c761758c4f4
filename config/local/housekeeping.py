"""`make stop` and `make clean-data`."""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

from config.local.errors import CannotStart
from config.local.locks import holder_of

STOPPED_WITHIN_SECONDS = 40.0


def stop(data: Path) -> int:
    """End a forgotten launcher of this folder and wait until all is clear. Raises CannotStart."""
    pid = holder_of(data / "lock")
    if pid is None:
        print("Nothing runs from this folder")
        return 0
    os.kill(pid, signal.SIGTERM)
    give_up_at = time.monotonic() + STOPPED_WITHIN_SECONDS
    while holder_of(data / "lock") is not None:
        if time.monotonic() > give_up_at:
            raise CannotStart(f"pid {pid} does not end; end it with: kill -9 {pid}", status=1)
        time.sleep(0.1)
    print("stopped")
    return 0


def clean_data(data: Path) -> int:
    """Delete the data folder after a person typed yes; 1 when not. Raises CannotStart."""
    if not data.exists():
        print("There is no .data")
        return 0
    if holder_of(data / "lock") is not None:
        raise CannotStart("Perisai runs from this folder: make stop first")
    print(f"Delete {data}: database, secrets and logs? Type yes: ", end="", flush=True)
    if sys.stdin.readline().strip().lower() != "yes":
        print("kept")
        return 1
    for where in [data / "where", *data.glob("*/where")]:
        if where.exists():
            shutil.rmtree(where.read_text(encoding="utf-8").strip(), ignore_errors=True)
    shutil.rmtree(data)
    print("deleted")
    return 0
