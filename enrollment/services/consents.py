"""What members agree to and take back (R36): facts, of which the latest counts for each purpose."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from enrollment.edit import Edit
from enrollment.errors import ConsentIdTaken
from enrollment.models import Assignment, Consent, ConsentWithdrawal, Member, Purpose
from enrollment.registration_form import GivenConsent
from enrollment.services.member_changes import lock_for_edit
from enrollment.services.registration_checks import check_consent_text
from perisai.errors import refusing
from sync.errors import NotInBook
from sync.services import book
from sync.services.cases import CaseReport, open_case

log = structlog.get_logger(__name__)

WITHDRAWN: Final = "consent_withdrawal"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Withdrawal:
    """What a person takes back. `withdrawal_id` was made by the phone."""

    withdrawal_id: UUID
    member_id: UUID
    purposes: tuple[Purpose, ...]
    asked_at: datetime
    note: str = ""


def agrees_to(purpose: Purpose) -> Q:
    """Whether a member's latest word on a purpose is yes: for a filter or an annotation.

    Who is closed is reminded of nothing, whatever was agreed to.
    """
    later = ConsentWithdrawal.objects.filter(
        member=OuterRef("member"),
        purposes__contains=[purpose],
        asked_at__gte=OuterRef("given_at"),
    )
    given = Consent.objects.filter(member=OuterRef("pk"), purposes__contains=[purpose])
    agreed = Q(Exists(given.exclude(Exists(later))))
    return agreed & Q(closed_on__isnull=True) if purpose is Purpose.REMINDERS else agreed


def record_consent(given: GivenConsent, *, consent_id: UUID, member_id: UUID, by: Edit) -> None:
    """Keep what a member agreed to; joins the caller's transaction.

    Raises NotInBook, UnknownConsentText, and ConsentIdTaken for an id of another row.
    """
    with book.recording() as changes:
        member = lock_for_edit(member_id, by=by)
        check_consent_text(given, pointer="/data/text_version")
        consent = Consent(
            id=consent_id,
            member=member,
            purposes=list(given.purposes),
            text_version_id=given.text_version,
            language=given.language,
            method=given.method,
            witness=given.witness or None,
            agent_id=by.author_id,
            given_at=given.given_at,
        )
        with refusing(enrollment_consent_pkey=ConsentIdTaken):
            consent.save(force_insert=True)
        if member.agent_id is not None:
            changes.put(member.agent_id, "member", [member.pk])
    log.info("consent_recorded", op_id=str(by.op_id))


def withdraw_consent(asked: Withdrawal, *, by: Edit) -> None:
    """Keep what a member takes back: reminders stop with this transaction.

    Taking back the registration opens a case that is due within the hours of the law. Never refused
    to an agent who ever looked after the member; raises NotInBook for all others, and
    ConsentIdTaken for an id of another row.
    """
    with book.recording() as changes:
        member = _locked(asked.member_id, by=by)
        withdrawal = ConsentWithdrawal(
            id=asked.withdrawal_id,
            member=member,
            purposes=list(asked.purposes),
            agent_id=by.author_id,
            asked_at=min(asked.asked_at, by.received_at),
            note=asked.note or None,
        )
        with refusing(enrollment_consentwithdrawal_pkey=ConsentIdTaken):
            withdrawal.save(force_insert=True)
        if Purpose.REGISTRATION in asked.purposes:
            _open_case(asked, by)
        if member.agent_id is not None:
            changes.put(member.agent_id, "member", [member.pk])
    log.info("consent_withdrawn", op_id=str(by.op_id), purposes=list(asked.purposes))


def _locked(member_id: UUID, *, by: Edit) -> Member:
    """Whom the agent looks after, or ever did; foreign and unknown cost the same statement."""
    held = Assignment.objects.filter(member=OuterRef("pk"), agent=by.agent_id)
    own = Member.objects.filter(Q(agent=by.agent_id) | Exists(held), pk=member_id)
    member = own.select_for_update(no_key=True, of=("self",)).first()
    if member is None:
        raise NotInBook
    return member


def _open_case(asked: Withdrawal, by: Edit) -> None:
    """The rest of a withdrawal takes a person, within hours that run on every day of the week."""
    due_at = by.received_at + timedelta(hours=settings.PRIVACY_DEADLINE)
    open_case(
        CaseReport(
            kind=WITHDRAWN,
            entity="member",
            entity_id=asked.member_id,
            agent_id=by.author_id,
            op_id=by.op_id,
            details={"due_at": due_at.isoformat(), "purposes": ", ".join(asked.purposes)},
        )
    )
