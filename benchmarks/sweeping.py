"""Workers of the sweep in processes of their own, as many as are wanted; one may be killed.

Nothing here imports Django, so that a process can set it up before it reads its first task.
"""

import os
import resource
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, sleep
from typing import Final

KIB_PER_MIB: Final = 1024
PAUSE: Final = 0.002
SPAWN: Final = get_context("spawn")


@contextmanager
def sweepers(workers: int) -> Iterator[ProcessPoolExecutor]:
    """So many processes that are set up and connected."""
    with ProcessPoolExecutor(workers, SPAWN, initializer=_begin) as pool:
        list(pool.map(_wait, range(workers)))
        yield pool


def shared_seconds(pool: ProcessPoolExecutor, codes: Iterable[str], as_of: date) -> float:
    """How long the processes need for the regencies, each of which is one task."""
    started = perf_counter()
    list(pool.map(_sweep, [(code, as_of) for code in codes]))
    return perf_counter() - started


def mebibytes(pool: ProcessPoolExecutor) -> float:
    """The memory of the process of a pool of one."""
    return pool.submit(_resident).result()


def killed_in_the_middle(as_of: date, *, marks: int) -> int:
    """Let a process sweep alone and kill it -9 after so many regencies; how many are marked."""
    runs = import_module("retention.models").SweepRun.objects.filter(as_of=as_of)
    worker = SPAWN.Process(target=_sweep_all, args=(as_of,))
    worker.start()
    while runs.count() < marks and worker.is_alive():
        sleep(PAUSE)
    if worker.pid is not None:
        os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    if worker.exitcode != -signal.SIGKILL:
        raise RuntimeError("the worker had ended before it was killed")
    return int(runs.count())


def _begin() -> None:
    os.environ["PROCESS_ROLE"] = "command"  # no pool: the process keeps its own connection
    import_module("django").setup()


def _wait(_number: int) -> None:
    """Connect, and stay busy until the others have begun too."""
    import_module("django.db").connection.ensure_connection()
    sleep(1)


def _sweep(task: tuple[str, date]) -> None:
    code, as_of = task
    import_module("retention.services.sweep").open_follow_ups(code, as_of=as_of)


def _sweep_all(as_of: date) -> None:
    _begin()
    for code in import_module("retention.services.sweep").regencies_to_sweep(as_of):
        _sweep((code, as_of))


def _resident() -> float:
    """Now, where the system tells it; else the most until now."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MIB
    return pages * os.sysconf("SC_PAGE_SIZE") / KIB_PER_MIB**2
