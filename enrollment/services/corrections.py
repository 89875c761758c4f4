"""Corrections of members: one group of fields at a time, merged with what others changed.

An edit names the revision that its author saw. Fields that nobody else touched are merged; of
those that somebody did, the newer arrival wins for contact and work, while identity and programme
wait for a person. So does the identity of who has paid or was matched by the civil registry.
"""

from dataclasses import replace
from typing import Final

import structlog

from enrollment.correction_form import Correction
from enrollment.edit import Edit, Edited
from enrollment.errors import DuplicateIdentity, MemberClosed
from enrollment.models import ClosedReason, Dukcapil, FieldGroup, Member
from enrollment.services.correction_checks import Wanted, check_correction
from enrollment.services.form_columns import (
    flat,
    replace_occupations,
    set_columns,
    value_for_record,
)
from enrollment.services.member_changes import (
    Changed,
    changed_meanwhile,
    keep_change,
    lock_for_edit,
    must_know_revision,
    overlap_of,
)
from perisai.clock import official_date
from perisai.errors import refusing
from sync.services import book
from sync.services.cases import CaseReport, open_case

log = structlog.get_logger(__name__)

NEWER_WINS: Final = frozenset({FieldGroup.CONTACT, FieldGroup.WORK})
OVERLAP: Final = "overlap"
REVIEW: Final = "review_required"


def correct_member(correction: Correction, *, by: Edit) -> Edited:
    """Correct some fields of one member, or keep the correction as a case; joins a transaction.

    Raises NotInBook, MemberClosed, Invalid without a revision that the member had, and what
    check_correction raises; a person who decides on a NIK that another member has gets
    DuplicateIdentity. A refusal and a conflict change nothing.
    """
    try:
        edited = _correct(correction, by)
    except DuplicateIdentity:
        if by.decision:
            raise
        # Somebody was first between the look and the write; the constraint decided.
        edited = _correct(correction, by)
    log.info(
        "member_corrected", word=edited.word, group=correction.group.value, op_id=str(by.op_id)
    )
    return edited


def _correct(correction: Correction, by: Edit) -> Edited:
    with book.recording() as changes:
        member = lock_for_edit(correction.member_id, by=by)
        if member.closed_on is not None:
            raise MemberClosed
        must_know_revision(member, correction.base_rev, by=by)
        wanted = check_correction(correction, member, on=official_date(by.at))
        theirs = changed_meanwhile(member, correction.base_rev, by=by)
        overlap = overlap_of(theirs, wanted.changes)
        held = _held(correction, member, wanted, overlap=overlap, by=by)
        if held is not None:
            return held
        edited = Edited(
            word="merged" if correction.base_rev != member.rev and not by.decision else "applied",
            theirs=tuple(sorted(theirs)),
            ours=tuple(sorted(wanted.changes)),
            overlap=overlap,
            warnings=tuple(doubt.value for doubt in wanted.doubts),
        )
        if overlap:
            _tell_overlap(member, overlap, by)
        if wanted.changes:
            _write(correction, member, wanted, by)
        if member.agent_id is not None:
            changes.put(member.agent_id, "member", [member.pk])
    return replace(edited, rev=member.rev)


def _held(
    correction: Correction,
    member: Member,
    wanted: Wanted,
    *,
    overlap: tuple[str, ...],
    by: Edit,
) -> Edited | None:
    """Why a person must decide; None if nobody needs to. Raises DuplicateIdentity to a decider."""
    twin = _twin(member, wanted)
    if twin is not None:
        if by.decision:
            raise DuplicateIdentity
        is_dead = twin.closed_reason == ClosedReason.DECEASED
        return Edited(
            word="conflict",
            code=REVIEW if is_dead else DuplicateIdentity.code,
            case="identity_deceased" if is_dead else "",
            other_id=twin.pk,
        )
    if by.decision or by.agent_id is None or not wanted.changes:
        return None
    is_settled = member.episode_no > 0 or member.dukcapil == Dukcapil.MATCH
    if correction.group == FieldGroup.IDENTITY and is_settled:
        return Edited(word="conflict", code=REVIEW)
    if overlap and correction.group not in NEWER_WINS:
        return Edited(word="conflict", code=OVERLAP, theirs=overlap)
    return None


def _twin(member: Member, wanted: Wanted) -> Member | None:
    """Another member whose NIK the corrected one would be."""
    if "nik" not in wanted.changes:
        return None
    same = Member.objects.unmerged().filter(nik_index=wanted.named["nik"]["nik_index"])
    return same.exclude(pk=member.pk).only("closed_reason").first()


def _tell_overlap(member: Member, overlap: tuple[str, ...], by: Edit) -> None:
    """A person looks at what the newer arrival overwrote."""
    overwritten = {name: str(value_for_record(member, name) or "") for name in overlap}
    if by.agent_id is None:
        return
    open_case(
        CaseReport(
            kind=OVERLAP,
            entity="member",
            entity_id=member.pk,
            agent_id=by.agent_id,
            op_id=by.op_id,
            details=overwritten,
        )
    )


def _write(correction: Correction, member: Member, wanted: Wanted, by: Edit) -> None:
    old_values = (
        {name: value_for_record(member, name) for name in wanted.changes}
        if by.user_id is not None
        else None
    )
    columns = flat(wanted.named)
    if correction.group == FieldGroup.IDENTITY and member.dukcapil == Dukcapil.MATCH:
        columns["dukcapil"] = Dukcapil.NOT_CHECKED  # the registry matched something else
    saved = set_columns(member, columns)
    member.rev += 1
    with refusing(member_once_per_nik=DuplicateIdentity):
        member.save(update_fields=[*saved, "rev"])
    if wanted.occupations is not None:
        replace_occupations(member, wanted.occupations)
    keep_change(
        member,
        Changed(
            group=correction.group,
            fields=wanted.changes,
            soft_checks=tuple(doubt.value for doubt in wanted.doubts),
            old_values=old_values,
        ),
        by=by,
    )
