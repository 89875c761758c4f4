"""Claims about keys, credit and events: I9 and I10."""

from typing import Final

from payments.services.checks.check import Check
from payments.services.checks.credit import BALANCES_ASTRAY

KEYS_ASTRAY: Final = """
    SELECT k.id::text
    FROM payments_idempotencykey k
    LEFT JOIN payments_payment p ON p.id = k.payment_id
    LEFT JOIN payments_bill b ON b.id = p.bill_id
    LEFT JOIN payments_latemoney m
        ON m.partner_id = p.partner_id AND m.reference = p.reference
        AND (p.late_post OR p.reversed_at IS NULL)
    WHERE k.outcome = ''
       OR (k.operation = 'pay' AND k.outcome = 'posted' AND (
            p.id IS NULL
            OR k.bill_id IS DISTINCT FROM CASE WHEN p.reservation_id IS NULL THEN p.bill_id END
            OR k.fingerprint
               <> sha256(convert_to(CASE
                    WHEN m.id IS NULL
                    THEN concat('pay|', coalesce(p.reservation_id, b.code), '||', p.amount)
                    ELSE concat('pay|', m.number, '||', m.amount)  -- what the partner says of it
                  END, 'UTF8'))
       ))
       OR (k.operation = 'reverse' AND k.outcome = 'reversed' AND (
            p.reversed_at IS NULL
            OR k.bill_id IS DISTINCT FROM p.bill_id
            OR k.fingerprint <> sha256(convert_to(concat('reverse|', p.reference), 'UTF8'))
       ))
       OR (k.operation = 'reverse' AND k.outcome = 'recorded' AND k.payment_id IS NOT NULL)
    UNION ALL
    SELECT p.id::text
    FROM payments_payment p
    LEFT JOIN payments_idempotencykey k ON k.payment_id = p.id AND k.operation = 'pay'
    WHERE p.channel IN ('rest', 'snap', 'settlement')
    GROUP BY p.id
    HAVING count(k.id) <> 1
    UNION ALL  -- a reference is booked once, late or in time, unless it was taken back in between
    SELECT p.id::text
    FROM payments_latemoney m
    JOIN payments_payment p ON p.partner_id = m.partner_id AND p.reference = m.reference
    LEFT JOIN payments_release r ON r.payment_id = p.id
    WHERE p.id IS DISTINCT FROM m.payment_id AND r.suspense_id IS DISTINCT FROM m.suspense_id
      AND p.reversed_at IS NULL
"""

# What the purge of messages has ended is not missed. A run that was cut short leaves no note, and
# a week without one raises an alarm of its own: so much may be gone beyond the newest note.
EVENTS_NOT_RECORDED: Final = """
    WITH purged AS (
        SELECT coalesce(max(before) + interval '7 days', '-infinity') AS through
        FROM perisai_purgerun WHERE purge = 'messages'
    )
    SELECT p.id
    FROM payments_payment p CROSS JOIN purged
    WHERE (p.posted_at > purged.through AND NOT EXISTS (
        SELECT 1 FROM perisai_outboxmessage o
        WHERE o.kind = 'payment.posted' AND o.subject_id = p.id
    ))
       OR (p.reversed_at > purged.through AND NOT EXISTS (
        SELECT 1 FROM perisai_outboxmessage o
        WHERE o.kind = 'payment.reversed' AND o.subject_id = p.id
    ))
    ORDER BY p.id
"""

CHECKS: Final = (
    Check(
        code="I9",
        claim="keys_point_to_payments",
        rows="SELECT count(*) FROM payments_idempotencykey",
        breaks=f"({KEYS_ASTRAY}) UNION ALL ({BALANCES_ASTRAY})",
    ),
    Check(
        code="I10",
        claim="events_recorded",
        rows="SELECT count(*) FROM payments_payment",
        breaks=EVENTS_NOT_RECORDED,
    ),
)
