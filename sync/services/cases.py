"""Cases for a person (perkara): opened once for an operation and kind, decided elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sync.models import BookEntry, Conflict, Operation
from sync.services import book


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReport:
    """What a person must look at; `details` are stored encrypted."""

    kind: str
    entity: str
    entity_id: UUID
    agent_id: UUID
    op_id: UUID | None = None
    other_id: UUID | None = None
    details: Mapping[str, str] = field(default_factory=dict)


def open_case(report: CaseReport) -> UUID:
    """Open a case and return its id; for a case that is open already, nothing happens.

    Joins the caller's transaction.
    """
    operation = (
        Operation.objects.filter(op_id=report.op_id, same_as=None).values_list("pk", flat=True)
        if report.op_id
        else Operation.objects.none().values_list("pk", flat=True)
    ).first()
    case = Conflict(
        kind=report.kind,
        entity=report.entity,
        entity_id=report.entity_id,
        other_id=report.other_id,
        agent_id=report.agent_id,
        operation_id=operation,
        details=dict(report.details) or None,
    )
    Conflict.objects.bulk_create([case], ignore_conflicts=True)
    return case.pk


def show_case(case: Conflict | CaseReport) -> None:
    """Put the record of a case again if it is in the author's book: it names its open cases."""
    mine = BookEntry.objects.filter(
        book__agent=case.agent_id, entity=case.entity, entity_id=case.entity_id, is_present=True
    )
    if mine.exists():
        with book.recording() as changes:
            changes.put_again(case.agent_id, case.entity, [case.entity_id])
