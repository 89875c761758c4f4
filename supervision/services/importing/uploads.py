"""Files that come over the web: encrypted piece by piece, and read by a worker from there."""

import base64
import io
from typing import IO, Final

from perisai.deadlines import Deadline, atomic_within
from perisai.models import ImportPiece, ImportRun
from supervision.services.importing.columns import COLUMNS
from supervision.services.importing.runs import ImportOrder, begin_run, facts_of
from supervision.services.importing.tables import bad_file, read_lines

LARGEST_UPLOAD: Final = 32 * 1024 * 1024
PIECE: Final = 192 * 1024


@atomic_within(Deadline.REPORT)
def take_upload(order: ImportOrder, file: IO[bytes]) -> tuple[ImportRun, bool]:
    """The run of an uploaded file, and whether it is new; a worker reads it.

    Its heading is looked at here. Raises ImportFileInvalid, ImportNotAllowed and ImportBusy.
    """
    facts = facts_of(file)
    if facts.size > LARGEST_UPLOAD:
        raise bad_file("too_large")
    content = file.read()
    next(read_lines(io.BytesIO(content), COLUMNS[order.kind]), None)
    run, is_new = begin_run(order, facts)
    if run.read_at is None and not ImportPiece.objects.filter(run=run).exists():
        for number, start in enumerate(range(0, len(content), PIECE)):
            piece = base64.b64encode(content[start : start + PIECE]).decode()
            ImportPiece.objects.create(run=run, number=number, content=piece)
    return run, is_new


def stored_file(run: ImportRun) -> IO[bytes]:
    """The file of a run, opened in memory: nothing plain is written anywhere."""
    pieces = ImportPiece.objects.filter(run=run).order_by("number").iterator(chunk_size=10)
    return io.BytesIO(b"".join(base64.b64decode(piece.content) for piece in pieces))
