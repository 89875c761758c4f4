"""Reading a file into rows that wait: chunk by chunk, each committed with its mark.

A reader that was killed leaves marks; the next one goes on behind them. Two at once meet at the
run's row, and the second is told that the run is busy.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import IO, Final
from uuid import UUID

from django.db import connection
from django.db.models import Max, Sum
from django.db.models.fields.json import KT
from django.utils import timezone

from perisai.deadlines import Deadline, within
from perisai.models import ImportChunk, ImportFault, ImportPiece, ImportRun, StagedRow
from supervision.errors import ImportBusy, ImportFileInvalid
from supervision.services.importing.columns import COLUMNS
from supervision.services.importing.comparing import compare
from supervision.services.importing.faults import Fault
from supervision.services.importing.judging import JudgedChunk, judged
from supervision.services.importing.known import read_known
from supervision.services.importing.runs import locked_run
from supervision.services.importing.tables import Line, bad_file, read_lines

MOST_ROWS: Final = 500_000
COVER: Final = "columns__paid_through"
STAGE: Final = "COPY perisai_stagedrow (run_id, line, subject_id, columns) FROM STDIN"

Say = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a file is read: by how many processes, and who hears of (lines, faults) so far."""

    processes: int = 1
    say: Say | None = None


def read_file(run: ImportRun, file: IO[bytes], *, as_of: date, how: Reading) -> ImportRun:
    """Read the lines that were not read yet, then compare them with one another and with us.

    Raises ImportFileInvalid, which leaves the run as it was, and ImportBusy.
    """
    done, lines_before, faults_before = _mark(run.pk)
    known = read_known(run.made_by, as_of=as_of)
    lines = _bounded(_after(read_lines(file, COLUMNS[run.kind]), done), before=lines_before)
    told, faults = lines_before, faults_before
    for chunk in judged(run.kind, lines, known, processes=how.processes):
        _keep(run.pk, chunk, after=done)
        done = chunk.last_line
        told, faults = told + chunk.lines, faults + len(chunk.faults)
        if how.say is not None:
            how.say(told, faults)
    return _finish(run.pk, after=done)


def _mark(run_id: UUID) -> tuple[int, int, int]:
    """The last line that was read, and how many lines and faults there were up to it."""
    chunks = ImportChunk.objects.filter(run=run_id)
    found = chunks.aggregate(line=Max("last_line"), rows=Sum("rows"), faults=Sum("faults"))
    return found["line"] or 0, found["rows"] or 0, found["faults"] or 0


def _after(lines: Iterable[Line], done: int) -> Iterator[Line]:
    return (line for line in lines if line.number > done)


def _bounded(lines: Iterable[Line], *, before: int) -> Iterator[Line]:
    for count, line in enumerate(lines, start=before + 1):
        if count > MOST_ROWS:
            raise bad_file("too_many_rows", line=line.number)
        yield line


def _keep(run_id: UUID, chunk: JudgedChunk, *, after: int) -> None:
    """Sound rows, faults and the mark, or nothing of them."""
    with within(Deadline.BULK):
        _must_stand_at(run_id, after)
        with connection.cursor() as cursor, cursor.copy(STAGE) as rows:
            for line, subject_id, columns in chunk.sound:
                rows.write_row((run_id, line, subject_id, columns))
        _add_faults(run_id, chunk.faults)
        ImportChunk.objects.create(
            run_id=run_id,
            last_line=chunk.last_line,
            rows=chunk.lines,
            faults=len(chunk.faults),
        )


def _must_stand_at(run_id: UUID, line: int) -> ImportRun:
    """The run, locked, if nobody else read it any further. Raises ImportBusy."""
    run = locked_run(run_id)
    if run.read_at is not None or run.discarded_at is not None or _mark(run_id)[0] != line:
        raise ImportBusy
    return run


def _add_faults(run_id: UUID, faults: Iterable[Fault]) -> None:
    ImportFault.objects.bulk_create(
        ImportFault(run_id=run_id, line=fault.line, column=fault.column, code=fault.code)
        for fault in faults
    )


def _finish(run_id: UUID, *, after: int) -> ImportRun:
    """Say what the file holds, now that all of it is here."""
    with within(Deadline.BULK):
        run = _must_stand_at(run_id, after)
        _add_faults(run_id, compare(run))
        waiting = StagedRow.objects.filter(run=run_id).alias(paid_through=KT(COVER))
        run.rows = _mark(run_id)[1]
        run.fault_count = ImportFault.objects.filter(run=run_id).count()
        run.brings_cover = waiting.filter(paid_through__isnull=False).exists()
        run.read_at = timezone.now()
        run.save(update_fields=["rows", "fault_count", "brings_cover", "read_at"])
        ImportPiece.objects.filter(run=run_id).delete()
    return run


def give_up(run_id: UUID, refusal: ImportFileInvalid) -> ImportRun:
    """Say of a file that cannot be read to its end why, as its one fault."""
    with within(Deadline.BULK):
        run = locked_run(run_id)
        line = refusal.context["line"]
        _add_faults(run_id, [Fault(line=line, column="", code=refusal.context["reason"])])
        run.rows, run.fault_count = _mark(run_id)[1], run.faults.count()
        run.read_at = timezone.now()
        run.save(update_fields=["rows", "fault_count", "read_at"])
        StagedRow.objects.filter(run=run_id).delete()
        ImportPiece.objects.filter(run=run_id).delete()
    return run
