"""Runs of an import: begun, found again, confirmed by a second person, thrown away."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Final
from uuid import UUID

import structlog
from django.db import OperationalError
from django.utils import timezone

from perisai.deadlines import Deadline, atomic_within
from perisai.errors import refusing
from perisai.models import (
    FileFormat,
    ImportKind,
    ImportPiece,
    ImportRun,
    ImportState,
    LegalBasis,
    Role,
    StagedRow,
    User,
)
from perisai.privacy import key_provider
from supervision.errors import (
    ImportBusy,
    ImportNeedsSecondPerson,
    ImportNotAllowed,
    ImportNotFound,
    ImportNotReady,
)
from supervision.services.importing.tables import HEAD, bad_file, format_of

log = structlog.get_logger(__name__)

IMPORTERS: Final = frozenset({Role.SUPERVISOR, Role.NATIONAL})
LARGEST_FILE: Final = 256 * 1024 * 1024
PIECE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """Who brings a file of what, and on what basis the people of it are held (members only)."""

    kind: ImportKind
    by: User
    legal_basis: LegalBasis | None = None
    basis_note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What is known of a file before its lines are read."""

    sha256: str
    size: int
    file_format: FileFormat


def facts_of(file: IO[bytes]) -> FileFacts:
    """Read a file once, from its beginning, and stand there again. Raises ImportFileInvalid."""
    digest, size, head = hashlib.sha256(), 0, b""
    file.seek(0)
    while piece := file.read(PIECE):
        head = head or piece[:HEAD]
        size += len(piece)
        digest.update(piece)
        if size > LARGEST_FILE:
            raise bad_file("too_large")
    file.seek(0)
    return FileFacts(sha256=digest.hexdigest(), size=size, file_format=format_of(head))


@atomic_within(Deadline.PAGE)
def begin_run(order: ImportOrder, facts: FileFacts) -> tuple[ImportRun, bool]:
    """The run of a file, and whether it is new: the same file is the same run while it stands.

    A run whose faults may be mended by now, or that a new key made stale, is thrown away and
    begun anew. Raises ImportNotAllowed.
    """
    if order.by.role not in IMPORTERS or (order.kind == ImportKind.MEMBERS) != bool(
        order.legal_basis
    ):
        raise ImportNotAllowed
    known = _standing_run(order, facts)
    if known is not None and (known.loaded_at is not None or not _is_outdated(known)):
        return known, False
    if known is not None:
        _throw_away(known)
    run = ImportRun(
        kind=order.kind,
        branch_id=_scope(order.by),
        made_by=order.by,
        sha256=facts.sha256,
        file_format=facts.file_format,
        size=facts.size,
        legal_basis=order.legal_basis or "",
        basis_note=order.basis_note,
        field_key=key_provider().active_id("field"),
    )
    with refusing(import_run_once_per_file=ImportBusy):
        run.save(force_insert=True)
    log.info("import_begun", run=str(run.pk), kind=run.kind, by=order.by.pk)
    return run, True


def _scope(user: User) -> int | None:
    return user.branch_id if user.role == Role.SUPERVISOR else None


def _standing_run(order: ImportOrder, facts: FileFacts) -> ImportRun | None:
    runs = ImportRun.objects.standing().select_for_update(no_key=True, of=("self",))
    return runs.filter(kind=order.kind, sha256=facts.sha256, branch=_scope(order.by)).first()


def _is_outdated(run: ImportRun) -> bool:
    """Whether reading the file again may come to another end."""
    return bool(run.fault_count) or run.field_key != key_provider().active_id("field")


def visible_run(run_id: UUID, *, by: User) -> ImportRun:
    """A run that the user may see. Raises ImportNotFound for any other."""
    run = ImportRun.objects.visible_to(by).filter(pk=run_id).first()
    if run is None:
        raise ImportNotFound
    return run


def locked_run(run_id: UUID) -> ImportRun:
    """The run, locked until the transaction ends. Raises ImportBusy if somebody else has it."""
    try:
        return ImportRun.objects.select_for_update(nowait=True, no_key=True, of=("self",)).get(
            pk=run_id
        )
    except OperationalError as fault:
        raise ImportBusy from fault


@atomic_within(Deadline.PAGE)
def confirm_run(run_id: UUID, *, by: User) -> ImportRun:
    """A second person stands for what a file says was paid. Confirmed again: nothing happens.

    Raises ImportNotFound, ImportNotAllowed, ImportNotReady, and ImportNeedsSecondPerson for who
    brought the file.
    """
    visible_run(run_id, by=by)
    if by.role not in IMPORTERS:
        raise ImportNotAllowed
    run = locked_run(run_id)
    if run.confirmed_by_id is not None:
        return run
    if run.read_at is None or run.fault_count or run.loaded_at or run.discarded_at:
        raise ImportNotReady
    run.confirmed_by, run.confirmed_at = by, timezone.now()
    with refusing(import_run_confirmed_by_another=ImportNeedsSecondPerson):
        run.save(update_fields=["confirmed_by", "confirmed_at"])
    log.info("import_confirmed", run=str(run.pk), by=by.pk)
    return run


@atomic_within(Deadline.BULK)
def discard_run(run_id: UUID, *, by: User) -> ImportRun:
    """Throw a run and its waiting rows away. Again: nothing happens.

    Raises ImportNotFound, ImportNotAllowed, and ImportNotReady for one that was loaded.
    """
    visible_run(run_id, by=by)
    if by.role not in IMPORTERS:
        raise ImportNotAllowed
    run = locked_run(run_id)
    if run.loaded_at is not None:
        raise ImportNotReady
    if run.discarded_at is None:
        _throw_away(run)
        log.info("import_discarded", run=str(run.pk), by=by.pk)
    return run


@atomic_within(Deadline.BULK)
def order_load(run_id: UUID, *, by: User) -> ImportRun:
    """Have a worker load a run. Ordered again: nothing happens.

    Raises ImportNotFound, ImportNotAllowed, ImportNotReady and ImportNeedsSecondPerson.
    """
    visible_run(run_id, by=by)
    if by.role not in IMPORTERS:
        raise ImportNotAllowed
    run = locked_run(run_id)
    if run.ordered_at is not None:
        return run
    must_be_ready(run)
    run.ordered_by, run.ordered_at = by, timezone.now()
    run.save(update_fields=["ordered_by", "ordered_at"])
    log.info("import_ordered", run=str(run.pk), by=by.pk)
    return run


def must_be_ready(run: ImportRun) -> None:
    """Raises ImportNotReady, and ImportNeedsSecondPerson where nobody confirmed what was paid."""
    if run.state is not ImportState.READY:
        raise ImportNotReady
    if run.brings_cover and run.confirmed_by_id is None:
        raise ImportNeedsSecondPerson


def discard_forgotten(before: datetime) -> int:
    """Throw away what was begun before an instant and never loaded; returns how many runs."""
    forgotten = ImportRun.objects.standing().filter(loaded_at=None, created_at__lt=before)
    ids = list(forgotten.order_by("created_at").values_list("pk", flat=True))
    for run_id in ids:
        _discard_alone(run_id)
    return len(ids)


@atomic_within(Deadline.BULK)
def _discard_alone(run_id: UUID) -> None:
    run = locked_run(run_id)
    if run.loaded_at is None and run.discarded_at is None:
        _throw_away(run)


def _throw_away(run: ImportRun) -> None:
    StagedRow.objects.filter(run=run).delete()
    ImportPiece.objects.filter(run=run).delete()
    run.discarded_at = timezone.now()
    run.save(update_fields=["discarded_at"])
