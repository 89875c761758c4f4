"""Cases for a person (perkara): opened once for an operation and kind, decided elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sync.models import Conflict, Operation


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
