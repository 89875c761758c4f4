"""Payments through the posting service: two processes with threads, as gunicorn runs it."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Final

from benchmarks.paying import AMOUNT, TERMINAL
from benchmarks.processes import at_once, halves
from payments.models import Channel
from payments.services.outcomes import Posted
from payments.services.pay_commands import PayCommand, Taker
from payments.services.posting import pay

TO_MILLISECONDS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one connection pays: bills one after another, at one counter."""

    taker: Taker
    codes: tuple[str, ...]
    at: datetime


def share_out(codes: list[str], takers: list[Taker], *, at: datetime) -> list[Share]:
    """The codes in equal shares, one for each taker."""
    return [
        Share(taker=taker, codes=tuple(codes[number :: len(takers)]), at=at)
        for number, taker in enumerate(takers)
    ]


def service_rate(pool: ProcessPoolExecutor, shares: list[Share]) -> float:
    """Payments per second when all shares are paid at once. Raises RuntimeError if one failed."""
    started = perf_counter()
    posted = sum(pool.map(pay_shares, halves(shares)))
    elapsed = perf_counter() - started
    if posted != sum(len(share.codes) for share in shares):
        raise RuntimeError(f"only {posted} payments were posted")
    return posted / elapsed


def pay_shares(shares: list[Share]) -> int:
    """In a client's process: each share in a thread; how many payments were posted."""
    return at_once(_pay_share, shares)


def pay_one(taker: Taker, code: str, *, at: datetime, amount: int = AMOUNT) -> float:
    """Post one payment here; its milliseconds. Raises RuntimeError if it was refused."""
    command = PayCommand(
        channel=Channel.REST,
        taker=taker,
        key=f"bench-service-{code}",
        bill_code=code,
        amount=amount,
        reference=f"bench-service-{code}",
        paid_at=at,
        terminal=TERMINAL,
    )
    started = perf_counter()
    outcome = pay(command, now=at)
    elapsed = perf_counter() - started
    if not isinstance(outcome, Posted):
        raise RuntimeError(f"a payment was not posted: {outcome}")  # noqa: TRY004
    return elapsed * TO_MILLISECONDS


def _pay_share(share: Share) -> int:
    for code in share.codes:
        pay_one(share.taker, code, at=share.at)
    return len(share.codes)
