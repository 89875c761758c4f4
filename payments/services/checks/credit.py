"""The parts of I3, I5 and I9 about members' credit: whose it was, and whose it became."""

from typing import Final

# What an entry of a payment takes from a member's credit is what her months say, hers alone.
CREDIT_OF_OTHERS: Final = """
    WITH used AS (
        SELECT e.payment_id, l.member_id, sum(l.amount) AS credit
        FROM payments_journalline l
        JOIN payments_journalentry e ON e.id = l.entry_id
        WHERE l.account_id = 2200 AND e.payment_id IS NOT NULL
          AND e.kind IN ('accept', 'late_post', 'release')
          AND NOT EXISTS (  -- what a code's money leaves over: claims of its own
            SELECT 1 FROM payments_payment p
            WHERE p.id = e.payment_id AND p.reservation_id IS NOT NULL
          )
        GROUP BY e.payment_id, l.member_id
    ), covered AS (
        SELECT payment_id, member_id, sum(credit) AS credit
        FROM payments_covermonth WHERE credit > 0 GROUP BY payment_id, member_id
    )
    SELECT payment_id::text
    FROM used FULL JOIN covered USING (payment_id, member_id)
    WHERE used.credit IS DISTINCT FROM covered.credit
    GROUP BY payment_id
"""

# What a month's price gave back is of its member, entry by entry, and never of JHT; what a payment
# gave so goes back when it is taken back.
RETURNS_ASTRAY: Final = """
    WITH said AS (
        SELECT entry_id, member_id, sum(jkk)::numeric AS jkk, sum(jkm)::numeric AS jkm
        FROM payments_creditedmonth GROUP BY entry_id, member_id
        UNION ALL
        SELECT e.id, g.member_id, -sum(g.jkk)::numeric, -sum(g.jkm)::numeric
        FROM payments_creditedmonth g
        JOIN payments_covermonth c ON c.id = g.cover_month_id
        LEFT JOIN payments_journalentry e ON e.kind = 'discount_credit'
            AND e.reference = concat('reversal:', c.payment_id, ':', g.member_id)
        WHERE c.reversed_at IS NOT NULL
        GROUP BY c.payment_id, e.id, g.member_id
    ), booked AS (
        SELECT e.id AS entry_id,
            coalesce(sum(l.amount) FILTER (WHERE l.account_id = 2100), 0) AS jkk,
            coalesce(sum(l.amount) FILTER (WHERE l.account_id = 2110), 0) AS jkm,
            coalesce(-sum(l.amount) FILTER (WHERE l.account_id = 2200), 0) AS credit,
            array_agg(DISTINCT l.member_id) FILTER (WHERE l.account_id = 2200) AS members,
            bool_or(l.account_id NOT IN (2100, 2110, 2200)) AS is_strange
        FROM payments_journalentry e
        LEFT JOIN payments_journalline l ON l.entry_id = e.id
        WHERE e.kind = 'discount_credit'
        GROUP BY e.id
    )
    SELECT concat('entry ', coalesce(b.entry_id, s.entry_id))
    FROM booked b FULL JOIN said s ON s.entry_id = b.entry_id
    WHERE (b.jkk, b.jkm, b.credit, b.members, b.is_strange)
          IS DISTINCT FROM (s.jkk, s.jkm, s.jkk + s.jkm, ARRAY[s.member_id], false)
    UNION ALL
    SELECT 'credited month ' || g.id
    FROM payments_creditedmonth g
    JOIN payments_covermonth c ON c.id = g.cover_month_id
    WHERE c.member_id <> g.member_id
"""

# A merge moves one balance, of the row that it names to the row that this one was merged into.
MERGES_ASTRAY: Final = """
    SELECT 'entry ' || e.id
    FROM payments_journalentry e
    LEFT JOIN payments_journalline l ON l.entry_id = e.id
    LEFT JOIN enrollment_member m ON m.id =
        CASE WHEN e.reference ~ '^[0-9a-f-]{36}$' THEN e.reference::uuid END
    WHERE e.kind = 'merge'
    GROUP BY e.id, m.id
    HAVING count(*) <> 2
        OR bool_or(l.account_id IS DISTINCT FROM 2200)
        OR bool_or(l.member_id IS DISTINCT FROM
                   CASE WHEN l.amount > 0 THEN m.id ELSE m.merged_into_id END)
"""

# Nobody has less than nothing, and who counts no more has nothing: she could not use it.
BALANCES_ASTRAY: Final = """
    SELECT l.member_id::text
    FROM payments_journalline l
    JOIN enrollment_member m ON m.id = l.member_id
    WHERE l.account_id = 2200
    GROUP BY l.member_id, m.merged_into_id
    HAVING sum(l.amount) > 0 OR (sum(l.amount) < 0 AND m.merged_into_id IS NOT NULL)
"""
