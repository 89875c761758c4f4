"""Judging lines, a chunk at a time: in this process, or in several that share nothing."""

import json
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from typing import Final
from uuid import UUID

from perisai.models import ImportKind
from supervision.services.importing.cells import Cells
from supervision.services.importing.faults import Fault
from supervision.services.importing.known import Known
from supervision.services.importing.member_lines import member_columns
from supervision.services.importing.office_lines import agent_columns, office_columns
from supervision.services.importing.processes import begin
from supervision.services.importing.sealing import Columns
from supervision.services.importing.tables import Line

LINES_PER_CHUNK: Final = 1_000
# Chunks under way per process: enough to keep it busy, few enough to keep memory flat.
CHUNKS_AHEAD: Final = 2

Judge = Callable[[Cells, Known], tuple[UUID, Columns] | None]

JUDGES: Final[Mapping[str, Judge]] = {
    ImportKind.OFFICES: office_columns,
    ImportKind.AGENTS: agent_columns,
    ImportKind.MEMBERS: member_columns,
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class JudgedChunk:
    """What became of some lines: sound ones (line, id, columns as JSON), and the others' faults."""

    last_line: int
    lines: int
    sound: tuple[tuple[int, UUID, str], ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """What a process needs to judge."""

    kind: str
    known: Known


def judged(
    kind: str, lines: Iterable[Line], known: Known, *, processes: int
) -> Iterator[JudgedChunk]:
    """The chunks of a file in its order."""
    chunks = _chunks(lines)
    bench = _Bench(kind=kind, known=known)
    if processes <= 1:
        yield from (_judge(bench, chunk) for chunk in chunks)
        return
    with ProcessPoolExecutor(
        processes,
        mp_context=get_context("spawn"),
        initializer=begin,
        initargs=(pickle.dumps(bench),),
    ) as pool:
        waiting: deque[Future[JudgedChunk]] = deque()
        for chunk in chunks:
            waiting.append(pool.submit(_judge_here, chunk))
            if len(waiting) > processes * CHUNKS_AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _chunks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    source = iter(lines)
    while chunk := list(islice(source, LINES_PER_CHUNK)):
        yield chunk


_benches: list[_Bench] = []


def take_bench(packed: bytes) -> None:
    """What a fresh process is told first."""
    _benches[:] = [pickle.loads(packed)]  # noqa: S301  packed by this very program


def _judge_here(chunk: Sequence[Line]) -> JudgedChunk:
    return _judge(_benches[0], chunk)


def _judge(bench: _Bench, chunk: Sequence[Line]) -> JudgedChunk:
    sound: list[tuple[int, UUID, str]] = []
    faults: list[Fault] = []
    for line in chunk:
        if line.cells is None:
            faults.append(Fault(line=line.number, column="", code="cells_count"))
            continue
        cells = Cells(line=line.number, by_name=line.cells)
        row = JUDGES[bench.kind](cells, bench.known)
        faults += cells.faults
        if row is not None:
            sound.append((line.number, row[0], json.dumps(row[1])))
    return JudgedChunk(
        last_line=chunk[-1].number,
        lines=len(chunk),
        sound=tuple(sound),
        faults=tuple(faults),
    )
