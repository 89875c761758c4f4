"""Loading what waits: one transaction makes all rows of a run, or none.

What was paid is shown only after a second person has confirmed it. The phones of the agents are
told afterwards, by small commits that a second call goes on with.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog
from django.db import IntegrityError
from django.utils import timezone

from enrollment.services.importing import full_books, import_members, tell_phones
from payments.services.opening import import_opening
from perisai.deadlines import Deadline, within
from perisai.models import ImportKind, ImportRun, ImportState, StagedRow, User
from perisai.privacy import key_provider
from perisai.services.importing import import_agents, import_offices
from supervision.errors import ImportNotAllowed, ImportStale
from supervision.services.importing.comparing import compare
from supervision.services.importing.runs import (
    IMPORTERS,
    discard_run,
    locked_run,
    must_be_ready,
    visible_run,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a load did: new rows, those that brought cover, phones' rows told, overfull books."""

    rows: int
    with_cover: int
    told: int
    full_books: tuple[str, ...]


def load_run(run_id: UUID, *, by: User) -> Loaded:
    """Load a run once; one that is loaded already is only told to phones that lack it.

    Raises ImportNotFound, ImportNotAllowed, ImportNotReady, ImportNeedsSecondPerson, ImportBusy,
    and ImportStale, which throws the run away: the file must be read again.
    """
    run = visible_run(run_id, by=by)
    if by.role not in IMPORTERS:
        raise ImportNotAllowed
    try:
        rows, with_cover = _load(run_id)
    except (ImportStale, IntegrityError) as stale:
        discard_run(run_id, by=by)
        raise ImportStale from stale
    told = tell_phones(run_id) if run.kind == ImportKind.MEMBERS else 0
    ImportRun.objects.filter(pk=run_id, told_at=None).update(told_at=timezone.now())
    log.info("import_loaded", run=str(run_id), rows=rows, told=told, by=by.pk)
    return Loaded(rows=rows, with_cover=with_cover, told=told, full_books=tuple(full_books(run_id)))


def _load(run_id: UUID) -> tuple[int, int]:
    """How many rows were made, and how many of them brought cover; none the second time."""
    with within(Deadline.BULK):
        run = locked_run(run_id)
        if run.state is ImportState.LOADED:
            return 0, 0
        must_be_ready(run)
        if run.field_key != key_provider().active_id("field") or compare(run):
            raise ImportStale
        rows = MAKERS[run.kind](run.pk)
        with_cover = import_opening(run.pk) if run.kind == ImportKind.MEMBERS else 0
        StagedRow.objects.filter(run=run).delete()
        run.loaded_at = timezone.now()
        run.save(update_fields=["loaded_at"])
    return rows, with_cover


MAKERS: Final[Mapping[str, Callable[[UUID], int]]] = {
    ImportKind.OFFICES: import_offices,
    ImportKind.AGENTS: import_agents,
    ImportKind.MEMBERS: import_members,
}
