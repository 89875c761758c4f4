"""The cover that existing members bring with them (R14, R30): facts without money."""

from typing import Final
from uuid import UUID

from django.db import connection

KEEP_OPENINGS: Final = """
    INSERT INTO payments_openingcover (
        member_id, run_id, paid_through, episode_no, episode_started_on, agent_id,
        months_with_agent
    )
    SELECT s.subject_id, s.run_id, c.paid_through, c.episode_no, c.episode_started_on, c.agent_id,
        c.months_with_agent
    FROM perisai_stagedrow s
    CROSS JOIN LATERAL jsonb_to_record(s.columns) AS c (
        paid_through date, episode_no smallint, episode_started_on date, agent_id uuid,
        months_with_agent integer
    )
    WHERE s.run_id = %(run)s AND c.paid_through IS NOT NULL
    ORDER BY s.subject_id
"""
# Nobody paid yet, so the fold of each is the opening row itself.
SHOW_OPENINGS: Final = """
    UPDATE enrollment_member m
    SET paid_through = o.paid_through,
        episode_no = o.episode_no,
        episode_started_on = o.episode_started_on
    FROM payments_openingcover o
    WHERE o.run_id = %(run)s AND m.id = o.member_id
"""


def import_opening(run_id: UUID) -> int:
    """Keep the opening cover of a run's members and show it on them; returns of how many.

    Reads the staged rows, whose members were inserted in this very transaction, which it joins.
    """
    with connection.cursor() as cursor:
        cursor.execute(KEEP_OPENINGS, {"run": run_id})
        kept: int = cursor.rowcount
        cursor.execute(SHOW_OPENINGS, {"run": run_id})
    return kept
