"""The part of I3 about money for codes: held whole, then released whole (R10)."""

from typing import Final

# One suspense; once it is bound one release, which pays for the bill's months and leaves the rest
# to the bill's member. A code's bill is its member's, or of the row that hers was merged into, and
# no month is covered without a bill.
HELD_ASTRAY: Final = """
    WITH RECURSIVE owner AS (
        SELECT code, member_id FROM payments_reservedcode WHERE bound_at IS NOT NULL
        UNION
        SELECT o.code, m.merged_into_id
        FROM owner o JOIN enrollment_member m ON m.id = o.member_id
        WHERE m.merged_into_id IS NOT NULL
    ), held AS (
        SELECT id FROM payments_payment WHERE reservation_id IS NOT NULL
    ), entry AS (
        SELECT e.payment_id, e.kind, count(DISTINCT e.id) AS entries,
            coalesce(sum(l.amount) FILTER (WHERE l.account_id = 1100), 0) AS taken,
            coalesce(sum(l.amount) FILTER (WHERE l.account_id = 2300), 0) AS suspended,
            coalesce(-sum(l.amount) FILTER (WHERE l.account_id = 2100), 0) AS jkk,
            coalesce(-sum(l.amount) FILTER (WHERE l.account_id = 2110), 0) AS jkm,
            coalesce(-sum(l.amount) FILTER (WHERE l.account_id = 2120), 0) AS jht,
            coalesce(-sum(l.amount) FILTER (WHERE l.account_id = 2200), 0) AS rest,
            array_agg(DISTINCT l.member_id) FILTER (WHERE l.account_id = 2200) AS members
        FROM payments_journalentry e
        JOIN held ON held.id = e.payment_id
        LEFT JOIN payments_journalline l ON l.entry_id = e.id
        WHERE e.kind <> 'reversal'
        GROUP BY e.payment_id, e.kind
    ), covered AS (
        SELECT payment_id, sum(jkk) AS jkk, sum(jkm) AS jkm, sum(jht) AS jht,
            sum(credit) AS credit, count(*) AS months,
            array_agg(DISTINCT member_id) AS members
        FROM payments_covermonth JOIN held ON held.id = payment_id GROUP BY payment_id
    )
    SELECT 'held ' || p.id
    FROM payments_payment p
    LEFT JOIN payments_bill b ON b.id = p.bill_id
    LEFT JOIN entry s ON s.payment_id = p.id AND s.kind = 'suspense'
    LEFT JOIN entry r ON r.payment_id = p.id AND r.kind = 'release'
    LEFT JOIN covered c ON c.payment_id = p.id
    WHERE p.reservation_id IS NOT NULL AND (
        (s.entries, s.taken, s.suspended)
            IS DISTINCT FROM (1::bigint, p.amount::numeric, -p.amount::numeric)
        OR EXISTS (
            SELECT 1 FROM entry x
            WHERE x.payment_id = p.id AND x.kind NOT IN ('suspense', 'release')
        )
        OR (r.entries IS NOT NULL
            AND (r.entries, r.taken, r.suspended)
                IS DISTINCT FROM (1::bigint, 0::numeric, p.amount::numeric))
        OR (coalesce(r.jkk, 0), coalesce(r.jkm, 0), coalesce(r.jht, 0))
           <> (coalesce(c.jkk, 0), coalesce(c.jkm, 0), coalesce(c.jht, 0))
        OR (b.id IS NULL) <> (c.months IS NULL)
        OR coalesce(r.rest, 0) <> CASE WHEN r.entries IS NULL THEN 0
                                       ELSE p.amount - coalesce(b.payable, 0) END
        OR (b.id IS NOT NULL
            AND (b.reservation_id, b.line_count::bigint, c.credit)
                IS DISTINCT FROM (p.reservation_id, c.months, 0::numeric))
        OR cardinality(ARRAY(SELECT unnest(c.members) UNION SELECT unnest(r.members))) > 1
        OR EXISTS (
            SELECT 1 FROM unnest(c.members || r.members) AS got (member_id)
            WHERE (p.reservation_id, got.member_id) NOT IN (SELECT code, member_id FROM owner)
        )
    )
    UNION ALL  -- a bill with a code of another member's, or of nobody's
    SELECT 'bill ' || b.id
    FROM payments_bill b
    JOIN payments_reservedcode r ON r.code = b.reservation_id
    WHERE b.member_count <> 1 OR NOT EXISTS (
        SELECT 1 FROM payments_billline l
        JOIN owner o ON o.member_id = l.member_id
        WHERE l.bill_id = b.id AND o.code = r.code
    )
"""
