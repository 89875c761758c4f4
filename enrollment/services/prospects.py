"""People who may become members: one contact after the other, until one registers (R41)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import structlog
from django.db.models import Count, OuterRef, Subquery

from enrollment.edit import Edit, Edited
from enrollment.errors import ProspectConverted, ProspectIdTaken
from enrollment.models import (
    Ecosystem,
    Member,
    Occupation,
    Prospect,
    ProspectContact,
    ProspectOutcome,
)
from enrollment.names import normalise_name
from enrollment.services.form_checks import Faults, check_village
from enrollment.services.member_changes import overlap_of
from perisai.errors import FieldError, Invalid, refusing
from perisai.phones import normalise_phone
from sync.errors import NotInBook
from sync.registry import Row
from sync.services import book
from sync.services.cases import CaseReport, open_case

log = structlog.get_logger(__name__)

OVERLAP: Final = "overlap"
UNKNOWN: Final = "prospect_unknown"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ProspectReport:
    """One contact as an agent tells it, with all that is known of the person.

    `says_phone`: whether a phone was said at all; said and empty, it is cleared.
    """

    prospect_id: UUID
    base_rev: int | None
    name: str
    village_code: str
    ecosystem: Ecosystem
    occupation_code: str
    outcome: ProspectOutcome
    phone: str = ""
    says_phone: bool = False
    note: str = ""
    next_on: date | None = None


def record_prospect(report: ProspectReport, *, by: Edit) -> Edited:
    """Keep one contact, and what is known of the person now; joins the caller's transaction.

    What somebody else changed meanwhile is overwritten, and a person looks. Raises Invalid,
    ProspectConverted, and NotInBook for another agent's prospect.
    """
    columns = _checked(report)
    try:
        return _record(report, columns, by)
    except ProspectIdTaken:
        # Somebody was first between the look and the insert; the key decided.
        return _record(report, columns, by)


def convert_prospect(
    prospect_id: UUID, member: Member, *, by: Edit, changes: book.Changes
) -> tuple[str, ...]:
    """The prospect became this member and leaves the book; a warning if there is no such one."""
    found = Prospect.objects.filter(pk=prospect_id, agent=by.agent_id, member__isnull=True)
    prospect = found.select_for_update(no_key=True).first()
    if prospect is None:
        return (UNKNOWN,)
    prospect.member = member
    prospect.save(update_fields=["member"])
    changes.drop(prospect.agent_id, "prospect", [prospect.pk], reason="merged", into_id=member.pk)
    return ()


def prospect_rows(agent_id: UUID, ids: Iterable[UUID]) -> dict[UUID, Row]:
    """Rows of those of the prospects that are this agent's and not yet members; one statement."""
    latest = ProspectContact.objects.filter(prospect=OuterRef("pk")).order_by("-rev")
    found = Prospect.objects.filter(agent=agent_id, member__isnull=True, pk__in=list(ids))
    with_contacts = found.annotate(
        tries=Count("contacts"),
        last_outcome=Subquery(latest.values("outcome")[:1]),
        next_on=Subquery(latest.values("next_on")[:1]),
    )
    return {prospect.pk: _row(prospect) for prospect in with_contacts}


def _row(prospect: Any) -> Row:  # a Prospect with the annotations of prospect_rows
    return {
        "rev": prospect.rev,
        "name": prospect.name,
        "phone": prospect.phone,
        "village_code": prospect.village_id,
        "ecosystem": prospect.ecosystem,
        "occupation": prospect.occupation_id,
        "last_outcome": prospect.last_outcome,
        "tries": prospect.tries,
        "next_on": prospect.next_on.isoformat() if prospect.next_on else None,
    }


def _checked(report: ProspectReport) -> dict[str, Any]:
    """The columns that the report sets, by the names of its form. Raises Invalid."""
    faults = Faults()
    columns = {
        "name": faults.kept("name", report.name, normalise_name),
        "village_code": check_village(report.village_code, faults),
        "ecosystem": report.ecosystem,
        "occupation": Occupation.objects.filter(code=report.occupation_code).first(),
    }
    if report.says_phone:
        columns["phone"] = faults.kept("phone", report.phone, normalise_phone) or None
    if columns["occupation"] is None:
        faults.add("occupation", "unknown_occupation")
    if report.outcome is ProspectOutcome.LATER and report.next_on is None:
        faults.add("next_on", "required")
    if faults.found:
        raise Invalid(errors=tuple(faults.found))
    return columns


def _record(report: ProspectReport, columns: dict[str, Any], by: Edit) -> Edited:
    with book.recording() as changes:
        known = Prospect.objects.filter(pk=report.prospect_id)
        prospect = known.select_for_update(no_key=True).first()
        if prospect is None:
            prospect, edited = _create(report, columns, by), Edited(word="applied", rev=1)
            _keep_contact(report, prospect, fields=(), by=by)
        else:
            edited = _update(report, prospect, columns, by)
        changes.put(prospect.agent_id, "prospect", [prospect.pk])
    log.info("prospect_recorded", word=edited.word, op_id=str(by.op_id))
    return edited


def _create(report: ProspectReport, columns: dict[str, Any], by: Edit) -> Prospect:
    prospect = Prospect(
        id=report.prospect_id,
        agent_id=by.author_id,
        **{_column(name): value for name, value in columns.items()},
    )
    with refusing(enrollment_prospect_pkey=ProspectIdTaken):
        prospect.save(force_insert=True)
    return prospect


def _update(
    report: ProspectReport, prospect: Prospect, columns: dict[str, Any], by: Edit
) -> Edited:
    if not by.may_be_of(prospect.agent_id):
        raise NotInBook
    if prospect.member_id is not None:
        raise ProspectConverted
    base_rev = _known_revision(report, prospect)
    ours = [name for name, value in columns.items() if getattr(prospect, _column(name)) != value]
    later = ProspectContact.objects.filter(prospect=prospect, rev__gt=base_rev)
    theirs = {name for fields in later.values_list("fields", flat=True) for name in fields}
    overlap = overlap_of(theirs, ours)
    if overlap:
        _tell_overlap(prospect, overlap, by)
    is_merged = base_rev != prospect.rev
    for name, value in columns.items():
        setattr(prospect, _column(name), value)
    prospect.rev += 1
    prospect.save(update_fields=[*map(_column, columns), "rev"])
    _keep_contact(report, prospect, fields=ours, by=by)
    return Edited(
        word="merged" if is_merged else "applied",
        rev=prospect.rev,
        theirs=tuple(sorted(theirs)),
        ours=tuple(sorted(ours)),
        overlap=overlap,
    )


def _known_revision(report: ProspectReport, prospect: Prospect) -> int:
    base_rev = report.base_rev
    if base_rev is None or not 1 <= base_rev <= prospect.rev:
        code = "required" if base_rev is None else "out_of_range"
        raise Invalid(errors=(FieldError(pointer="/base_rev", code=code),))
    return base_rev


def _tell_overlap(prospect: Prospect, overlap: tuple[str, ...], by: Edit) -> None:
    overwritten = {name: str(getattr(prospect, _column(name)) or "") for name in overlap}
    open_case(
        CaseReport(
            kind=OVERLAP,
            entity="prospect",
            entity_id=prospect.pk,
            agent_id=prospect.agent_id,
            op_id=by.op_id,
            details=overwritten,
        )
    )


def _keep_contact(
    report: ProspectReport, prospect: Prospect, *, fields: Iterable[str], by: Edit
) -> None:
    contact = ProspectContact(
        prospect=prospect,
        rev=prospect.rev,
        fields=sorted(fields),
        agent_id=prospect.agent_id,
        op_id=by.operation_id,
        outcome=report.outcome,
        next_on=report.next_on,
        note=report.note or None,
        contacted_at=by.at,
    )
    contact.save(force_insert=True)


def _column(name: str) -> str:
    return "village" if name == "village_code" else name
