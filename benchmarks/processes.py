"""Clients in processes of their own: one interpreter would measure its lock and not the service.

Nothing here imports Django, so that a process can set it up before it reads its first task.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import get_context
from typing import Final, TypeVar

T = TypeVar("T")
PROCESSES: Final = 2
_threads: list[ThreadPoolExecutor] = []


@contextmanager
def client_processes(connections: int) -> Iterator[ProcessPoolExecutor]:
    """Processes with so many threads in all, each with a connection that stays open."""
    begin = (connections // PROCESSES,)
    spawn = get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, spawn, initializer=_begin, initargs=begin) as pool:
        yield pool


def at_once(work: Callable[[T], int], items: Sequence[T]) -> int:
    """In a client's process: all items beside each other; the sum of what they return."""
    return sum(_threads[0].map(work, items))


def halves(items: Sequence[T]) -> Iterable[Sequence[T]]:
    """The items dealt out to the processes."""
    return [items[number::PROCESSES] for number in range(PROCESSES)]


def _begin(threads: int) -> None:
    os.environ["PROCESS_ROLE"] = "command"  # no pool: a thread keeps its own connection
    import_module("django").setup()
    _threads.append(ThreadPoolExecutor(threads))
