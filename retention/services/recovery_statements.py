"""SQL of what came of follow-ups: who paid again, by what happened before; facts alone.

A follow-up about money (arrears, first payment) is recovered by the first cover month from its own
on that is not taken back, also where the member came back by a new episode. Paid on the day that
figures count it on, so a reversal moves the member back to who is not recovered. Where the money
counts on a day before the opening, since it was posted late, there was nothing to recover: such a
follow-up is left out.
"""

from typing import Final

WINDOWS: Final = (30, 60, 90)
"""Days from the opening of a follow-up."""

SEEN_UNTIL: Final = f"""LEAST(
                   COALESCE(paid.paid_on, %(as_of)s::date), o.opened_on + {WINDOWS[-1]})"""
"""Until when attempts and reminders tell follow-ups apart: what comes later changes no group."""

FOLLOW_UPS: Final = f"""
    WITH opened AS (
        SELECT f.member_id, f.agent_id, f.unpaid_since, f.opened_on, m.village_id
        FROM retention_followup f
        JOIN enrollment_member m ON m.id = f.member_id
        WHERE m.branch_id = %(branch)s
          AND f.kind IN ('arrears', 'first_payment')
          AND f.opened_on BETWEEN %(since)s AND %(until)s
    ), seen AS (
        SELECT o.*, paid.paid_on, {SEEN_UNTIL} AS seen_until
        FROM opened o
        CROSS JOIN LATERAL (
            SELECT min(c.counted_on) AS paid_on FROM payments_covermonth c
            WHERE c.member_id = o.member_id AND c.reversed_at IS NULL
              AND (o.unpaid_since IS NULL OR c.month >= o.unpaid_since)
              AND c.counted_on <= %(as_of)s
        ) paid
        WHERE paid.paid_on IS NULL OR paid.paid_on >= o.opened_on
    )
"""  # noqa: S608  constants of ours alone

LAST_ATTEMPT: Final = """
    LEFT JOIN LATERAL (
        SELECT COALESCE(NULLIF(a.decision, ''), a.contact) AS outcome FROM retention_attempt a
        WHERE a.member_id = s.member_id AND a.unpaid_since IS NOT DISTINCT FROM s.unpaid_since
          AND (a.tried_at AT TIME ZONE %(zone)s)::date <= s.seen_until
        ORDER BY a.tried_at DESC, a.id DESC LIMIT 1
    ) grouped ON true
"""
# A message that is gone (they are kept for a time) says no more whether it went out.
REMINDERS: Final = """
    CROSS JOIN LATERAL (
        SELECT CASE WHEN bool_or(x.sent_at IS NOT NULL) THEN 'sent'
                    WHEN bool_or(x.id IS NULL) THEN 'unknown'
                    ELSE 'none' END AS reminded
        FROM retention_reminderline l
        LEFT JOIN perisai_outboxmessage x
               ON x.kind = 'reminder' AND x.subject_id = l.reminder_id
        WHERE l.member_id = s.member_id AND l.unpaid_since IS NOT DISTINCT FROM s.unpaid_since
          AND l.day BETWEEN s.opened_on AND s.seen_until
    ) grouped
"""
AGENTS: Final = "LEFT JOIN perisai_agent grouped ON grouped.id = s.agent_id"
VILLAGES: Final = "LEFT JOIN perisai_village grouped ON grouped.code = s.village_id"

COUNTS: Final = ", ".join(
    f"count(*) FILTER (WHERE s.opened_on <= %(as_of)s::date - {days}),"
    f" count(*) FILTER (WHERE s.opened_on <= %(as_of)s::date - {days}"
    f" AND s.paid_on <= s.opened_on + {days})"
    for days in WINDOWS
)
"""Per window: how many opened long enough ago, and how many of those were paid within it."""

COVERED: Final = """(
    EXISTS (SELECT 1 FROM payments_covermonth c
            WHERE c.member_id = m.id AND c.month = {month} AND c.reversed_at IS NULL)
    OR EXISTS (SELECT 1 FROM payments_openingcover o
               WHERE o.member_id = m.id AND o.paid_through >= {month}
                 AND date_trunc('month', COALESCE(o.episode_started_on, {month})) <= {month}))"""
GONE: Final = "('deceased', 'moved_to_pu', 'duplicate')"
RATES: Final = f"""
    SELECT count(*) FILTER (WHERE now),
           count(*) FILTER (WHERE before),
           count(*) FILTER (WHERE before AND gone_on >= %(month)s),
           count(*) FILTER (WHERE now AND before AND (gone_on >= %(month)s) IS NOT TRUE),
           count(*) FILTER (WHERE year_before),
           count(*) FILTER (WHERE year_before AND gone_on IS NOT NULL),
           count(*) FILTER (WHERE now AND year_before AND gone_on IS NULL)
    FROM (
        SELECT {COVERED.format(month="%(month)s::date")} AS now,
               {COVERED.format(month="%(before)s::date")} AS before,
               {COVERED.format(month="%(year_before)s::date")} AS year_before,
               CASE WHEN m.closed_reason IN {GONE} AND m.closed_on < %(after)s
                     AND m.closed_on >= %(year_before_after)s THEN m.closed_on END AS gone_on
        FROM enrollment_member m WHERE m.branch_id = %(branch)s
    ) members
"""  # noqa: S608  constants of ours alone

WON_BACK: Final = """
    WITH months AS (
        SELECT c.member_id, c.episode_no, c.month
        FROM enrollment_member m
        JOIN payments_covermonth c ON c.member_id = m.id AND c.reversed_at IS NULL
        WHERE m.branch_id = %(branch)s AND c.month >= %(oldest)s
        UNION ALL
        SELECT o.member_id, o.episode_no, o.paid_through
        FROM enrollment_member m
        JOIN payments_openingcover o ON o.member_id = m.id
        WHERE m.branch_id = %(branch)s AND o.paid_through >= %(oldest)s
    ), lapsed AS (
        SELECT member_id, episode_no, max(month) AS last
        FROM months GROUP BY member_id, episode_no
        HAVING max(month) BETWEEN %(oldest)s AND %(newest)s
    )
    SELECT count(DISTINCT l.member_id),
           count(DISTINCT l.member_id) FILTER (WHERE EXISTS (
               SELECT 1 FROM payments_covermonth c
               WHERE c.member_id = l.member_id AND c.episode_no > l.episode_no
                 AND c.reversed_at IS NULL AND c.counted_on <= %(as_of)s))
    FROM lapsed l
    JOIN enrollment_member m ON m.id = l.member_id
    WHERE m.closed_on IS NULL
       OR m.closed_on > (l.last + %(lapses)s * interval '1 month')::date
"""
