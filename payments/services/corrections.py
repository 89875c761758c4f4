"""Corrections: one person asks, another one confirms, and in that moment it is done (R12, R18)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog

from payments.errors import CorrectionDecided, CorrectionOpen, CorrectionUnexplained
from payments.models import Correction, CorrectionKind, JournalEntry, Payment
from payments.services import (
    bind_correction,
    bridge_correction,
    credit_correction,
    late_corrections,
    reversal_correction,
    suspense_correction,
)
from payments.services.correction_rule import CorrectionRule, Effect
from perisai.deadlines import Deadline, atomic_within
from perisai.errors import ApprovedByOneself, NotFound, refusing
from perisai.models import Decision, User
from sync.services import book

log = structlog.get_logger(__name__)

RULES: Final[Mapping[str, CorrectionRule]] = {
    CorrectionKind.REVERSAL: reversal_correction.RULE,
    CorrectionKind.BRIDGE: bridge_correction.RULE,
    CorrectionKind.LATE_POST: late_corrections.LATE_POST,
    CorrectionKind.RELEASE: late_corrections.RELEASE,
    CorrectionKind.BIND: bind_correction.RULE,
    CorrectionKind.CREDIT: credit_correction.RULE,
    CorrectionKind.WITHDRAW: suspense_correction.RULE,
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CorrectionDraft:
    """What is asked for: the payment or the entry where the kind has one, else details.

    `details` are JSON values without a name or a NIK.
    """

    kind: CorrectionKind
    reason: str
    payment: Payment | None = None
    entry: JournalEntry | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@atomic_within(Deadline.PAGE)
def request_correction(draft: CorrectionDraft, *, by: User) -> Correction:
    """Note what is wanted; no money moves yet.

    Raises NotFound for who has no say and for a target out of sight, CorrectionUnexplained,
    CorrectionOpen while another one about the same waits, and what the kind's rule refuses.
    """
    rule = RULES[draft.kind]
    if by.role not in rule.askers:
        raise NotFound
    if not draft.reason.strip():
        raise CorrectionUnexplained
    correction = Correction(
        kind=draft.kind,
        payment=draft.payment,
        entry=draft.entry,
        details=dict(draft.details),
        reason=draft.reason.strip(),
        requested_by=by,
    )
    rule.check(correction, by=by)
    with refusing(
        correction_once_open_per_payment=CorrectionOpen,
        correction_once_open_per_entry=CorrectionOpen,
    ):
        correction.save(force_insert=True)
    log.info("correction_requested", correction=str(correction.pk), kind=draft.kind, by=by.pk)
    return correction


def confirm_correction(correction_id: UUID, *, by: User, now: datetime) -> Correction:
    """Decide for it and do it, in one transaction; a rule that says no by now leaves it open.

    Lock order: the correction, as a key; then that of posting. Raises NotFound, CorrectionDecided,
    ApprovedByOneself, and what the kind's rule refuses.
    """
    with book.recording(Deadline.CORRECTION):
        correction = _decided(correction_id, Decision.CONFIRMED, by=by, now=now)
        RULES[correction.kind].carry_out(correction, now=now)
    return correction


@atomic_within(Deadline.PAGE)
def refuse_correction(correction_id: UUID, *, by: User, now: datetime) -> Correction:
    """Put it aside; who asked for it may do so too. Raises NotFound and CorrectionDecided."""
    return _decided(correction_id, Decision.REFUSED, by=by, now=now)


def may_confirm(correction: Correction, user: User) -> bool:
    """Whether this person may be the second one."""
    return user.role in RULES[correction.kind].deciders and correction.requested_by_id != user.pk


def may_refuse(correction: Correction, user: User) -> bool:
    """Whether this person may put it aside."""
    return user.role in RULES[correction.kind].deciders or correction.requested_by_id == user.pk


def effects_of(correction: Correction) -> Sequence[Effect]:
    """What it does, or did, to the accounts that it touches."""
    return RULES[correction.kind].preview(correction)


def _decided(correction_id: UUID, decision: Decision, *, by: User, now: datetime) -> Correction:
    """The correction, locked, with its decision. A second decision finds the first."""
    seen = Correction.objects.visible_to(by).filter(pk=correction_id)
    correction = seen.select_for_update(no_key=True, of=("self",)).first()
    if correction is None:
        raise NotFound
    if correction.decided_at is not None:
        raise CorrectionDecided
    if decision == Decision.CONFIRMED and correction.requested_by_id == by.pk:
        raise ApprovedByOneself
    is_theirs = may_confirm if decision == Decision.CONFIRMED else may_refuse
    if not is_theirs(correction, by):
        raise NotFound
    correction.decision, correction.decided_by, correction.decided_at = decision, by, now
    with refusing(correction_needs_second_person=ApprovedByOneself):
        correction.save(update_fields=["decision", "decided_by", "decided_at"])
    log.info("correction_decided", correction=str(correction_id), decision=decision, by=by.pk)
    return correction
