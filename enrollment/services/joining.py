"""A form that meets a known member counts as a correction of that member (R20, R23)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from enrollment.edit import Edit
from enrollment.models import FieldGroup, Member
from enrollment.services.form_columns import (
    OCCUPATIONS,
    Columns,
    changed_names,
    flat,
    has_occupations,
    replace_occupations,
    said_columns,
    set_columns,
    value_for_record,
)
from enrollment.services.heirs import replace_heirs
from enrollment.services.member_changes import Changed, keep_change
from enrollment.services.registration_checks import CheckedForm
from perisai.models import Agent

HEIRS: Final = "heirs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What becomes of the member beside the data: a new agent, and opened again on a day."""

    agent: Agent | None
    reopened_on: date | None


def join_form(member: Member, checked: CheckedForm, *, terms: Terms, by: Edit) -> None:
    """Put what a form says over a member who is locked; what it does not say stays."""
    named = said_columns(checked)
    fields = {*changed_names(member, named), *_rows_said(member, checked)}
    columns = flat(named) | _columns_of(terms)
    if terms.reopened_on is not None:
        fields |= {"closed_on", "closed_reason"}
    old_values = {name: value_for_record(member, name) for name in sorted(fields - {HEIRS})}
    saved = set_columns(member, columns)
    member.rev += 1
    member.save(update_fields=[*saved, "rev"])
    if checked.work.occupations:
        replace_occupations(member, checked.work.occupations)
    if checked.heirs:
        replace_heirs(member, checked.heirs)
    changed = Changed(
        group=FieldGroup.REGISTRATION,
        fields=tuple(fields),
        soft_checks=tuple(doubt.value for doubt in checked.doubts),
        old_values=old_values,
    )
    keep_change(member, changed, by=by)


def _columns_of(terms: Terms) -> Columns:
    columns: Columns = {}
    if terms.reopened_on is not None:
        columns |= {"registered_on": terms.reopened_on, "closed_on": None, "closed_reason": ""}
    if terms.agent is not None:
        columns |= {"agent": terms.agent, "branch_id": terms.agent.office.branch_id}
    return columns


def _rows_said(member: Member, checked: CheckedForm) -> set[str]:
    """What a form changes that no column holds."""
    wanted = checked.work.occupations
    occupations = {OCCUPATIONS} if wanted and not has_occupations(member, wanted) else set()
    return occupations | ({HEIRS} if checked.heirs else set())
