"""Lapse cohorts: who is still covered some months after the first covered month.

By that month, by the agent whom it was credited to, and by who paid for it. Derived from cover
months that are not taken back. A member counts at a month only once that month has ended; who was
brought in by an import has no first payment that we know, and is in no cohort.
"""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any, Final

from django.db import connection

from perisai.months import add_months, month_of

AFTER: Final = (3, 6, 12)
"""Months after the first one."""

LOOKS_BACK: Final = 24


class CohortBy(IntEnum):
    """What cohorts are told apart by; the number that GROUPING() gives to each."""

    MONTH = 0b011
    AGENT = 0b101
    PAYER = 0b110


COVERED: Final = ", ".join(
    f"""EXISTS (
            SELECT 1 FROM payments_covermonth c
            WHERE c.member_id = m.id AND c.reversed_at IS NULL
              AND c.month = (began.month + interval '{months} months')::date
        ) AS covered_{months}"""  # noqa: S608  constants of ours alone
    for months in AFTER
)
COUNTS: Final = ", ".join(
    f"""count(*) FILTER (WHERE seen.month + interval '{months} months' < %(running)s),
        count(*) FILTER (WHERE seen.month + interval '{months} months' < %(running)s
                           AND seen.covered_{months})"""
    for months in AFTER
)
COHORTS: Final = f"""
    WITH seen AS (
        SELECT began.month, agent.number, bill.payer_kind, {COVERED}
        FROM enrollment_member m
        CROSS JOIN LATERAL (
            SELECT c.month, c.agent_id, c.payment_id FROM payments_covermonth c
            WHERE c.member_id = m.id AND c.reversed_at IS NULL ORDER BY c.month LIMIT 1
        ) began
        JOIN payments_payment payment ON payment.id = began.payment_id
        JOIN payments_bill bill ON bill.id = payment.bill_id
        LEFT JOIN perisai_agent agent ON agent.id = began.agent_id
        WHERE m.branch_id = %(branch)s AND began.month BETWEEN %(oldest)s AND %(running)s
          AND NOT EXISTS (SELECT 1 FROM payments_openingcover o WHERE o.member_id = m.id)
    )
    SELECT GROUPING(seen.month, seen.number, seen.payer_kind),
        COALESCE(to_char(seen.month, 'YYYY-MM'), seen.number, seen.payer_kind, ''),
        count(*), {COUNTS}
    FROM seen
    GROUP BY GROUPING SETS ((seen.month), (seen.number), (seen.payer_kind))
    ORDER BY 1, 2
"""  # noqa: S608  constants of ours alone


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAt:
    """So many months later: how many are that far, and how many of them were covered then."""

    months: int
    old_enough: int
    covered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Members who began alike: in a month (2026-07), with an agent's number, or kind of payer.

    An empty key is of who began without an agent.
    """

    key: str
    people: int
    kept: tuple[KeptAt, ...]


def cohorts(branch_id: int, *, as_of: date) -> dict[CohortBy, list[Cohort]]:
    """The cohorts of who began in a branch in the last two years, in the order of their keys.

    One statement; everybody is in one cohort of each kind.
    """
    running = month_of(as_of)
    values: dict[str, int | date] = {
        "branch": branch_id,
        "running": running,
        "oldest": add_months(running, -LOOKS_BACK),
    }
    with connection.cursor() as cursor:
        cursor.execute(COHORTS, values)
        rows = cursor.fetchall()
    found: dict[CohortBy, list[Cohort]] = {by: [] for by in CohortBy}
    for by, *row in rows:
        found[CohortBy(by)].append(_cohort(row))
    return found


def _cohort(row: list[Any]) -> Cohort:
    key, people, *counted = row
    kept = (
        KeptAt(months=months, old_enough=old_enough, covered=covered)
        for months, old_enough, covered in zip(AFTER, counted[::2], counted[1::2], strict=True)
    )
    return Cohort(key=key, people=people, kept=tuple(kept))
