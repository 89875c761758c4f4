"""Does the money add up? Ten claims over all rows, each one statement that returns what breaks it.

Run nightly and after every fault test; nothing here writes.
"""

from collections.abc import Collection
from dataclasses import dataclass
from time import monotonic
from typing import Final

from django.conf import settings
from django.db import connection

from payments.services.checks import cover, keys, ledger
from payments.services.checks.check import Check
from perisai.deadlines import Deadline, within

MOST_SHOWN: Final = 20
CHECKS: Final[tuple[Check, ...]] = tuple(
    sorted((*ledger.CHECKS, *cover.CHECKS, *keys.CHECKS), key=lambda check: int(check.code[1:]))
)


class UnknownCheck(ValueError):
    """There is no check of this code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What one check found: rows looked at, how many break the claim, ids of the first twenty."""

    code: str
    claim: str
    rows: int
    breaks: int
    first_ids: tuple[str, ...]
    milliseconds: int


def run_checks(only: Collection[str] | None = None) -> list[CheckResult]:
    """Run all checks, or those of the given codes, in order. Raises UnknownCheck.

    Each claim is judged by one statement, so that payments that come meanwhile break none.
    """
    unknown = set(only or ()) - {check.code for check in CHECKS}
    if unknown:
        raise UnknownCheck(", ".join(sorted(unknown)))
    wanted = [check for check in CHECKS if only is None or check.code in only]
    return [run_check(check) for check in wanted]


def run_check(check: Check) -> CheckResult:
    """Run one, in a transaction of its own."""
    started = monotonic()
    with within(Deadline.BULK), connection.cursor() as cursor:
        cursor.execute(check.rows)
        rows = int(cursor.fetchone()[0])
        cursor.execute(check.breaks, {"zone": settings.CLOCK_OFFICIAL_ZONE})
        breaks = cursor.rowcount
        first = cursor.fetchmany(MOST_SHOWN)
    return CheckResult(
        code=check.code,
        claim=check.claim,
        rows=rows,
        breaks=breaks,
        first_ids=tuple(str(row[0]) for row in first),
        milliseconds=round((monotonic() - started) * 1000),
    )
