"""Lapse cohorts: who is still covered some months after the first covered month, by that month.

Derived from cover months that are not taken back. A cohort counts at a month only once that month
has ended; who was brought in by an import has no first payment that we know, and is in no cohort.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection

from perisai.months import add_months, month_of

AFTER: Final = (3, 6, 12)
"""Months after the first one."""

LOOKS_BACK: Final = 24
IS_THAT_FAR: Final = "began.month + interval '{months} months' < %(running)s"
WAS_COVERED: Final = """EXISTS (
    SELECT 1 FROM payments_covermonth c
    WHERE c.member_id = m.id AND c.reversed_at IS NULL
      AND c.month = (began.month + interval '{months} months')::date)"""
BOTH: Final = f"""count(*) FILTER (WHERE {IS_THAT_FAR}),
    count(*) FILTER (WHERE {IS_THAT_FAR} AND {WAS_COVERED})"""
COUNTS: Final = ", ".join(BOTH.format(months=months) for months in AFTER)
COHORTS: Final = f"""
    SELECT began.month, count(*), {COUNTS}
    FROM enrollment_member m
    CROSS JOIN LATERAL (
        SELECT c.month FROM payments_covermonth c
        WHERE c.member_id = m.id AND c.reversed_at IS NULL ORDER BY c.month LIMIT 1
    ) began
    WHERE m.branch_id = %(branch)s AND began.month BETWEEN %(oldest)s AND %(running)s
      AND NOT EXISTS (SELECT 1 FROM payments_openingcover o WHERE o.member_id = m.id)
    GROUP BY began.month ORDER BY began.month
"""  # noqa: S608  constants of ours alone


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAt:
    """So many months later: how many are that far, and how many of them were covered then."""

    months: int
    old_enough: int
    covered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Members of one first covered month."""

    month: date
    people: int
    kept: tuple[KeptAt, ...]


def cohorts(branch_id: int, *, as_of: date) -> list[Cohort]:
    """The cohorts of a branch's last two years, oldest first. One statement."""
    running = month_of(as_of)
    values: dict[str, int | date] = {
        "branch": branch_id,
        "running": running,
        "oldest": add_months(running, -LOOKS_BACK),
    }
    with connection.cursor() as cursor:
        cursor.execute(COHORTS, values)
        rows = cursor.fetchall()
    return [
        Cohort(
            month=month,
            people=people,
            kept=tuple(
                KeptAt(months=months, old_enough=old_enough, covered=covered)
                for months, old_enough, covered in zip(
                    AFTER, counted[::2], counted[1::2], strict=True
                )
            ),
        )
        for month, people, *counted in rows
    ]
