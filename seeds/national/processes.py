"""Processes that invent books beside each other; each comes with no connection and no models.

Nothing here imports a model, so that a process can set Django up before it reads its first task.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from importlib import import_module
from itertools import islice
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final

import django

if TYPE_CHECKING:
    from seeds.national.people import Keeper
    from seeds.national.plan import Book, NationalOrder

# Books under way per process: enough to keep it busy, few enough to keep memory flat.
AHEAD: Final = 2
Task = tuple["Book", "Keeper"]


def written(order: "NationalOrder", tasks: Iterable["Task"], *, workers: int) -> Iterator[str]:
    """The lines of each book, in order; by this process alone if there is one worker."""
    if workers <= 1:
        people = import_module("seeds.national.people")
        yield from (people.lines_of(book, order, keeper) for book, keeper in tasks)
        return
    source = iter(tasks)
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=django.setup) as pool:
        waiting: deque[Future[str]] = deque(
            pool.submit(_write, order, task) for task in islice(source, workers * AHEAD)
        )
        while waiting:
            yield waiting.popleft().result()
            waiting.extend(pool.submit(_write, order, task) for task in islice(source, 1))


def _write(order: "NationalOrder", task: "Task") -> str:
    book, keeper = task
    lines: str = import_module("seeds.national.people").lines_of(book, order, keeper)
    return lines
