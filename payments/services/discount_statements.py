"""The SQL of discount credit: set-based, over the members of one batch."""

from typing import Final

MEMBERS_AFTER: Final = """
    SELECT id FROM enrollment_member
    WHERE %(after)s::uuid IS NULL OR id > %(after)s ORDER BY id LIMIT %(most)s
"""

# Who paid since a day with a bill that was made before the discount was known.
MEMBERS_WHO_PAID_LATER: Final = """
    SELECT DISTINCT c.member_id
    FROM payments_payment p
    JOIN payments_bill b ON b.id = p.bill_id
    JOIN payments_covermonth c ON c.payment_id = p.id
    WHERE p.posted_at >= %(since)s AND p.reversed_at IS NULL AND b.created_at < %(known)s
      AND c.month BETWEEN %(month_from)s AND %(month_to)s
    ORDER BY c.member_id
"""

LOCK: Final = """
    SELECT id, agent_id FROM enrollment_member WHERE id = ANY (%(members)s)
    ORDER BY id FOR NO KEY UPDATE
"""

# What the discount leaves of a month's price stands in `cell`, by month and base; less than that
# is nobody charged later. What other discounts gave back already is taken off.
_OWED: Final = """
    cell AS (
        SELECT month, base_income, jkk, jkm FROM unnest(
            %(months)s::date[], %(bases)s::bigint[], %(jkks)s::int[], %(jkms)s::int[]
        ) AS c (month, base_income, jkk, jkm)
    ), paid AS (
        SELECT c.id, c.member_id, c.month, l.base_income,
            c.jkk - coalesce(given.jkk, 0) AS jkk, c.jkm - coalesce(given.jkm, 0) AS jkm
        FROM payments_covermonth c
        JOIN payments_payment p ON p.id = c.payment_id
        JOIN payments_bill b ON b.id = p.bill_id
        JOIN payments_billline l
            ON l.bill_id = b.id AND l.member_id = c.member_id AND l.month = c.month
        LEFT JOIN LATERAL (
            SELECT sum(g.jkk) AS jkk, sum(g.jkm) AS jkm
            FROM payments_creditedmonth g WHERE g.cover_month_id = c.id
        ) given ON true
        WHERE c.reversed_at IS NULL AND c.month BETWEEN %(month_from)s AND %(month_to)s
          AND l.sector = ANY (%(sectors)s) AND b.payer_kind = ANY (%(payers)s)
          AND c.member_id = ANY (%(members)s)
    ), owed AS MATERIALIZED (
        SELECT paid.id, paid.member_id, greatest(paid.jkk - cell.jkk, 0) AS jkk,
            greatest(paid.jkm - cell.jkm, 0) AS jkm
        FROM paid JOIN cell ON cell.month = paid.month AND cell.base_income = paid.base_income
        WHERE (paid.jkk > cell.jkk OR paid.jkm > cell.jkm)
          AND NOT EXISTS (
              SELECT 1 FROM payments_creditedmonth g
              WHERE g.cover_month_id = paid.id AND g.discount_code = %(code)s
          )
    )
"""

OWED_TO: Final = f"""
    WITH {_OWED}
    SELECT member_id, count(*), sum(jkk + jkm) FROM owed GROUP BY member_id ORDER BY member_id
"""  # noqa: S608  made of constants

GIVE: Final = f"""
    WITH {_OWED}, of_member AS (
        SELECT member_id, sum(jkk) AS jkk, sum(jkm) AS jkm, min(id) AS first_month,
            concat('discount:', %(code)s::text, ':', member_id) AS reference
        FROM owed GROUP BY member_id
    ), named AS (  -- once per discount and member; what is found later names its first month too
        SELECT member_id, jkk, jkm,
            CASE WHEN EXISTS (
                SELECT 1 FROM payments_journalentry e
                WHERE e.kind = 'discount_credit' AND e.reference = o.reference
            ) THEN concat(reference, ':', first_month) ELSE reference END AS reference
        FROM of_member o
    ), entry AS (
        INSERT INTO payments_journalentry (kind, settlement_date, posted_at, reference, actor)
        SELECT 'discount_credit', %(settlement_date)s, %(now)s, reference, 'system'
        FROM named ORDER BY member_id
        RETURNING id, reference
    ), line AS (
        INSERT INTO payments_journalline (entry_id, line_no, account_id, amount, member_id)
        SELECT e.id, row_number() OVER (PARTITION BY e.id ORDER BY a.account),
            a.account, a.amount, a.member
        FROM entry e
        JOIN named n ON n.reference = e.reference
        CROSS JOIN LATERAL (VALUES
            (2100, n.jkk, NULL::uuid), (2110, n.jkm, NULL), (2200, -n.jkk - n.jkm, n.member_id)
        ) AS a (account, amount, member)
        WHERE a.amount <> 0
    )
    INSERT INTO payments_creditedmonth
        (member_id, cover_month_id, entry_id, discount_code, jkk, jkm)
    SELECT o.member_id, o.id, e.id, %(code)s, o.jkk, o.jkm
    FROM owed o
    JOIN named n ON n.member_id = o.member_id
    JOIN entry e ON e.reference = n.reference
    ORDER BY o.member_id, o.id
    RETURNING member_id, jkk + jkm
"""  # noqa: S608  made of constants

# A reversed month gives its credit back to the payables, whatever discounts it came from.
TAKE_BACK: Final = """
    WITH back AS (
        SELECT g.member_id, sum(g.jkk) AS jkk, sum(g.jkm) AS jkm
        FROM payments_creditedmonth g
        JOIN payments_covermonth c ON c.id = g.cover_month_id
        WHERE c.payment_id = %(payment)s
        GROUP BY g.member_id
    ), named AS (
        SELECT *, concat('reversal:', %(payment)s::text, ':', member_id) AS reference FROM back
    ), entry AS (
        INSERT INTO payments_journalentry (kind, settlement_date, posted_at, reference, actor)
        SELECT 'discount_credit', %(settlement_date)s, %(now)s, reference, %(actor)s
        FROM named ORDER BY member_id
        RETURNING id, reference
    )
    INSERT INTO payments_journalline (entry_id, line_no, account_id, amount, member_id)
    SELECT e.id, row_number() OVER (PARTITION BY e.id ORDER BY a.account),
        a.account, a.amount, a.member
    FROM entry e
    JOIN named n ON n.reference = e.reference
    CROSS JOIN LATERAL (VALUES
        (2100, -n.jkk, NULL::uuid), (2110, -n.jkm, NULL), (2200, n.jkk + n.jkm, n.member_id)
    ) AS a (account, amount, member)
    WHERE a.amount <> 0
"""

MEMBERS_CREDITED: Final = """
    SELECT DISTINCT member_id FROM payments_creditedmonth
    WHERE discount_code = %(code)s AND (%(after)s::uuid IS NULL OR member_id > %(after)s)
    ORDER BY member_id LIMIT %(most)s
"""
