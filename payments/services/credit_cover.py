"""Months that a member's credit pays whole are covered at once, without cash (R9)."""

from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from django.db import connection

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
from perisai.deadlines import Deadline, within
from perisai.errors import DomainError

log = structlog.get_logger(__name__)

COVERED_AT_ONCE: Final = 100
"""How many members are looked at between two notes of how far the run is."""


def cover_next_batch(code: str, *, now: datetime) -> int | None:
    """Cover the next members of a run, each in a transaction of its own.

    Returns how many were covered; None: all were looked at, and the run is done. Twice, or beside
    itself, it covers nobody twice: credit is used once.
    """
    run = CreditRun.objects.get(code=code)
    if run.credited_at is None or run.done_at is not None:
        return None
    asked = {"code": code, "after": run.covered_to, "most": COVERED_AT_ONCE}
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS_CREDITED, asked)
        members = [row[0] for row in cursor.fetchall()]
    covered = sum(cover_by_credit(member_id, now=now) is not None for member_id in members)
    if members:
        run.covered_to = members[-1]
        run.covered += covered
    else:
        run.done_at = now
    with within(Deadline.PAGE):
        run.save(update_fields=["covered_to", "covered", "done_at"])
    return covered if members else None


def cover_by_credit(member_id: UUID, *, now: datetime) -> UUID | None:
    """Make and settle the bill of the most months that a member's credit pays whole.

    Returns the bill; None if credit pays not one month, or if nothing is to be continued: whether
    somebody begins again after a lapse is for her to say.
    """
    months = _months_covered(member_id, now=now)
    if not months:
        return None
    order = BillOrder(maker=SystemMaker(), member_ids=(member_id,), months=months)
    try:
        made = make_bill(order, now=now)
    except CreditNotSettled:
        log.info("credit_used_meanwhile", member=str(member_id))
        return None
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
