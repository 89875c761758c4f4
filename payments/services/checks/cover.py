"""Claims about cover months and what members show of them: I6 and I7."""

from typing import Final

from payments.services.checks.check import Check

MEMBERS_UNLIKE_FOLD: Final = """
    WITH active AS (
        SELECT member_id, episode_no, month, payment_id
        FROM payments_covermonth WHERE reversed_at IS NULL
    ), newest AS (
        SELECT DISTINCT ON (member_id) member_id, episode_no, month
        FROM active ORDER BY member_id, episode_no DESC, month DESC
    ), started AS (
        SELECT a.member_id, min((p.paid_at AT TIME ZONE %(zone)s)::date) AS started_on
        FROM active a
        JOIN newest n ON n.member_id = a.member_id AND n.episode_no = a.episode_no
        JOIN payments_payment p ON p.id = a.payment_id
        GROUP BY a.member_id
    )
    SELECT m.id
    FROM enrollment_member m
    LEFT JOIN newest n ON n.member_id = m.id
    LEFT JOIN started s ON s.member_id = m.id
    WHERE (m.paid_through, m.episode_no::int, m.episode_started_on)
          IS DISTINCT FROM (n.month, coalesce(n.episode_no, 0), s.started_on)
    ORDER BY m.id
"""

COVER_NOT_WHOLE: Final = """
    WITH active AS (
        SELECT member_id, episode_no,
            (extract(year FROM month) * 12 + extract(month FROM month))::int AS idx
        FROM payments_covermonth WHERE reversed_at IS NULL
    ), episode AS (
        SELECT member_id, episode_no, min(idx) AS first, max(idx) AS last, count(*) AS months,
            count(DISTINCT idx) AS different
        FROM active GROUP BY member_id, episode_no
    ), beside AS (
        SELECT *, max(last) OVER (
            PARTITION BY member_id ORDER BY episode_no ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW
        ) AS last_before
        FROM episode
    )
    SELECT DISTINCT member_id
    FROM beside
    WHERE months <> different OR last - first + 1 <> different OR first <= last_before
    ORDER BY member_id
"""

CHECKS: Final = (
    Check(
        code="I6",
        claim="paid_through_is_the_fold",
        rows="SELECT count(*) FROM enrollment_member",
        breaks=MEMBERS_UNLIKE_FOLD,
    ),
    Check(
        code="I7",
        claim="cover_is_whole",
        rows="SELECT count(*) FROM payments_covermonth WHERE reversed_at IS NULL",
        breaks=COVER_NOT_WHOLE,
    ),
)
