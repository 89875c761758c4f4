"""Contact attempts: what an agent did about an unpaid month (R16)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import connection

from enrollment.models import Member
from perisai.clock import official_date
from perisai.errors import FieldError, Invalid, refusing
from perisai.models import Agent
from perisai.months import add_months
from retention.asking import AttemptOutcome, may_be_promised, next_attempt_on
from retention.errors import AttemptIdReused
from retention.models import REACHED, Attempt, ClosingReason, Decision, FollowUpKind
from sync.errors import NotInBook
from sync.services.book import recording
from sync.services.cases import CaseReport, open_case

CASE_OF_DECISION: Final[Mapping[str, str]] = {
    Decision.DECEASED: "claim_help",
    Decision.SICK_OR_INJURED: "claim_help",
    Decision.DUPLICATE_RECORD: "duplicate_record",
}
CLOSING: Final[Mapping[str, ClosingReason]] = {
    Decision.DECEASED: ClosingReason.DECEASED,
    Decision.DUPLICATE_RECORD: ClosingReason.DUPLICATE_RECORD,
}
# Whether or not a sweep has noted them; of a dead person nothing is left to do.
CLOSE_FOLLOW_UPS = """
    INSERT INTO retention_followup
        (member_id, agent_id, regency_code, kind, episode_no, unpaid_since, opened_on,
         closed_on, closed_by_id, closed_reason)
    SELECT %(member)s, %(agent)s, %(regency)s, kind, %(episode)s, %(unpaid_since)s::date, %(day)s,
        %(day)s, %(user)s, %(reason)s
    FROM unnest(%(kinds)s::text[]) AS kind
    ON CONFLICT ON CONSTRAINT follow_up_once_per_kind_and_unpaid_month
    DO UPDATE SET closed_on = excluded.closed_on, closed_by_id = excluded.closed_by_id,
        closed_reason = excluded.closed_reason
    WHERE retention_followup.closed_on IS NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an attempt was made: millionths of a degree, metres."""

    lat_e6: int
    lon_e6: int
    accuracy_m: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptReport:
    """One attempt as an agent tells it: parsed, not yet believed.

    `unpaid_since` is a month, or None when it is not about arrears; `tried_at` is the phone's
    clock corrected by its offset, `received_at` ours.
    """

    attempt_id: UUID
    op_id: UUID
    member_id: UUID
    unpaid_since: date | None
    channel: str
    contact: str
    tried_at: datetime
    received_at: datetime
    decision: str = ""
    promise_on: date | None = None
    payment_reference: str = ""
    note: str | None = None
    place: Place | None = None

    @property
    def outcome(self) -> AttemptOutcome:
        """What it came to, for the rule of the next attempt."""
        return AttemptOutcome(
            tried_on=official_date(self.tried_at),
            contact=self.contact,
            decision=self.decision,
            promise_on=self.promise_on,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecorded:
    """When to try again, and whether the month was paid already when the attempt arrived."""

    next_on: date | None
    after_resolution: bool


def record_attempt(
    report: AttemptReport, *, agent_id: UUID, is_late: bool = False
) -> AttemptRecorded:
    """Keep an attempt on a member; only a payment resolves what the attempt was about.

    A reported death or a doubled record closes the follow-ups of the present unpaid month and opens
    a case; illness opens a case. Moves no money. A late one is kept as this agent's on a member
    whom another one looks after by now. Raises Invalid, AttemptIdReused, and NotInBook for a member
    that is unknown or, unless late, not this agent's.
    """
    _must_be_possible(report)
    with recording() as changes:
        member = _locked(report.member_id, agent_id=None if is_late else agent_id)
        made = _keep(report, member, agent_id=agent_id)
        if report.decision in CASE_OF_DECISION:
            _open_case(report, agent_id=agent_id)
        if report.decision in CLOSING and not made.after_resolution:
            _close_follow_ups(report, member, agent_id=agent_id)
        if member.agent_id is not None:
            changes.put(member.agent_id, "member", [member.pk])
    return made


def _must_be_possible(report: AttemptReport) -> None:
    faults: list[FieldError] = []
    if report.decision and report.contact not in REACHED:
        faults.append(FieldError(pointer="/data/decision", code="nobody_reached"))
    if (report.decision == Decision.PROMISED) != (report.promise_on is not None):
        faults.append(FieldError(pointer="/data/promise_on", code="promise_without_its_day"))
    if report.promise_on is not None and not may_be_promised(
        report.promise_on, report.outcome.tried_on
    ):
        faults.append(FieldError(pointer="/data/promise_on", code="promise_out_of_range"))
    if faults:
        raise Invalid(errors=tuple(faults))


def _locked(member_id: UUID, *, agent_id: UUID | None) -> Member:
    """The member, of this agent if one is named."""
    counting = Member.objects.unmerged().filter(pk=member_id)
    mine = counting if agent_id is None else counting.served_by(agent_id)
    columns = ("agent_id", "paid_through", "episode_no", "regency_code")
    member = mine.select_for_update(no_key=True).only(*columns).first()
    if member is None:
        raise NotInBook
    return member


def _keep(report: AttemptReport, member: Member, *, agent_id: UUID) -> AttemptRecorded:
    earlier = Attempt.objects.filter(member=member).order_by("-tried_at").values_list("tried_at")
    days = [official_date(tried_at) for (tried_at,) in earlier[:2]]
    made = AttemptRecorded(
        next_on=next_attempt_on(report.outcome, earlier=days),
        after_resolution=_is_resolved(report.unpaid_since, member),
    )
    attempt = Attempt(
        id=report.attempt_id,
        op_id=report.op_id,
        member_id=member.pk,
        agent_id=agent_id,
        regency_code=member.regency_code,
        unpaid_since=report.unpaid_since,
        channel=report.channel,
        contact=report.contact,
        decision=report.decision,
        promise_on=report.promise_on,
        next_on=made.next_on,
        payment_reference=report.payment_reference,
        note=report.note,
        place=_place_document(report.place),
        tried_at=report.tried_at,
        after_resolution=made.after_resolution,
    )
    with refusing(retention_attempt_pkey=AttemptIdReused):
        Attempt.objects.bulk_create([attempt])
    return made


def _is_resolved(unpaid_since: date | None, member: Member) -> bool:
    """Whether the first unpaid month is another one by now."""
    if unpaid_since is None:
        return False
    return _unpaid_since(member) != unpaid_since


def _unpaid_since(member: Member) -> date | None:
    """The first unpaid month; None for who never paid."""
    return None if member.paid_through is None else add_months(member.paid_through, 1)


def _place_document(place: Place | None) -> dict[str, int] | None:
    if place is None:
        return None
    where = {"lat_e6": place.lat_e6, "lon_e6": place.lon_e6}
    return where if place.accuracy_m is None else where | {"accuracy_m": place.accuracy_m}


def _open_case(report: AttemptReport, *, agent_id: UUID) -> None:
    open_case(
        CaseReport(
            kind=CASE_OF_DECISION[report.decision],
            entity="member",
            entity_id=report.member_id,
            agent_id=agent_id,
            op_id=report.op_id,
            details={"decision": report.decision, "attempt_id": str(report.attempt_id)},
        )
    )


def _close_follow_ups(report: AttemptReport, member: Member, *, agent_id: UUID) -> None:
    """Close all kinds of the present unpaid month by the agent's hand, noted or not."""
    with connection.cursor() as cursor:
        cursor.execute(
            CLOSE_FOLLOW_UPS,
            {
                "member": member.pk,
                "agent": agent_id,
                "regency": member.regency_code,
                "kinds": FollowUpKind.values,
                "episode": member.episode_no,
                "unpaid_since": _unpaid_since(member),
                "day": official_date(report.received_at),
                "reason": CLOSING[report.decision],
                "user": Agent.objects.values_list("user_id", flat=True).get(pk=agent_id),
            },
        )
