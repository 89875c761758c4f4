"""Runs of credit for months that became cheaper, carried on wherever they stopped."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog
from billiard.exceptions import SoftTimeLimitExceeded
from django.conf import settings

from payments.models import CreditRun
from payments.services.credit_cover import Tried, cover_next_batch, try_to_cover
from payments.services.discount_credit import (
    Given,
    ask_for_credit,
    credit_late_payers,
    credit_next_batch,
)

log = structlog.get_logger(__name__)

AT_ONCE: Final = 50
"""How many batches one task works: a run of millions goes on with the next one."""

Say = Callable[[str], None]


def grant_discount_credit(
    code: str, *, now: datetime, most: int | None = None, say: Say = lambda _: None
) -> CreditRun:
    """Give the credit of a code to the end, or `most` batches of it; returns how far it is.

    Again: nobody gets anything twice. Raises TariffRowUnknown.
    """
    if not CreditRun.objects.filter(code=code).exists():
        ask_for_credit(code, now=now)
    batches = 0
    while most is None or batches < most:
        batches += 1
        if _next(code, now=now) is None:
            break
        run = CreditRun.objects.get(code=code)
        say(f"{code}: {run.members} members credited, {run.amount} rupiah, {run.covered} covered")
    return CreditRun.objects.get(code=code)


def run_of(code: str) -> CreditRun | None:
    """How far the credit of a code is; None: none was asked for."""
    return CreditRun.objects.filter(code=code).first()


def carry_on(now: datetime) -> int:
    """Work at every run that is not done; returns how many there were.

    One that fails is tried again the next time, and holds none of those behind it up.
    """
    waiting = list(
        CreditRun.objects.filter(done_at__isnull=True).order_by("asked_at").values_list("code")
    )
    for (code,) in waiting:
        try:
            grant_discount_credit(code, now=now, most=AT_ONCE)
        except SoftTimeLimitExceeded:  # no fault of this run: the next task goes on
            raise
        except Exception as fault:  # one bad run must not hold up those behind it
            error = type(fault).__name__
            log.error("credit_run_failed", code=code, error=error)  # noqa: TRY400
    return len(waiting)


def credit_and_cover_late_payers(now: datetime) -> Given:
    """Give to who paid late, and cover them by it at once as a run does; who is held, twice."""
    given = credit_late_payers(now)
    if settings.CARRY_AUTO_POST:
        tried = [(member_id, try_to_cover(member_id, now=now)) for member_id in sorted(given.to)]
        for member_id, result in tried:
            if result is Tried.HELD:
                try_to_cover(member_id, now=now)
    return given


def _next(code: str, *, now: datetime) -> object:
    """The next batch of the first part of a run, then of the second; None: nothing is left."""
    given = credit_next_batch(code, now=now)
    if given is not None:
        return given
    if settings.CARRY_AUTO_POST:
        return cover_next_batch(code, now=now)
    CreditRun.objects.filter(code=code, credited_at__isnull=False, done_at__isnull=True).update(
        done_at=now
    )
    return None
