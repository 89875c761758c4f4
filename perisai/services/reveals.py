"""Showing one masked datum to one person: the log has its row before the value is read (R37)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from perisai.clock import official_date
from perisai.deadlines import Deadline, atomic_within, limit
from perisai.errors import ApprovedByOneself, NotFound, RevealQuotaUsed, RevealUnexplained, refusing
from perisai.models import RevealApproval, RevealLog, RevealReason, Role, User
from perisai.registry import Revealable, revealable_of

log = structlog.get_logger(__name__)

REVEALERS: Final = frozenset({Role.SUPERVISOR, Role.NATIONAL})
SHORTEST_EXPLANATION: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RevealAsk:
    """One field of one person, and why it must be seen."""

    entity: str
    entity_id: UUID
    field: str
    reason: RevealReason
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealer:
    """Who asks, by which request, from which session (a keyed digest)."""

    user: User
    request_id: str
    session: str


def reveal(ask: RevealAsk, *, by: Revealer, now: datetime) -> str:
    """The plain value, read after the log row has been committed; empty if none is kept.

    Raises NotFound for an unknown field or record, for another branch's, and for a role that
    reveals nothing; RevealUnexplained; RevealQuotaUsed. A refusal leaves no row. Opens its own
    transaction: whatever becomes of the answer, the row stays.
    """
    source = revealable_of(ask.entity, ask.field)
    if source is None or by.user.role not in REVEALERS:
        raise NotFound
    explanation = explained(ask.explanation)
    with transaction.atomic(durable=True):
        limit(Deadline.PAGE)
        row = _write_down(ask, source, by, explanation=explanation, now=now)
    log.info("datum_revealed", reveal=str(row.pk), entity=ask.entity, field=ask.field)
    return source.read(ask.entity_id) or ""


@atomic_within(Deadline.PAGE)
def allow_more(
    actor: User, *, extra: int, explanation: str, by: User, now: datetime
) -> RevealApproval:
    """Let somebody reveal more than a day's share, today.

    Raises NotFound where `by` may not decide for the person; ApprovedByOneself;
    RevealUnexplained.
    """
    if by.role not in REVEALERS or actor.role not in REVEALERS:
        raise NotFound
    if by.role == Role.SUPERVISOR and by.branch_id != actor.branch_id:
        raise NotFound
    words = explained(explanation)
    with refusing(reveal_approval_by_another_person=ApprovedByOneself):
        return RevealApproval.objects.create(
            actor=actor,
            approved_by=by,
            counted_on=official_date(now),
            extra=extra,
            explanation=words,
            approved_at=now,
        )


def explained(text: str) -> str:
    """A reason in words, without needless blanks. Raises RevealUnexplained if it is too short."""
    words = " ".join(text.split())
    if len(words) < SHORTEST_EXPLANATION:
        raise RevealUnexplained
    return words


def left_today(user: User, *, now: datetime) -> int:
    """How many reveals a person has left on the official day of an instant."""
    day = official_date(now)
    share: int = settings.REVEAL_QUOTA
    allowed = share + RevealApproval.objects.extra_of(user.pk, day)
    return max(0, allowed - RevealLog.objects.by_on(user.pk, day).count())


def _write_down(
    ask: RevealAsk, source: Revealable, by: Revealer, *, explanation: str, now: datetime
) -> RevealLog:
    """The user's row is the lock: two at once cannot both take the last of a day's share."""
    User.objects.select_for_update(no_key=True).get(pk=by.user.pk)
    branch_id = source.branch_of(ask.entity_id, by.user)
    if branch_id is None:
        raise NotFound
    if not left_today(by.user, now=now):
        raise RevealQuotaUsed
    return RevealLog.objects.create(
        actor=by.user,
        branch_id=branch_id,
        entity=ask.entity,
        entity_id=ask.entity_id,
        field=ask.field,
        reason=ask.reason,
        explanation=explanation,
        request_id=by.request_id[:64],
        session=by.session,
        counted_on=official_date(now),
        revealed_at=now,
    )
