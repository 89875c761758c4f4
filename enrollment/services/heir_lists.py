"""`heir.set`: the list of heirs replaced as a whole, never merged: money may hang on it."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from enrollment.edit import Edit, Edited
from enrollment.models import FieldGroup
from enrollment.registration_form import NamedHeir
from enrollment.services.heirs import check_heir, replace_heirs
from enrollment.services.member_changes import (
    Changed,
    changed_meanwhile,
    keep_change,
    lock_for_edit,
    must_know_revision,
)
from enrollment.services.regions import known_regions
from perisai.clock import official_date
from perisai.errors import FieldError, Invalid
from sync.services import book

log = structlog.get_logger(__name__)

HEIRS: Final = "heirs"
CHANGED: Final = "heirs_changed"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HeirList:
    """None to five heirs that a member names; `base_rev` is the revision that the agent saw."""

    member_id: UUID
    base_rev: int | None
    heirs: tuple[NamedHeir, ...]


def set_heirs(wanted: HeirList, *, by: Edit) -> Edited:
    """Replace a member's heirs, also after closing; joins the caller's transaction.

    A conflict where they were changed since the agent saw them. Raises NotInBook, and Invalid with
    every fault of the heirs or without a revision that the member had.
    """
    with book.recording() as changes:
        member = lock_for_edit(wanted.member_id, by=by)
        must_know_revision(member, wanted.base_rev, by=by)
        regions = known_regions()
        faults: list[FieldError] = []
        checked = tuple(
            check_heir(
                heir,
                place=f"heirs/{number}",
                on=official_date(by.at),
                regions=regions,
                faults=faults,
            )
            for number, heir in enumerate(wanted.heirs)
        )
        if faults:
            raise Invalid(errors=tuple(faults))
        theirs = changed_meanwhile(member, wanted.base_rev, by=by)
        if HEIRS in theirs:
            return Edited(word="conflict", code=CHANGED)
        replace_heirs(member, checked)
        member.rev += 1
        member.save(update_fields=["rev"])
        keep_change(member, Changed(group=FieldGroup.HEIRS, fields=(HEIRS,)), by=by)
        if member.agent_id is not None:
            changes.put(member.agent_id, "member", [member.pk])
    log.info("heirs_set", count=len(checked), op_id=str(by.op_id))
    return Edited(
        word="merged" if theirs else "applied",
        rev=member.rev,
        theirs=tuple(sorted(theirs)),
        ours=(HEIRS,),
    )
