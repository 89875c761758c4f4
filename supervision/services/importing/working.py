"""What a worker does with runs that came over the web: read, load, tell, each where it stopped.

A worker that dies is noticed by its silence: no new chunk, no claim. A run that is being loaded is
locked, and passed over.
"""

from datetime import date, datetime, timedelta
from typing import Final

import structlog
from django.db.models import Exists, OuterRef, Q

from perisai.deadlines import Deadline, atomic_within
from perisai.models import ImportChunk, ImportPiece, ImportRun, ImportState
from supervision.errors import ImportBusy, ImportFileInvalid, ImportStale
from supervision.services.importing.loading import load_run
from supervision.services.importing.reading import Reading, give_up, read_file
from supervision.services.importing.uploads import stored_file

log = structlog.get_logger(__name__)

SILENCE: Final = timedelta(minutes=2)
TOLD_WITHIN: Final = timedelta(days=7)


def work_next(*, now: datetime, as_of: date) -> bool:
    """Take the next run a step on, if one waits; whether one did. Safe beside itself."""
    run = _claim(now)
    if run is None:
        return False
    try:
        if run.state is ImportState.READING:
            _read(run, as_of=as_of)
        else:
            load_run(run.pk, by=run.ordered_by or run.made_by)
    except ImportBusy as refusal:
        log.info("import_put_off", run=str(run.pk), reason=refusal.code)
        return True
    except ImportStale as refusal:
        log.info("import_thrown_away", run=str(run.pk), reason=refusal.code)
    ImportRun.objects.filter(pk=run.pk).update(claimed_at=None)
    return True


def _read(run: ImportRun, *, as_of: date) -> None:
    try:
        read_file(run, stored_file(run), as_of=as_of, how=Reading())
    except ImportFileInvalid as refusal:
        give_up(run.pk, refusal)


@atomic_within(Deadline.PAGE)
def _claim(now: datetime) -> ImportRun | None:
    """The oldest run that waits for a step that nobody takes: no claim, no chunk for a while."""
    here = OuterRef("pk")
    heard = ImportChunk.objects.filter(run=here, read_at__gt=now - SILENCE)
    uploaded = Exists(ImportPiece.objects.filter(run=here))
    waiting = (
        Q(uploaded, ~Exists(heard), read_at=None)
        | Q(ordered_at__isnull=False, loaded_at=None)
        | Q(loaded_at__gt=now - TOLD_WITHIN, told_at=None)
    )
    quiet = Q(claimed_at=None) | Q(claimed_at__lte=now - SILENCE)
    runs = ImportRun.objects.standing().filter(waiting, quiet)
    locked = runs.select_for_update(skip_locked=True, no_key=True, of=("self",))
    run = locked.order_by("created_at", "pk").first()
    if run is not None:
        run.claimed_at = now
        run.save(update_fields=["claimed_at"])
    return run
