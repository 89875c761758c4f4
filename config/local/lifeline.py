"""A process that outlives its launcher by no more than a moment, however the launcher dies.

    lifeline LOCK run CMD...      runs CMD in a session of its own; ends it when LOCK is free
    lifeline LOCK after CMD...    waits until LOCK is free, then runs CMD

The launcher holds LOCK exclusively for as long as it lives; the kernel frees it with the last
breath. POSIX record locks (`lockf`), not `flock`: forked children do not inherit them. Runs by
path in an isolated interpreter, so it imports nothing but the standard library.
"""

import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType

HEARS_WITHIN_SECONDS = 1
PATIENCE_SECONDS = 15  # less than the 20 that the launcher gives its own children


def hold_when_free(lock: str) -> int:
    """Block until the launcher is gone. The shared lock is kept while its rest is cleared away."""
    descriptor = os.open(lock, os.O_RDONLY)
    fcntl.lockf(descriptor, fcntl.LOCK_SH)
    return descriptor


def command_for(lock: Path, mode: str, command: list[str]) -> list[str]:
    """The command line that guards `command`; `mode` is run or after."""
    return [sys.executable, "-I", "-S", str(Path(__file__)), str(lock), mode, *command]


class Guard:
    """One running command and the ways it is asked to end."""

    def __init__(self, command: list[str]) -> None:
        self.child = subprocess.Popen(command, start_new_session=True)
        self.is_ending = False

    def end(self) -> None:
        """Ask the main process alone, so that it stops warm; after a while, end the whole group."""
        if self.is_ending:
            return
        self.is_ending = True
        self.child.terminate()
        timer = threading.Timer(PATIENCE_SECONDS, self.kill_group)
        timer.daemon = True
        timer.start()

    def wait(self) -> int:
        """Its exit status. A signal that comes just before a wait begins is heard at its end."""
        waiter = threading.Thread(target=self.child.wait)
        waiter.start()
        while waiter.is_alive():
            waiter.join(HEARS_WITHIN_SECONDS)
        return self.child.wait()

    def kill_group(self) -> None:
        """End everything that the command started and that stayed in its group."""
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def end_with(self, lock: str) -> None:
        """End as soon as the launcher is gone."""
        hold_when_free(lock)
        self.end()


def run(lock: str, command: list[str]) -> int:
    """Run `command` to its end, or to the launcher's; returns its exit status."""
    guards: list[Guard] = []
    asked: list[int] = []

    def pass_on(received: int, _frame: FrameType | None) -> None:
        asked.append(received)
        for guard in guards:
            guard.end()

    signal.signal(signal.SIGTERM, pass_on)  # before the start: a signal in between is not lost
    signal.signal(signal.SIGINT, pass_on)
    guard = Guard(command)
    guards.append(guard)
    if asked:
        guard.end()
    threading.Thread(target=guard.end_with, args=(lock,), daemon=True).start()
    status = guard.wait()
    guard.kill_group()
    return status if status >= 0 else 128 - status


def after(lock: str, command: list[str]) -> int:
    """Run `command` once the launcher is gone."""
    hold_when_free(lock)
    return subprocess.call(command, stdin=subprocess.DEVNULL)


def main(arguments: list[str]) -> int:
    """Wait or run, as asked."""
    match arguments:
        case [lock, "run", *command] if command:
            return run(lock, command)
        case [lock, "after", *command] if command:
            return after(lock, command)
    print("usage: lifeline LOCK run|after COMMAND ...", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
