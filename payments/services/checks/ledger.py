"""Claims about the journal: I1 to I5 and I8."""

from typing import Final

from payments.services.checks.check import Check
from payments.services.checks.credit import CREDIT_OF_OTHERS, MERGES_ASTRAY, RETURNS_ASTRAY
from payments.services.checks.held import HELD_ASTRAY
from payments.services.checks.late import LATE_MONEY_ASTRAY

COUNT_ENTRIES: Final = "SELECT count(*) FROM payments_journalentry"
COUNT_LINES: Final = "SELECT count(*) FROM payments_journalline"
COUNT_PAYMENTS: Final = "SELECT count(*) FROM payments_payment"

LEDGER_NOT_ZERO: Final = """
    SELECT sum(amount) FROM payments_journalline HAVING sum(amount) <> 0
"""

ENTRIES_OUT_OF_BALANCE: Final = """
    SELECT e.id
    FROM payments_journalentry e
    LEFT JOIN payments_journalline l ON l.entry_id = e.id
    LEFT JOIN payments_journalaccount a ON a.code = l.account_id
    LEFT JOIN payments_paymentpartner p ON p.id = l.partner_id
    LEFT JOIN enrollment_member m ON m.id = l.member_id
    GROUP BY e.id
    HAVING count(l.line_no) < 2
        OR sum(l.amount) <> 0
        OR bool_or(a.code IS NULL)
        OR bool_or(l.partner_id IS NOT NULL AND p.id IS NULL)
        OR bool_or(l.member_id IS NOT NULL AND m.id IS NULL)
    ORDER BY e.id
"""

PAYMENTS_BOOKED_WRONGLY: Final = """
    WITH booked AS (
        SELECT e.payment_id, count(DISTINCT e.id) AS entries,
            bool_and((e.kind <> 'accept') = p.late_post) AS is_as_late_as_said,
            coalesce(sum(l.amount) FILTER (
                WHERE l.account_id = CASE e.kind
                    WHEN 'release' THEN 2300
                    ELSE CASE p.channel WHEN 'office' THEN 1200 ELSE 1100 END END
            ), 0) AS taken,
            coalesce(sum(-l.amount) FILTER (WHERE l.account_id = 2100), 0) AS jkk,
            coalesce(sum(-l.amount) FILTER (WHERE l.account_id = 2110), 0) AS jkm,
            coalesce(sum(-l.amount) FILTER (WHERE l.account_id = 2120), 0) AS jht,
            coalesce(sum(l.amount) FILTER (WHERE l.account_id = 2200), 0) AS credit
        FROM payments_journalentry e
        JOIN payments_payment p ON p.id = e.payment_id
        LEFT JOIN payments_journalline l ON l.entry_id = e.id
        WHERE e.kind IN ('accept', 'late_post', 'release')
        GROUP BY e.payment_id
    ), covered AS (
        SELECT payment_id, sum(jkk) AS jkk, sum(jkm) AS jkm, sum(jht) AS jht, sum(credit) AS credit
        FROM payments_covermonth GROUP BY payment_id
    ), billed AS (
        SELECT bill_id, sum(jkk + jkm + jht) AS total, sum(credit) AS credit, count(*) AS lines,
            count(DISTINCT member_id) AS members
        FROM payments_billline GROUP BY bill_id
    )
    SELECT p.id::text
    FROM payments_payment p
    JOIN payments_bill b ON b.id = p.bill_id
    LEFT JOIN booked k ON k.payment_id = p.id
    LEFT JOIN covered c ON c.payment_id = p.id
    WHERE p.reservation_id IS NULL AND (p.amount <> b.payable
       OR (k.entries, k.is_as_late_as_said, k.taken, k.jkk, k.jkm, k.jht, k.credit)
          IS DISTINCT FROM (1::bigint, true, p.amount::numeric, c.jkk, c.jkm, c.jht, c.credit))
    UNION ALL
    SELECT b.id::text
    FROM payments_bill b
    LEFT JOIN billed l ON l.bill_id = b.id
    WHERE (b.total::numeric, b.credit::numeric, b.line_count::bigint, b.member_count::bigint)
          IS DISTINCT FROM (l.total::numeric, l.credit::numeric, l.lines, l.members)
"""

REVERSALS_NOT_MIRRORED: Final = """
    WITH mirror AS (
        SELECT o.payment_id, o.id, count(DISTINCT r.id) AS reversals
        FROM payments_journalentry o
        LEFT JOIN payments_journalentry r ON r.reverses_id = o.id
        WHERE o.kind <> 'reversal' AND o.payment_id IS NOT NULL
        GROUP BY o.payment_id, o.id
    ), unlike AS (
        SELECT r.id, o.payment_id
        FROM payments_journalentry r
        JOIN payments_journalentry o ON o.id = r.reverses_id
        WHERE EXISTS (
            (SELECT account_id, partner_id, member_id, amount FROM payments_journalline
             WHERE entry_id = o.id
             EXCEPT ALL
             SELECT account_id, partner_id, member_id, -amount FROM payments_journalline
             WHERE entry_id = r.id)
            UNION ALL
            (SELECT account_id, partner_id, member_id, -amount FROM payments_journalline
             WHERE entry_id = r.id
             EXCEPT ALL
             SELECT account_id, partner_id, member_id, amount FROM payments_journalline
             WHERE entry_id = o.id)
        )
    )
    SELECT p.id::text
    FROM payments_payment p
    LEFT JOIN payments_reversal t ON t.payment_id = p.id
    WHERE (t.id IS NULL) <> (p.reversed_at IS NULL)
       OR (t.partner_id, t.reference) IS DISTINCT FROM (
            CASE WHEN t.id IS NOT NULL THEN p.partner_id END,
            CASE WHEN t.id IS NOT NULL THEN p.reference END
        )
       OR EXISTS (
            SELECT 1 FROM mirror m WHERE m.payment_id = p.id
              AND m.reversals <> (CASE WHEN p.reversed_at IS NULL THEN 0 ELSE 1 END)
        )
       OR EXISTS (
            SELECT 1 FROM payments_covermonth c WHERE c.payment_id = p.id
              AND (c.reversed_at IS NULL) <> (p.reversed_at IS NULL)
        )
       OR p.id IN (SELECT payment_id FROM unlike)
    UNION ALL  -- a tombstone whose payment was booked all the same
    SELECT t.reference
    FROM payments_reversal t
    JOIN payments_payment p ON p.partner_id = t.partner_id AND p.reference = t.reference
    WHERE t.payment_id IS NULL
      AND (t.outlet_id IS NULL OR p.outlet_id IS NULL OR t.outlet_id = p.outlet_id)
    UNION ALL  -- a mirror of nothing, and what is no mirror but says so
    SELECT 'entry ' || r.id
    FROM payments_journalentry r
    LEFT JOIN payments_journalentry o ON o.id = r.reverses_id
    WHERE (r.kind = 'reversal') <> (o.id IS NOT NULL)
       OR (o.id IS NOT NULL AND r.payment_id IS DISTINCT FROM o.payment_id)
    UNION ALL  -- beside payments only credit and suspense are mirrored, line by line, by two
    SELECT 'entry ' || r.id
    FROM payments_journalentry r
    JOIN payments_journalentry o ON o.id = r.reverses_id
    LEFT JOIN payments_correction c ON c.id = r.correction_id
    WHERE o.payment_id IS NULL
      AND (o.kind NOT IN ('surplus', 'release', 'suspense')
           OR (c.kind, c.decision, c.entry_id) IS DISTINCT FROM (
               CASE o.kind WHEN 'suspense' THEN 'withdraw' ELSE 'credit' END, 'confirmed', o.id)
           OR r.id IN (SELECT id FROM unlike))
    UNION ALL  -- a tombstone whose money is a member's credit
    SELECT t.reference
    FROM payments_reversal t
    JOIN payments_latemoney m ON m.partner_id = t.partner_id AND m.reference = t.reference
    WHERE t.payment_id IS NULL AND m.credited > 0
"""

PAYABLES_UNLIKE_COVER: Final = """
    WITH owed AS (
        SELECT coalesce(sum(-l.amount) FILTER (WHERE l.account_id = 2100), 0) AS jkk,
            coalesce(sum(-l.amount) FILTER (WHERE l.account_id = 2110), 0) AS jkm,
            coalesce(sum(-l.amount) FILTER (WHERE l.account_id = 2120), 0) AS jht
        FROM payments_journalline l
        JOIN payments_journalentry e ON e.id = l.entry_id
        WHERE e.kind IN ('accept', 'late_post', 'release', 'reversal')
    ), covered AS (
        SELECT coalesce(sum(jkk), 0) AS jkk, coalesce(sum(jkm), 0) AS jkm,
            coalesce(sum(jht), 0) AS jht
        FROM payments_covermonth WHERE reversed_at IS NULL
    )
    SELECT programme.name
    FROM owed, covered,
        LATERAL (VALUES ('JKK', owed.jkk - covered.jkk), ('JKM', owed.jkm - covered.jkm),
                        ('JHT', owed.jht - covered.jht)
        ) AS programme (name, difference)
    WHERE programme.difference <> 0
"""

PARTNERS_UNEXPLAINED: Final = """
    WITH balance AS (
        SELECT partner_id,
            coalesce(sum(amount) FILTER (WHERE account_id = 1100), 0) AS receivable,
            coalesce(sum(-amount) FILTER (WHERE account_id = 2300), 0) AS suspense
        FROM payments_journalline WHERE account_id IN (1100, 2300) GROUP BY partner_id
    ), explained AS (  -- what partners brought for bills, and beyond them
        SELECT p.partner_id, p.amount AS receivable, 0 AS suspense
        FROM payments_payment p
        WHERE p.reversed_at IS NULL AND p.partner_id IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM payments_release r WHERE r.payment_id = p.id)
        UNION ALL  -- what is held for codes
        SELECT p.partner_id, 0, p.amount
        FROM payments_payment p
        WHERE p.reversed_at IS NULL AND p.reservation_id IS NOT NULL
          AND NOT EXISTS (
            SELECT 1 FROM payments_journalentry e WHERE e.payment_id = p.id AND e.kind = 'release'
          )
        UNION ALL  -- a surplus whose entry was mirrored went back with its payment
        SELECT m.partner_id, CASE WHEN r.id IS NULL THEN m.credited ELSE 0 END, 0
        FROM payments_latemoney m
        LEFT JOIN payments_journalentry r ON r.reverses_id = m.surplus_id
        UNION ALL  -- a suspense whose entry was mirrored never was, or was given back
        SELECT m.partner_id, m.suspended, m.suspended
        FROM payments_latemoney m
        LEFT JOIN payments_journalentry w ON w.reverses_id = m.suspense_id
        WHERE w.id IS NULL
        UNION ALL  -- what found its owner is in suspense no more, unless it was taken back
        SELECT m.partner_id, 0, -r.amount
        FROM payments_release r
        JOIN payments_latemoney m ON m.suspense_id = r.suspense_id
        LEFT JOIN payments_journalentry x ON x.reverses_id = r.entry_id
        WHERE x.id IS NULL
    ), said AS (
        SELECT partner_id, sum(receivable) AS receivable, sum(suspense) AS suspense
        FROM explained GROUP BY partner_id
    )
    SELECT coalesce(b.partner_id, s.partner_id)
    FROM balance b FULL JOIN said s ON s.partner_id = b.partner_id
    WHERE coalesce(b.receivable, 0) <> coalesce(s.receivable, 0)
       OR coalesce(b.suspense, 0) <> coalesce(s.suspense, 0)
"""

CHECKS: Final = (
    Check(code="I1", claim="ledger_sums_to_zero", rows=COUNT_LINES, breaks=LEDGER_NOT_ZERO),
    Check(code="I2", claim="entries_balance", rows=COUNT_ENTRIES, breaks=ENTRIES_OUT_OF_BALANCE),
    Check(
        code="I3",
        claim="payments_booked_once",
        rows=COUNT_PAYMENTS,
        breaks=" UNION ALL ".join(
            f"({one})"
            for one in (
                PAYMENTS_BOOKED_WRONGLY,
                HELD_ASTRAY,
                CREDIT_OF_OTHERS,
                LATE_MONEY_ASTRAY,
                MERGES_ASTRAY,
            )
        ),
    ),
    Check(code="I4", claim="reversals_mirror", rows=COUNT_PAYMENTS, breaks=REVERSALS_NOT_MIRRORED),
    Check(
        code="I5",
        claim="cover_equals_payables",
        rows=COUNT_LINES,
        breaks=f"({PAYABLES_UNLIKE_COVER}) UNION ALL ({RETURNS_ASTRAY})",
    ),
    Check(
        code="I8",
        claim="partner_balance_explained",
        rows="SELECT count(*) FROM payments_paymentpartner",
        breaks=PARTNERS_UNEXPLAINED,
    ),
)
