"""Runs of discount credit, carried on wherever they stopped."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.conf import settings

from payments.models import CreditRun
from payments.services.credit_cover import cover_next_batch
from payments.services.discount_credit import ask_for_credit, credit_next_batch

AT_ONCE: Final = 50
"""How many batches one task works: a run of millions goes on with the next one."""

Say = Callable[[str], None]


def grant_discount_credit(
    code: str, *, now: datetime, most: int | None = None, say: Say = lambda _: None
) -> CreditRun:
    """Give a discount's credit to the end, or `most` batches of it; returns how far it is.

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
    """How far the credit of a discount is; None: none was asked for."""
    return CreditRun.objects.filter(code=code).first()


def carry_on(now: datetime) -> int:
    """Work at every run that is not done; returns how many there were."""
    waiting = list(
        CreditRun.objects.filter(done_at__isnull=True).order_by("asked_at").values_list("code")
    )
    for (code,) in waiting:
        grant_discount_credit(code, now=now, most=AT_ONCE)
    return len(waiting)


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
