"""The SQL of the posting transaction: each statement is set-based.

Named in the order in which `payments.services.posting` runs them.
"""

from typing import Final

# Without a partner we settle the bill ourselves, whoever asked for it.
LOCK_BILL: Final = """
    SELECT id, payable, expires_at, cancelled_at
    FROM payments_bill
    WHERE code = %(code)s
      AND (made_by_partner_id IS NULL OR made_by_partner_id = %(partner)s
           OR %(partner)s::bigint IS NULL)
    FOR NO KEY UPDATE
"""

LOCK_MEMBERS: Final = """
    SELECT m.id, m.agent_id, m.full_name, m.kpj
    FROM enrollment_member m
    WHERE m.id IN (SELECT member_id FROM payments_billline WHERE bill_id = %(bill)s)
    ORDER BY m.id
    FOR NO KEY UPDATE
"""

# A statement of its own: one that waited for a lock still sees elsewhere what was there before.
LOOK: Final = """
    WITH line AS (
        SELECT member_id, month, credit, basis_paid_through, basis_episode
        FROM payments_billline WHERE bill_id = %(bill)s
    ), used AS (
        SELECT member_id, sum(credit) AS credit FROM line GROUP BY member_id HAVING sum(credit) > 0
    )
    SELECT
        (SELECT CASE WHEN reversed_at IS NULL THEN 'paid' ELSE 'reversed' END
         FROM payments_payment WHERE bill_id = %(bill)s) AS outcome,
        ARRAY(
            SELECT DISTINCT l.member_id FROM line l
            JOIN enrollment_member m ON m.id = l.member_id
            WHERE m.closed_on <= %(today)s
            ORDER BY l.member_id LIMIT %(most)s
        ) AS closed,
        ARRAY(
            SELECT DISTINCT l.member_id FROM line l
            JOIN payments_covermonth c
                ON c.member_id = l.member_id AND c.month = l.month AND c.reversed_at IS NULL
            UNION
            SELECT l.member_id FROM line l
            JOIN payments_openingcover o
                ON o.member_id = l.member_id AND o.paid_through >= l.month
            ORDER BY member_id LIMIT %(most)s
        ) AS covered,
        ARRAY(
            SELECT DISTINCT l.member_id FROM line l
            JOIN enrollment_member m ON m.id = l.member_id
            WHERE m.episode_no <> l.basis_episode
               OR m.paid_through IS DISTINCT FROM l.basis_paid_through
            ORDER BY l.member_id LIMIT %(most)s
        ) AS moved,
        ARRAY(
            SELECT u.member_id FROM used u
            WHERE u.credit > (
                SELECT coalesce(-sum(j.amount), 0) FROM payments_journalline j
                WHERE j.member_id = u.member_id AND j.account_id = 2200
            )
            ORDER BY u.member_id LIMIT %(most)s
        ) AS overdrawn,
        EXISTS (
            SELECT 1 FROM payments_payment p
            JOIN payments_billline l ON l.bill_id = p.bill_id
            WHERE p.outlet_id = %(outlet)s AND p.posted_at > %(since)s AND p.reversed_at IS NULL
              AND l.member_id = (
                  SELECT min(member_id::text)::uuid FROM line HAVING count(DISTINCT member_id) = 1
              )
        ) AS is_repeat,
        EXISTS (
            SELECT 1 FROM payments_reversal
            WHERE partner_id = %(partner)s AND reference = %(reference)s AND payment_id IS NULL
              AND (outlet_id IS NULL OR outlet_id = %(outlet)s)
        ) AS is_tombstoned,
        EXISTS (
            SELECT 1 FROM payments_latemoney
            WHERE partner_id = %(partner)s AND reference = %(reference)s
        ) AS is_booked_late
"""

INSERT_PAYMENT: Final = """
    WITH taken AS (
        INSERT INTO payments_payment (
            id, receipt_no, bill_id, channel, partner_id, reference, outlet_id, terminal,
            amount, fee, paid_at, posted_at, settlement_date, late_post
        ) VALUES (
            %(payment)s, %(receipt_no)s, %(bill)s, %(channel)s, %(partner)s, %(reference)s,
            %(outlet)s, %(terminal)s, %(amount)s, %(fee)s, %(paid_at)s, %(posted_at)s,
            %(settlement_date)s, %(late_post)s
        )
        RETURNING id, bill_id
    )
    UPDATE payments_idempotencykey k
    SET outcome = 'posted', payment_id = taken.id, bill_id = taken.bill_id
    FROM taken WHERE k.id = %(key_id)s
"""

# The agent is the one assigned on the first day of the settlement month, or the first one, if the
# member had none by then (R32). Her months before an import count as hers (R30).
INSERT_COVER_MONTHS: Final = """
    WITH covered AS (
        INSERT INTO payments_covermonth (
            member_id, month, payment_id, jkk, jkm, jht, credit, episode_no,
            agent_id, agent_month_no, regency_code, counted_on
        )
        SELECT l.member_id, l.month, %(payment)s, l.jkk, l.jkm, l.jht, l.credit, l.episode_no,
            a.agent_id,
            credited.months + row_number() OVER (PARTITION BY l.member_id ORDER BY l.month),
            m.regency_code, %(settlement_date)s
        FROM payments_billline l
        JOIN enrollment_member m ON m.id = l.member_id
        LEFT JOIN LATERAL (
            SELECT s.agent_id FROM enrollment_assignment s
            WHERE s.member_id = l.member_id
            ORDER BY (s.from_on <= %(credited_on)s) DESC,
                     CASE WHEN s.from_on <= %(credited_on)s THEN s.from_on END DESC,
                     s.from_on
            LIMIT 1
        ) a ON true
        CROSS JOIN LATERAL (
            SELECT count(*) + coalesce((
                SELECT o.months_with_agent FROM payments_openingcover o
                WHERE o.member_id = l.member_id AND o.agent_id = a.agent_id
            ), 0) AS months
            FROM payments_covermonth c
            WHERE c.member_id = l.member_id AND c.agent_id = a.agent_id AND c.reversed_at IS NULL
        ) credited
        WHERE l.bill_id = %(bill)s
        ORDER BY l.member_id, l.month
        RETURNING month
    )
    SELECT min(month), max(month) FROM covered
"""

# An episode starts on the day of its earliest payment, and payments may arrive out of order.
MOVE_MEMBERS: Final = """
    UPDATE enrollment_member m
    SET paid_through = l.paid_through,
        episode_no = l.episode_no,
        episode_started_on = CASE
            WHEN l.begins THEN %(effective_on)s
            ELSE least(m.episode_started_on, %(effective_on)s)
        END
    FROM (
        SELECT member_id, max(month) AS paid_through, max(episode_no) AS episode_no,
            bool_and(kind <> 'continue') AS begins
        FROM payments_billline WHERE bill_id = %(bill)s GROUP BY member_id
    ) l
    WHERE m.id = l.member_id
"""

INSERT_JOURNAL: Final = """
    WITH entry AS (
        INSERT INTO payments_journalentry
            (kind, payment_id, correction_id, settlement_date, posted_at, reference, actor)
        VALUES (%(entry_kind)s, %(payment)s, %(correction)s, %(settlement_date)s, %(posted_at)s,
            '', %(actor)s)
        RETURNING id
    ), line AS (
        SELECT member_id, jkk, jkm, jht, credit
        FROM payments_billline WHERE bill_id = %(bill)s
    ), amounts (account, amount, partner, member) AS (
        SELECT %(debit)s::int, %(amount)s::bigint, %(partner)s::bigint, NULL::uuid
        UNION ALL SELECT 2100, -sum(jkk), NULL, NULL FROM line
        UNION ALL SELECT 2110, -sum(jkm), NULL, NULL FROM line
        UNION ALL SELECT 2120, -sum(jht), NULL, NULL FROM line
        UNION ALL SELECT 2200, sum(credit), NULL, member_id FROM line GROUP BY member_id
    )
    INSERT INTO payments_journalline (entry_id, line_no, account_id, amount, partner_id, member_id)
    SELECT entry.id, row_number() OVER (ORDER BY account, member), account, amount, partner, member
    FROM entry CROSS JOIN amounts
    WHERE amount <> 0
"""
