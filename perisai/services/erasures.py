"""The list of the forgotten: ids only, kept outside the database too, for the day of a restore."""

import json
import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Self
from uuid import UUID

from django.db import connection

from perisai.deadlines import Deadline, atomic_within
from perisai.models import ErasedKind, Erasure, ErasureReason, RevealLog
from perisai.privacy import DESTROYED
from perisai.services.guards import guards_aside

READ_AT_ONCE = 10_000
ALONE: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('perisai.erasure_list', 0))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """One line of the list."""

    kind: ErasedKind
    subject_id: UUID
    reason: ErasureReason
    request_id: UUID | None
    erased_at: datetime

    def as_line(self) -> str:
        """The line, as JSON."""
        request = str(self.request_id) if self.request_id else None
        said = {
            "kind": self.kind.value,
            "subject_id": str(self.subject_id),
            "reason": self.reason.value,
            "request_id": request,
            "erased_at": self.erased_at.isoformat(),
        }
        return json.dumps(said, separators=(",", ":"))

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Raises ValueError, KeyError for a damaged line."""
        said = json.loads(line)
        return cls(
            kind=ErasedKind(said["kind"]),
            subject_id=UUID(said["subject_id"]),
            reason=ErasureReason(said["reason"]),
            request_id=UUID(said["request_id"]) if said["request_id"] else None,
            erased_at=datetime.fromisoformat(said["erased_at"]),
        )


def forgotten() -> list[Forgotten]:
    """Everybody whom this database knows as erased, oldest first."""
    rows = Erasure.objects.order_by("pk").values_list(
        "kind", "subject_id", "reason", "request_id", "erased_at"
    )
    return [
        Forgotten(
            kind=ErasedKind(kind),
            subject_id=subject_id,
            reason=ErasureReason(reason),
            request_id=request_id,
            erased_at=erased_at,
        )
        for kind, subject_id, reason, request_id, erased_at in rows.iterator(READ_AT_ONCE)
    ]


def read_list(path: Path) -> list[Forgotten]:
    """The list in a file; nobody if there is no file. Raises ValueError, KeyError, OSError."""
    if not path.exists():
        return []
    return [Forgotten.from_line(line) for line in path.read_text("utf-8").splitlines()]


@atomic_within(Deadline.BULK)
def keep_list(path: Path) -> int:
    """Add to the file whom it lacks, and return how many. A line once written stays.

    The new file is whole or absent: it is written beside and moved into place. One does it at a
    time; who comes beside it leaves the file alone.
    """
    with connection.cursor() as cursor:
        cursor.execute(ALONE)
        if not cursor.fetchone()[0]:
            return 0
    known = read_list(path)
    have = {one.subject_id for one in known}
    new = [one for one in forgotten() if one.subject_id not in have]
    if new:
        _write(path, [*known, *new])
    return len(new)


def _write(path: Path, whole: Iterable[Forgotten]) -> None:
    beside = path.with_suffix(".new")
    text = "".join(f"{one.as_line()}\n" for one in whole)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def destroy_explanations(ids: Collection[UUID]) -> int:
    """Leave of the reveals of these people who saw which field when, and under which reason code.

    Joins the caller's transaction.
    """
    with guards_aside(RevealLog):
        return RevealLog.objects.filter(entity_id__in=ids).update(explanation=DESTROYED)


@atomic_within(Deadline.BULK)
def remember(lost: Iterable[Forgotten]) -> int:
    """Put lines that a restored database has lost back into it; how many it lacked."""
    before = Erasure.objects.count()
    Erasure.objects.bulk_create([_row(one) for one in lost], ignore_conflicts=True)
    return Erasure.objects.count() - before


def _row(one: Forgotten) -> Erasure:
    return Erasure(
        kind=one.kind,
        subject_id=one.subject_id,
        reason=one.reason,
        request_id=one.request_id,
        erased_at=one.erased_at,
    )
