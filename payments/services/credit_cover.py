"""Months that a member's credit pays whole are covered at once, without cash (R9)."""

from datetime import datetime
from enum import Enum, auto
from typing import Final, TypedDict
from uuid import UUID

import structlog
from billiard.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connection
from django.db.models import F

from enrollment.cover import CoverKind
from payments.models import CreditRun
from payments.quote import quote_months
from payments.services.billing import BillOrder, CreditNotSettled, make_bill
from payments.services.candidates import read_candidates
from payments.services.discount_statements import MEMBERS_CREDITED
from payments.services.makers import SystemMaker, reach_of
from payments.services.outcomes import BillMade
from payments.services.rates import bill_rules, rate_book
from perisai.clock import official_date
from perisai.deadlines import Deadline, is_lock_timeout, within
from perisai.errors import DomainError

log = structlog.get_logger(__name__)

COVERED_AT_ONCE: Final = 100
"""How many members are looked at between two notes of how far the run is."""


class _Place(TypedDict, total=False):
    """How far a run is, in its columns."""

    covered_to: UUID
    waiting: list[UUID]
    done_at: datetime | None


class Tried(Enum):
    """What came of covering a member by credit."""

    COVERED = auto()
    NOTHING = auto()
    HELD = auto()  # somebody is paying for her, or uses the credit: a moment later it may go


def cover_next_batch(code: str, *, now: datetime) -> int | None:
    """Cover the next members of a run, each in a transaction of its own.

    Whoever is held by somebody else is tried again after all others. Returns how many were covered;
    None: nothing more is to be done now, and the run is done unless somebody still waits. Twice, or
    beside itself, it covers nobody twice: credit is used once. A run that was asked for again in
    the meantime keeps its beginning.
    """
    run = CreditRun.objects.get(code=code)
    if run.credited_at is None or run.done_at is not None:
        return None
    walked = _next_members(run)
    tried = walked or run.waiting[:COVERED_AT_ONCE]
    came = [(member_id, try_to_cover(member_id, now=now)) for member_id in tried]
    held = [member_id for member_id, result in came if result is Tried.HELD]
    covered = sum(result is Tried.COVERED for _, result in came)
    if walked:
        place: _Place = {"covered_to": walked[-1], "waiting": [*run.waiting, *held]}
    else:
        waiting = [*run.waiting[len(tried) :], *held]
        place = {"waiting": waiting, "done_at": None if waiting else now}
    _note(run, place, covered=covered)
    may_go_on = bool(walked) or len(held) < len(tried)
    return covered if may_go_on else None


def _note(run: CreditRun, place: _Place, *, covered: int) -> None:
    """Note how far the run is, unless it is elsewhere by now: begun again, or worked by another.

    The batch took minutes and held nothing. Beside another one, whoever is first says how far it
    is; both count.
    """
    same = CreditRun.objects.filter(code=run.code, asked_at=run.asked_at, credited_at__isnull=False)
    unmoved = same.filter(covered_to=run.covered_to, waiting=run.waiting, done_at__isnull=True)
    with within(Deadline.PAGE):
        if unmoved.update(covered=F("covered") + covered, **place):
            return
        is_same = same.update(covered=F("covered") + covered)
    log.info("credit_run_moved_on", code=run.code, is_begun_again=not is_same)


def _next_members(run: CreditRun) -> list[UUID]:
    """Whom the run has credited and not looked at since, by ascending id."""
    asked = {"code": run.code, "after": run.covered_to, "most": COVERED_AT_ONCE}
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS_CREDITED, asked)
        return [row[0] for row in cursor.fetchall()]


def try_to_cover(member_id: UUID, *, now: datetime) -> Tried:
    """`cover_by_credit` for a run: whatever fails is told, and holds up nobody behind her."""
    try:
        is_covered = cover_by_credit(member_id, now=now) is not None
    except SoftTimeLimitExceeded:  # no fault of hers: the next task looks at her again
        raise
    except Exception as fault:  # her credit stays hers: the next bill takes it
        if _is_held(fault):
            log.info("cover_by_credit_held", member=str(member_id))
            return Tried.HELD
        error = type(fault).__name__
        log.error("cover_by_credit_failed", member=str(member_id), error=error)  # noqa: TRY400
        return Tried.NOTHING
    return Tried.COVERED if is_covered else Tried.NOTHING


def _is_held(fault: Exception) -> bool:
    is_waited_for = isinstance(fault, OperationalError) and is_lock_timeout(fault)
    return is_waited_for or isinstance(fault, CreditNotSettled)


def cover_by_credit(member_id: UUID, *, now: datetime) -> UUID | None:
    """Make and settle the bill of the most months that a member's credit pays whole.

    Returns the bill; None if credit pays not one month, or if nothing is to be continued: whether
    somebody begins again after a lapse is for her to say. Raises CreditNotSettled when somebody
    pays for her, or uses the credit, in this moment.
    """
    months = _months_covered(member_id, now=now)
    if not months:
        return None
    order = BillOrder(maker=SystemMaker(), member_ids=(member_id,), months=months)
    made = make_bill(order, now=now)
    return made.bill_id if isinstance(made, BillMade) else None


def _months_covered(member_id: UUID, *, now: datetime) -> int:
    """The greatest period on offer that costs nothing; 0: none."""
    today = official_date(now)
    found = next(
        iter(read_candidates(reach_of(SystemMaker()).members, [member_id], on=today)), None
    )
    if found is None or found.terms is None or not found.credit:
        return 0
    rules, rates = bill_rules(), rate_book()
    for months in sorted(rules.periods, reverse=True):
        try:
            quote = quote_months(
                found.quoted(found.terms), months, as_of=today, rates=rates, rules=rules
            )
        except DomainError:
            continue
        if quote.kind is CoverKind.CONTINUE and quote.payable == 0:
            return months
    return 0
