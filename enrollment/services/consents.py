"""What members agree to and take back (R36): facts, of which the latest counts for each purpose."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db.models import Exists, OuterRef, Q

from enrollment.edit import Edit
from enrollment.errors import ConsentIdTaken
from enrollment.models import (
    Assignment,
    Consent,
    ConsentWithdrawal,
    IdentityCheck,
    Member,
    Purpose,
    RequestKind,
)
from enrollment.registration_form import GivenConsent
from enrollment.services.member_changes import lock_for_edit
from enrollment.services.registration_checks import check_consent_text
from enrollment.services.subject_requests import RequestForm, take_in_withdrawal
from perisai.errors import refusing
from perisai.models import Agent
from sync.errors import NotInBook
from sync.services import book

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Withdrawal:
    """What a person takes back, and when by our clock. `withdrawal_id` was made by the phone."""

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


def withdraw_consent(asked: Withdrawal, *, by: Edit, was_theirs: bool = False) -> None:
    """Keep what a member takes back: reminders stop with this transaction.

    Taking back the registration is a request of the person, under the same id, that the office
    decides within the hours of the law. Never refused to an agent who ever looked after the member
    or took her consent, nor where `was_theirs`: the author's own book or form led to the member.
    Raises NotInBook for all others, ConsentIdTaken and RequestIdTaken for an id of another row.
    """
    with book.recording() as changes:
        member = _locked(asked.member_id, by=by, was_theirs=was_theirs)
        withdrawal = ConsentWithdrawal(
            id=asked.withdrawal_id,
            member=member,
            purposes=list(asked.purposes),
            agent_id=by.author_id,
            asked_at=asked.asked_at,
            note=asked.note or None,
        )
        with refusing(enrollment_consentwithdrawal_pkey=ConsentIdTaken):
            withdrawal.save(force_insert=True)
        if Purpose.REGISTRATION in asked.purposes:
            _ask_office(member, asked, by)
        if member.agent_id is not None:
            changes.put(member.agent_id, "member", [member.pk])
    log.info("consent_withdrawn", op_id=str(by.op_id), purposes=list(asked.purposes))


def _locked(member_id: UUID, *, by: Edit, was_theirs: bool) -> Member:
    """Whom the agent looks after, ever did, or asked; foreign and unknown cost one statement."""
    found = Member.objects.filter(pk=member_id)
    if not was_theirs:
        held = Assignment.objects.filter(member=OuterRef("pk"), agent=by.agent_id)
        heard = Consent.objects.filter(member=OuterRef("pk"), agent=by.agent_id)
        found = found.filter(Q(agent=by.agent_id) | Exists(held) | Exists(heard))
    member = found.select_for_update(no_key=True, of=("self",)).first()
    if member is None:
        raise NotInBook
    return member


def _ask_office(member: Member, asked: Withdrawal, by: Edit) -> None:
    """The rest takes the office, within hours that run on every day of the week."""
    form = RequestForm(
        id=asked.withdrawal_id,
        kind=RequestKind.WITHDRAWAL,
        identity_check=IdentityCheck.IN_PERSON,
        words=asked.note,
    )
    author = Agent.objects.select_related("user").get(pk=by.author_id)
    take_in_withdrawal(member, form, agent=author, now=by.received_at)
