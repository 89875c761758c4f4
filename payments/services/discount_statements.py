"""The SQL of credit for months that became cheaper: set-based, over the members of one batch."""

from typing import Final

MEMBERS_AFTER: Final = """
    SELECT id FROM enrollment_member
    WHERE %(after)s::uuid IS NULL OR id > %(after)s ORDER BY id LIMIT %(most)s
"""

# Who paid since a day with a bill that was made before the discount, table or rate was known.
MEMBERS_WHO_PAID_LATER: Final = """
    SELECT DISTINCT c.member_id
    FROM payments_payment p
    JOIN payments_bill b ON b.id = p.bill_id
    JOIN payments_covermonth c ON c.payment_id = p.id
    WHERE p.posted_at >= %(since)s AND p.reversed_at IS NULL AND b.created_at < %(known)s
      AND c.month >= %(month_from)s
      AND (%(month_to)s::date IS NULL OR c.month <= %(month_to)s)
    ORDER BY c.member_id
"""

LOCK: Final = """
    SELECT id, agent_id FROM enrollment_member WHERE id = ANY (%(members)s)
    ORDER BY id FOR NO KEY UPDATE
"""

# What a month costs now stands in `cell`, by group of payers, month and the base that it was paid
# by; what was given back of it already is taken off. Which base an income has now is told by the
# member's; if it left its bracket since she paid, the dearest that it may have been counts.
_OWED: Final = """
    cell AS (
        SELECT who, month, base_income, low, high, made_from, made_to, jkk, jkm FROM unnest(
            %(whos)s::int[], %(months)s::date[], %(bases)s::bigint[], %(lows)s::bigint[],
            %(highs)s::bigint[], %(made_froms)s::timestamptz[], %(made_tos)s::timestamptz[],
            %(jkks)s::int[], %(jkms)s::int[]
        ) AS c (who, month, base_income, low, high, made_from, made_to, jkk, jkm)
    ), who AS (
        SELECT number, sector, payer_kind FROM unnest(
            %(numbers)s::int[], %(sectors)s::text[], %(payers)s::text[]
        ) AS w (number, sector, payer_kind)
    ), paid AS (
        SELECT c.id, c.member_id, c.month, l.base_income, w.number AS who, m.income_monthly,
            b.created_at, b.made_by_system,
            c.jkk - coalesce(given.jkk, 0) AS jkk, c.jkm - coalesce(given.jkm, 0) AS jkm
        FROM payments_covermonth c
        JOIN enrollment_member m ON m.id = c.member_id
        JOIN payments_payment p ON p.id = c.payment_id
        JOIN payments_bill b ON b.id = p.bill_id
        JOIN payments_billline l
            ON l.bill_id = b.id AND l.member_id = c.member_id AND l.month = c.month
        JOIN who w ON w.sector = l.sector AND w.payer_kind = b.payer_kind
        LEFT JOIN LATERAL (
            SELECT sum(g.jkk) AS jkk, sum(g.jkm) AS jkm
            FROM payments_creditedmonth g WHERE g.cover_month_id = c.id
        ) given ON true
        WHERE c.reversed_at IS NULL AND c.month >= %(month_from)s
          AND c.member_id = ANY (%(members)s)
    ), priced AS (  -- late money's bill bears the day that it was paid, by whatever table
        SELECT DISTINCT ON (paid.id) paid.id, paid.member_id,
            paid.jkk - cell.jkk AS jkk, paid.jkm - cell.jkm AS jkm
        FROM paid
        JOIN cell ON cell.who = paid.who AND cell.month = paid.month
            AND cell.base_income = paid.base_income
        WHERE (cell.made_from IS NULL OR paid.made_by_system OR paid.created_at >= cell.made_from)
          AND (cell.made_to IS NULL OR paid.created_at < cell.made_to)
        ORDER BY paid.id, coalesce(
            paid.income_monthly >= cell.low
                AND (cell.high IS NULL OR paid.income_monthly < cell.high), false
        ) DESC, cell.jkk + cell.jkm DESC
    ), owed AS MATERIALIZED (
        SELECT id, member_id, greatest(jkk, 0) AS jkk, greatest(jkm, 0) AS jkm
        FROM priced
        WHERE (jkk > 0 OR jkm > 0)
          AND NOT EXISTS (
              SELECT 1 FROM payments_creditedmonth g
              WHERE g.cover_month_id = priced.id AND g.discount_code = %(code)s
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
            concat(%(reference)s::text, ':', member_id) AS reference
        FROM owed GROUP BY member_id
    ), named AS (  -- once per code and member; what is found later names its first month too
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

# A reversed month gives its credit back to the payables, whatever it came from.
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
