"""The lock file of a data folder: one launcher at a time, and the sign by which lifelines live."""

import fcntl
import os
import time
from pathlib import Path

from config.local.errors import CannotStart

REST_OF_A_RUN_SECONDS = 30.0
HELD = 3


def take_lock(path: Path) -> int:
    """Lock `path` for this process and return the descriptor, to be kept open to the end.

    Nothing else in the process may open the file: closing any second descriptor drops a POSIX
    lock. A run that was killed may still be clearing up: that is waited for. Raises CannotStart
    with status 3 when another launcher lives.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    give_up_at = time.monotonic() + REST_OF_A_RUN_SECONDS
    while not try_lock(descriptor):
        holder = os.pread(descriptor, 1000, 0).decode("utf-8", "replace").split("\n")
        if is_alive(holder[0]) or time.monotonic() > give_up_at:
            where = holder[1] if len(holder) > 1 else ""
            raise CannotStart(
                f"Perisai already runs from this folder (pid {holder[0]}) {where}\n"
                "Stop it with Ctrl-C there, or with: make stop",
                status=HELD,
            )
        time.sleep(0.05)
    tell_holder(descriptor, "")
    return descriptor


def try_lock(descriptor: int) -> bool:
    """Take the exclusive lock if nobody has any."""
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def tell_holder(descriptor: int, url: str) -> None:
    """Write into the locked file who holds it and where it answers."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n{url}\n".encode(), 0)


def holder_of(path: Path) -> int | None:
    """The pid of the launcher that holds `path`, if one lives.

    For other processes than the holder only: reading opens and closes the file.
    """
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        pid = os.read(descriptor, 1000).decode("utf-8", "replace").split("\n")[0]
        is_free = try_lock(descriptor)
    finally:
        os.close(descriptor)
    return None if is_free or not is_alive(pid) else int(pid)


def is_alive(pid: str) -> bool:
    """Whether a process of this number runs, ours or another user's."""
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
