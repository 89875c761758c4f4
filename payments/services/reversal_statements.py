"""The SQL of a reversal: each statement is set-based, whatever the size of the bill.

Named in the order in which `payments.services.reversal` runs them.
"""

from typing import Final

# A reference that another counter of the partner used is as unknown as any other: answered alike,
# and nothing is kept that would stand in that counter's way.
RECORD_TOMBSTONE: Final = """
    WITH recorded AS (
        INSERT INTO payments_reversal (partner_id, reference, key, reason, outlet_id, created_at)
        SELECT %(partner)s, %(reference)s::varchar, %(key)s, %(reason)s, %(outlet)s, %(now)s
        WHERE NOT EXISTS (
            SELECT 1 FROM payments_payment
            WHERE partner_id = %(partner)s AND reference = %(reference)s::varchar
        )
        ON CONFLICT DO NOTHING
    )
    UPDATE payments_idempotencykey SET outcome = 'recorded' WHERE id = %(key_id)s
"""

# A collective late payment may have left credit to members who are not on its bill.
LOCK_TOUCHED: Final = """
    SELECT m.id, m.agent_id
    FROM enrollment_member m
    WHERE m.id IN (
        SELECT member_id FROM payments_billline WHERE bill_id = %(bill)s
        UNION
        SELECT l.member_id
        FROM payments_journalentry e
        JOIN payments_journalline l ON l.entry_id = e.id
        WHERE e.payment_id = %(payment)s AND l.account_id = 2200
    )
    ORDER BY m.id
    FOR NO KEY UPDATE
"""

LOOK_BACK: Final = """
    WITH undone AS (
        SELECT member_id, max(month) AS month
        FROM payments_covermonth WHERE payment_id = %(payment)s GROUP BY member_id
    ), given AS (  -- by its own entries, and by discounts that were recorded later
        SELECT member_id, sum(credit) AS credit
        FROM (
            SELECT l.member_id, -l.amount AS credit
            FROM payments_journalentry e
            JOIN payments_journalline l ON l.entry_id = e.id
            WHERE e.payment_id = %(payment)s AND l.account_id = 2200
            UNION ALL
            SELECT g.member_id, g.jkk + g.jkm
            FROM payments_covermonth c
            JOIN payments_creditedmonth g ON g.cover_month_id = c.id
            WHERE c.payment_id = %(payment)s
        ) gift
        GROUP BY member_id HAVING sum(credit) > 0
    )
    SELECT
        (SELECT reversed_at FROM payments_payment WHERE id = %(payment)s) AS reversed_at,
        ARRAY(
            SELECT u.member_id FROM undone u
            JOIN enrollment_member m ON m.id = u.member_id
            WHERE m.closed_reason IN ('deceased', 'claimed_out')
            ORDER BY u.member_id LIMIT %(most)s
        ) AS claimed,
        ARRAY(
            SELECT u.member_id FROM undone u
            WHERE EXISTS (
                SELECT 1 FROM payments_covermonth c
                WHERE c.member_id = u.member_id AND c.month > u.month AND c.reversed_at IS NULL
            )
            ORDER BY u.member_id LIMIT %(most)s
        ) AS paid_later,
        ARRAY(
            SELECT g.member_id FROM given g
            WHERE g.credit > (
                SELECT coalesce(-sum(j.amount), 0) FROM payments_journalline j
                WHERE j.member_id = g.member_id AND j.account_id = 2200
            )
            ORDER BY g.member_id LIMIT %(most)s
        ) AS spent
"""

TAKE_BACK: Final = """
    WITH kept AS (
        INSERT INTO payments_reversal (
            partner_id, reference, payment_id, key, reason, outlet_id, correction_id, created_at
        ) VALUES (
            %(partner)s, %(reference)s, %(payment)s, %(key)s, %(reason)s, %(outlet)s,
            %(correction)s, %(now)s
        )
    ), remembered AS (
        UPDATE payments_idempotencykey
        SET outcome = 'reversed', payment_id = %(payment)s, bill_id = %(bill)s
        WHERE id = %(key_id)s
    ), taken_back AS (
        UPDATE payments_payment SET reversed_at = %(now)s WHERE id = %(payment)s
    )
    UPDATE payments_covermonth SET reversed_at = %(now)s WHERE payment_id = %(payment)s
"""

MIRROR_ENTRIES: Final = """
    WITH mirror AS (
        INSERT INTO payments_journalentry (
            kind, payment_id, reverses_id, correction_id, settlement_date, posted_at, reference,
            actor
        )
        SELECT 'reversal', e.payment_id, e.id, %(correction)s, %(settlement_date)s, %(now)s, '',
            %(actor)s
        FROM payments_journalentry e
        WHERE e.payment_id = %(payment)s AND e.kind <> 'reversal'
        ORDER BY e.id
        RETURNING id, reverses_id
    )
    INSERT INTO payments_journalline (entry_id, line_no, account_id, amount, partner_id, member_id)
    SELECT mirror.id, l.line_no, l.account_id, -l.amount, l.partner_id, l.member_id
    FROM mirror
    JOIN payments_journalline l ON l.entry_id = mirror.reverses_id
"""

# What check I6 proves: the newest month of the newest episode, the imported cover included.
FOLD_MEMBERS: Final = """
    WITH touched AS (
        SELECT unnest(%(members)s::uuid[]) AS member_id
    ), known AS (
        SELECT c.member_id, c.episode_no, c.month
        FROM touched JOIN payments_covermonth c USING (member_id)
        WHERE c.reversed_at IS NULL
        UNION ALL
        SELECT o.member_id, o.episode_no, o.paid_through
        FROM touched JOIN payments_openingcover o USING (member_id)
    ), newest AS (
        SELECT DISTINCT ON (member_id) member_id, episode_no, month
        FROM known ORDER BY member_id, episode_no DESC, month DESC
    ), started AS (
        SELECT c.member_id, min((p.paid_at AT TIME ZONE %(zone)s)::date) AS started_on
        FROM newest n
        JOIN payments_covermonth c ON c.member_id = n.member_id
            AND c.episode_no = n.episode_no AND c.reversed_at IS NULL
        JOIN payments_payment p ON p.id = c.payment_id
        GROUP BY c.member_id
    )
    UPDATE enrollment_member m
    SET paid_through = n.month,
        episode_no = coalesce(n.episode_no, 0),
        episode_started_on = least(o.episode_started_on, s.started_on)
    FROM touched t
    LEFT JOIN newest n ON n.member_id = t.member_id
    LEFT JOIN started s ON s.member_id = t.member_id
    LEFT JOIN payments_openingcover o
        ON o.member_id = t.member_id AND o.episode_no = n.episode_no
    WHERE m.id = t.member_id
"""
