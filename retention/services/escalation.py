"""Escalation: tell the supervisor what nobody else would notice, each thing once (R16)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import connection
from django.db.models import (
    BigIntegerField,
    DateField,
    DateTimeField,
    Exists,
    Max,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, Greatest

from enrollment.models import Assignment
from perisai.deadlines import Deadline, atomic_within
from perisai.errors import NotFound
from perisai.models import Agent, AgentEvent, AgentEventKind, Branch, Role, User
from retention.errors import EscalationSettled
from retention.models import (
    REACHED,
    Attempt,
    Escalation,
    EscalationReason,
    FollowUp,
    SettledAs,
    attempts_about,
    official_day,
)
from retention.models.follow_up import FollowUpQuerySet
from retention.priority import WorkKind
from sync.models import Outbox

log = structlog.get_logger(__name__)

FAILED_IN_A_ROW: Final = 3
LOOKS_BACK: Final = timedelta(days=180)
"""Follow-ups that opened longer ago are not walked through every night."""

LONG_AGO: Final = datetime(1, 1, 2, tzinfo=UTC)
FIRST_DAY: Final = date(1, 1, 1)
UNVISITED: Final = (WorkKind.ARREARS, WorkKind.FIRST_PAYMENT, WorkKind.PROMISE_BROKEN)
UNREACHED: Final = (WorkKind.ARREARS, WorkKind.FIRST_PAYMENT)
INSERT: Final = """
    INSERT INTO retention_escalation (reason, branch_id, follow_up_id, agent_id, since, raised_on)
    {rows}
    ON CONFLICT DO NOTHING
"""


def branches_to_escalate() -> Sequence[int]:
    """Every branch, in order."""
    return list(Branch.objects.order_by("pk").values_list("pk", flat=True))


@atomic_within(Deadline.SWEEP)
def escalate(branch_id: int, *, as_of: date) -> int:
    """Note what the branch's supervisor must know on a day; how much was new.

    One statement and one commit per branch; safe to repeat, to come late, and beside itself.
    """
    rows = _unvisited(branch_id, as_of=as_of).union(
        _unreached(branch_id, as_of=as_of), _silent(branch_id, as_of=as_of), all=True
    )
    statement, values = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(rows=statement), values)
        new = int(cursor.rowcount)
    if new:
        log.info("escalated", branch=branch_id, escalations=new)
    return new


@atomic_within(Deadline.PAGE)
def settle_escalation(escalation_id: int, said: SettledAs, *, by: User, now: datetime) -> None:
    """Say what was done about it, once. Raises NotFound and EscalationSettled."""
    mine = Escalation.objects.visible_to(by).filter(pk=escalation_id)
    if by.role != Role.SUPERVISOR or not mine.exists():
        raise NotFound
    waiting = Escalation.objects.filter(pk=escalation_id, settled_at=None)
    if not waiting.update(settled_as=said, settled_by=by, settled_at=now):
        raise EscalationSettled
    log.info("escalation_settled", escalation=escalation_id, by=by.pk, settled_as=str(said))


def _unvisited(branch_id: int, *, as_of: date) -> QuerySet[Any]:
    """Nobody came since it opened, since its agent has the member, or since the last attempt.

    An attempt that named a later day, for the next one or of a promise, counts from that day.
    """
    newest = as_of - timedelta(days=settings.FOLLOWUP_ESCALATE_AFTER)
    last = attempts_about().order_by("-tried_at", "-pk")
    return (
        _follow_ups(branch_id, UNVISITED, as_of=as_of)
        .filter(opened_on__lte=newest)
        .annotate(
            begun=Greatest(
                "opened_on",
                _care_began(),
                Subquery(last.annotate(on=official_day("tried_at")).values("on")[:1]),
                Subquery(last.values("next_on")[:1]),
                Subquery(last.values("promise_on")[:1]),
            )
        )
        .filter(begun__lte=newest)
        .order_by()
        .values_list(*_columns(EscalationReason.NO_ATTEMPT, "begun", as_of=as_of))
    )


def _unreached(branch_id: int, *, as_of: date) -> QuerySet[Any]:
    """Three attempts in a row about one month met nobody, since its agent has the member.

    Who is reached begins a new row of them, and so does a new agent.
    """
    reached = attempts_about().filter(contact__in=REACHED).order_by("-tried_at")
    last = Coalesce(
        Subquery(reached.values("tried_at")[:1]), Value(LONG_AGO, output_field=DateTimeField())
    )
    failed = (
        attempts_about()
        .exclude(contact__in=REACHED)
        .alias(on=official_day("tried_at"))
        .filter(tried_at__gt=OuterRef("reached_at"), on__gte=OuterRef("cared_from"))
        .order_by("tried_at")
    )
    return (
        _follow_ups(branch_id, UNREACHED, as_of=as_of)
        .alias(reached_at=last, cared_from=Coalesce(_care_began(), Value(FIRST_DAY)))
        .filter(Exists(failed[FAILED_IN_A_ROW - 1 :]))
        .annotate(begun=Greatest("opened_on", "cared_from", official_day("reached_at")))
        .order_by()
        .values_list(*_columns(EscalationReason.FAILED_ATTEMPTS, "begun", as_of=as_of))
    )


def _care_began() -> Subquery:
    """Since when the present agent has a follow-up's member; null if nobody ever had."""
    care = Assignment.objects.filter(member=OuterRef("member")).order_by("-from_on")
    return Subquery(care.values("from_on")[:1])


def _follow_ups(branch_id: int, kinds: Sequence[str], *, as_of: date) -> FollowUpQuerySet:
    """Open ones of a branch's members, bounded below."""
    return FollowUp.objects.open(as_of=as_of).filter(
        member__branch=branch_id, kind__in=kinds, opened_on__range=(as_of - LOOKS_BACK, as_of)
    )


def _silent(branch_id: int, *, as_of: date) -> QuerySet[Any]:
    """Working agents who have visits to make and were not heard of: no sync, no attempt.

    Nobody was silent before we knew of her.
    """
    newest = as_of - timedelta(days=settings.AGENT_SILENT_AFTER)
    visits = FollowUp.objects.open(as_of=as_of).filter(member__agent=OuterRef("pk"))
    return (
        Agent.objects.working()
        .filter(Exists(visits), office__branch=branch_id)
        .annotate(heard_on=Greatest("appointed_on", official_day("created_at"), *_signs_of_life()))
        .filter(heard_on__lte=newest)
        .order_by()
        .values_list(
            Value(EscalationReason.SILENT_AGENT),
            "office__branch",
            Value(None, output_field=BigIntegerField()),
            "pk",
            "heard_on",
            Value(as_of, output_field=DateField()),
        )
    )


def _signs_of_life() -> list[Subquery]:
    """The newest days on which something came from an agent; a return counts as one."""
    phones = Outbox.objects.filter(device__agent=OuterRef("pk")).values("device__agent")
    tries = Attempt.objects.filter(agent=OuterRef("pk")).values("agent")
    returns = AgentEvent.objects.filter(agent=OuterRef("pk"), kind=AgentEventKind.REINSTATED)
    return [
        Subquery(phones.annotate(on=Max(official_day("last_push_at"))).values("on")),
        Subquery(phones.annotate(on=Max(official_day("last_pull_at"))).values("on")),
        Subquery(tries.annotate(on=Max(official_day("tried_at"))).values("on")),
        Subquery(returns.values("agent").annotate(on=Max(official_day("at"))).values("on")),
    ]


def _columns(reason: EscalationReason, since: str, *, as_of: date) -> list[Any]:
    return [
        Value(reason),
        "member__branch",
        "pk",
        "member__agent",
        since,
        Value(as_of, output_field=DateField()),
    ]
