"""The part of I3 about money that we heard of too late: each rupiah lies where its fact says."""

from typing import Final

LATE_MONEY_ASTRAY: Final = """
    WITH beyond AS (
        SELECT e.id, e.kind,
            coalesce(sum(l.amount) FILTER (WHERE l.account_id = 1100), 0) AS owed,
            coalesce(-sum(l.amount) FILTER (WHERE l.account_id = 2200), 0) AS credited,
            coalesce(-sum(l.amount) FILTER (WHERE l.account_id = 2300), 0) AS suspended,
            array_agg(DISTINCT l.member_id) FILTER (WHERE l.account_id = 2200) AS members
        FROM payments_journalentry e
        LEFT JOIN payments_journalline l ON l.entry_id = e.id
        WHERE e.kind IN ('surplus', 'suspense', 'release')
        GROUP BY e.id
    ), live AS (
        SELECT r.suspense_id, sum(r.amount) AS amount
        FROM payments_release r
        LEFT JOIN payments_journalentry x ON x.reverses_id = r.entry_id
        WHERE x.id IS NULL
        GROUP BY r.suspense_id
    )
    SELECT 'late money ' || m.id
    FROM payments_latemoney m
    LEFT JOIN payments_payment p ON p.id = m.payment_id
    LEFT JOIN beyond c ON c.id = m.surplus_id
    LEFT JOIN beyond s ON s.id = m.suspense_id
    LEFT JOIN live r ON r.suspense_id = m.suspense_id
    LEFT JOIN payments_journalentry w ON w.reverses_id = m.suspense_id
    WHERE m.late_posted + m.credited + m.suspended <> m.amount
       OR (m.late_posted > 0
           AND (p.partner_id, p.reference, p.amount, p.late_post)
               IS DISTINCT FROM (m.partner_id, m.reference, m.late_posted, true))
       OR (m.credited > 0
           AND (c.kind, c.owed, c.credited, c.suspended)
               IS DISTINCT FROM ('surplus', m.credited::numeric, m.credited::numeric, 0::numeric))
       OR (m.suspended > 0
           AND (s.kind, s.owed, s.credited, s.suspended)
               IS DISTINCT FROM
               ('suspense', m.suspended::numeric, 0::numeric, m.suspended::numeric))
       OR r.amount > CASE WHEN w.id IS NULL THEN m.suspended ELSE 0 END
    UNION ALL
    SELECT 'release ' || r.id
    FROM payments_release r
    LEFT JOIN beyond e ON e.id = r.entry_id
    LEFT JOIN payments_journalentry j ON j.id = r.entry_id
    LEFT JOIN payments_payment p ON p.id = r.payment_id
    WHERE (e.kind, e.suspended, j.payment_id)
          IS DISTINCT FROM ('release', -r.amount::numeric, r.payment_id)
       OR (r.payment_id IS NOT NULL AND p.amount <> r.amount)
       OR (r.payment_id IS NULL
           AND (e.credited, e.members)
               IS DISTINCT FROM (r.amount::numeric, ARRAY[r.member_id]))
    UNION ALL
    SELECT 'entry ' || e.id
    FROM beyond e
    LEFT JOIN payments_latemoney m ON m.suspense_id = e.id
    LEFT JOIN payments_latemoney c ON c.surplus_id = e.id
    LEFT JOIN payments_release r ON r.entry_id = e.id
    WHERE e.id NOT IN (  -- what is held for a code has claims of its own
            SELECT j.id FROM payments_journalentry j
            JOIN payments_payment p ON p.id = j.payment_id WHERE p.reservation_id IS NOT NULL
        )
      AND ((e.kind = 'suspense' AND m.id IS NULL)
        OR (e.kind = 'surplus' AND c.id IS NULL)
        OR (e.kind = 'release' AND r.id IS NULL))
    UNION ALL  -- a surplus that was taken back without a payment waits for its owner
    SELECT 'late money ' || m.id
    FROM payments_latemoney m
    JOIN payments_journalentry r ON r.reverses_id = m.surplus_id AND r.payment_id IS NULL
    LEFT JOIN payments_latemoney w
        ON w.partner_id = m.partner_id AND w.reference = m.reference || '/credit'
    WHERE (w.suspended, w.correction_id) IS DISTINCT FROM (m.credited, r.correction_id)
"""
