"""Claims about cover months and what members show of them: I6 and I7."""

from typing import Final

from payments.services.checks.check import Check

MEMBERS_UNLIKE_FOLD: Final = """
    WITH active AS (
        SELECT member_id, episode_no, month, payment_id
        FROM payments_covermonth WHERE reversed_at IS NULL
    ), known AS (
        SELECT member_id, episode_no, month FROM active
        UNION ALL
        SELECT member_id, episode_no, paid_through FROM payments_openingcover
    ), newest AS (
        SELECT DISTINCT ON (member_id) member_id, episode_no, month
        FROM known ORDER BY member_id, episode_no DESC, month DESC
    ), paid AS (
        SELECT a.member_id, min((p.paid_at AT TIME ZONE %(zone)s)::date) AS started_on
        FROM active a
        JOIN newest n ON n.member_id = a.member_id AND n.episode_no = a.episode_no
        JOIN payments_payment p ON p.id = a.payment_id
        GROUP BY a.member_id
    )
    SELECT m.id
    FROM enrollment_member m
    LEFT JOIN newest n ON n.member_id = m.id
    LEFT JOIN paid ON paid.member_id = m.id
    LEFT JOIN payments_openingcover o ON o.member_id = m.id AND o.episode_no = n.episode_no
    WHERE (m.paid_through, m.episode_no::int, m.episode_started_on)
          IS DISTINCT FROM (
              n.month, coalesce(n.episode_no, 0), least(o.episode_started_on, paid.started_on)
          )
    ORDER BY m.id
"""

# What was brought in stands for its last month: the episode goes on from there, and no month that
# was paid for reaches back into it.
COVER_NOT_WHOLE: Final = """
    WITH active AS (
        SELECT member_id, episode_no, month FROM payments_covermonth WHERE reversed_at IS NULL
        UNION ALL
        SELECT member_id, episode_no, paid_through FROM payments_openingcover
    ), counted AS (
        SELECT member_id, episode_no,
            (extract(year FROM month) * 12 + extract(month FROM month))::int AS idx
        FROM active
    ), episode AS (
        SELECT member_id, episode_no, min(idx) AS first, max(idx) AS last, count(*) AS months,
            count(DISTINCT idx) AS different
        FROM counted GROUP BY member_id, episode_no
    ), beside AS (
        SELECT *, max(last) OVER (
            PARTITION BY member_id ORDER BY episode_no ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW
        ) AS last_before
        FROM episode
    )
    SELECT member_id
    FROM beside
    WHERE months <> different OR last - first + 1 <> different OR first <= last_before
    UNION
    SELECT c.member_id
    FROM payments_covermonth c
    JOIN payments_openingcover o ON o.member_id = c.member_id AND c.month <= o.paid_through
    WHERE c.reversed_at IS NULL
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
