"""Requests of people about their own data: taken in with a clock, decided by a second person."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction

from enrollment.errors import (
    CopyNotHandedOver,
    DecisionUnexplained,
    RequestDecided,
    RequestIdTaken,
    TakenInByOneself,
)
from enrollment.models import (
    IdentityCheck,
    Member,
    Outcome,
    RequestKind,
    SubjectDecision,
    SubjectRequest,
)
from enrollment.models.member import MemberQuerySet
from enrollment.services.erasure import erase_member
from enrollment.services.subject_effects import EFFECTS, Decided
from perisai.deadlines import Deadline
from perisai.errors import NotFound, refusing
from perisai.models import Agent, ErasureReason, Role, User
from sync.services import book

log = structlog.get_logger(__name__)

TAKERS: Final = frozenset({Role.SUPERVISOR, Role.NATIONAL})
DECIDERS: Final = frozenset({Role.NATIONAL})
SHORTEST_REASON: Final = 10
COPIED: Final = frozenset({RequestKind.ACCESS, RequestKind.COPY})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RequestForm:
    """What somebody asks for, under an id made where it was taken in."""

    id: UUID
    kind: RequestKind
    identity_check: IdentityCheck
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    """Who takes a request in: a user, and the agent whose login that is, if any."""

    user: User
    agent: Agent | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DecisionForm:
    """How a request ends, and why."""

    outcome: Outcome
    reason: str


def take_in_at_office(
    member_id: UUID, form: RequestForm, *, by: User, now: datetime
) -> SubjectRequest:
    """Take a request in at a branch or at the national office; once per id.

    Raises NotFound for an unknown or foreign member and for other roles; RequestIdTaken.
    """
    if by.role not in TAKERS:
        raise NotFound
    seen = Member.objects.visible_to(by)
    request, _is_new = _take_in(seen, member_id, form, by=Taker(user=by), now=now)
    return request


def take_in_by_agent(
    member_id: UUID, form: RequestForm, *, agent: Agent, now: datetime
) -> tuple[SubjectRequest, bool]:
    """Take a request of one of the agent's own members in; the flag is true the first time.

    Raises NotFound for an unknown and for another's member; RequestIdTaken.
    """
    own = Member.objects.served_by(agent.pk).unmerged()
    return _take_in(own, member_id, form, by=Taker(user=agent.user, agent=agent), now=now)


def take_in_withdrawal(member: Member, form: RequestForm, *, agent: Agent, now: datetime) -> None:
    """What a phone said of a registration's consent becomes a request, unless one waits already.

    Joins the transaction of the caller, who found and locked the member: also a former agent is
    heard (R36). Raises RequestIdTaken.
    """
    if member.subject_requests.undecided().filter(kind=RequestKind.WITHDRAWAL).exists():
        return
    request = _new(member.pk, form, by=Taker(user=agent.user, agent=agent), now=now)
    with refusing(enrollment_subjectrequest_pkey=RequestIdTaken):
        request.save(force_insert=True)


def decide_request(
    request_id: UUID, form: DecisionForm, *, by: User, now: datetime
) -> SubjectDecision:
    """End a request, with what follows from it in the same transaction.

    Raises NotFound for an unknown request and for other roles; RequestDecided; TakenInByOneself;
    DecisionUnexplained; CopyNotHandedOver; and what the effect refuses, such as ErasureHeld.
    """
    if by.role not in DECIDERS:
        raise NotFound
    reason = " ".join(form.reason.split())
    if len(reason) < SHORTEST_REASON:
        raise DecisionUnexplained
    with book.recording(Deadline.REPORT) as changes:
        if form.outcome is Outcome.DONE:
            _erase_where_asked(request_id, by=by, now=now)
        request = _locked(request_id, by)
        must_be_open(request)
        if form.outcome is Outcome.DONE:
            _must_be_fulfilled(request)
        with refusing(subject_decision_by_another_person=TakenInByOneself):
            decision = SubjectDecision.objects.create(
                request=request,
                outcome=form.outcome,
                reason=reason,
                decided_by=by,
                decided_at=now,
            )
        if form.outcome is Outcome.DONE:
            effect = EFFECTS[RequestKind(request.kind)]
            effect(Decided(request=request, by=by, now=now, changes=changes))
        if request.kind == RequestKind.WITHDRAWAL:
            _show_reminders(request, changes)
    log.info("subject_request_decided", request=str(request_id), outcome=form.outcome.value)
    return decision


def must_be_open(request: SubjectRequest) -> None:
    """Raises RequestDecided."""
    if SubjectDecision.objects.filter(request=request).exists():
        raise RequestDecided


def _take_in(
    seen: MemberQuerySet, member_id: UUID, form: RequestForm, *, by: Taker, now: datetime
) -> tuple[SubjectRequest, bool]:
    """Insert, then look: the first request of an id stays. A withdrawal stops reminders at once."""
    with book.recording() as changes:
        member = seen.filter(pk=member_id).only("agent").first()
        if member is None:
            raise NotFound
        request = _new(member_id, form, by=by, now=now)
        try:
            with transaction.atomic():
                request.save(force_insert=True)
        except IntegrityError:
            return _kept(request), False
        if form.kind is RequestKind.WITHDRAWAL and member.agent_id is not None:
            changes.put(member.agent_id, "member", [member_id])
    return request, True


def _new(member_id: UUID, form: RequestForm, *, by: Taker, now: datetime) -> SubjectRequest:
    return SubjectRequest(
        id=form.id,
        member_id=member_id,
        kind=form.kind,
        identity_check=form.identity_check,
        words=form.words or None,
        taken_by=by.user,
        agent=by.agent,
        received_at=now,
        due_at=now + timedelta(hours=settings.PRIVACY_DEADLINE),
    )


def _kept(said: SubjectRequest) -> SubjectRequest:
    """The request that has this id already. Raises RequestIdTaken if it is another one."""
    kept = SubjectRequest.objects.get(pk=said.pk)
    if (kept.member_id, kept.kind, kept.taken_by_id) != (
        *(said.member_id, said.kind, said.taken_by_id),
    ):
        raise RequestIdTaken
    return kept


def _erase_where_asked(request_id: UUID, *, by: User, now: datetime) -> None:
    """Before any lock of ours: an erasure takes the phones' outboxes first, then the member.

    A refusal further on undoes it with the whole transaction.
    """
    asked = SubjectRequest.objects.visible_to(by).undecided().filter(kind=RequestKind.ERASURE)
    request = asked.filter(pk=request_id).first()
    if request is not None:
        erase_member(
            request.member_id, by=by, reason=ErasureReason.REQUEST, request_id=request.pk, now=now
        )


def _locked(request_id: UUID, by: User) -> SubjectRequest:
    """The request, under the locks of its member and then of its own row."""
    seen = SubjectRequest.objects.visible_to(by).filter(pk=request_id)
    member_id = seen.values_list("member_id", flat=True).first()
    if member_id is None:
        raise NotFound
    Member.objects.select_for_update(of=("self",), no_key=True).get(pk=member_id)
    return seen.locked().get()


def _show_reminders(request: SubjectRequest, changes: book.Changes) -> None:
    """A granted withdrawal keeps reminders stopped, a refused one lets them go on."""
    agent_id = request.member.agent_id
    if agent_id is not None:
        changes.put(agent_id, "member", [request.member_id])


def _must_be_fulfilled(request: SubjectRequest) -> None:
    """Access is given by a copy that was handed over, not by a word."""
    if request.kind in COPIED and not request.copies.filter(handed_at__isnull=False).exists():
        raise CopyNotHandedOver
