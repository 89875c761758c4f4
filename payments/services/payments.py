"""Reading payments: the status that stays readable for ever, rebuilt from immutable rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from payments.errors import PaymentNotFound
from payments.models import Payment
from payments.services.masked_members import CANDIDATE, MaskedMember, masked_as_stored
from perisai.months import months_between


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAnswer:
    """One payment as a counter is answered; `member` only if it was for one. Rupiah."""

    id: UUID
    receipt_no: str
    reference: str
    bill_code: str
    amount: int
    admin_fee: int
    paid_at: datetime
    posted_at: datetime
    settlement_date: date
    first_month: date
    last_month: date
    member: MaskedMember | None
    late_post: bool
    reversed_at: datetime | None
    is_held: bool = False

    @property
    def state(self) -> str:
        """posted, held for a code whose member has not come yet, or reversed."""
        if self.reversed_at is not None:
            return "reversed"
        return "held" if self.is_held else "posted"

    @property
    def months(self) -> int:
        """From the first to the last one."""
        return months_between(self.first_month, self.last_month) + 1

    @property
    def settled(self) -> bool:
        """Whether a settlement file of the partner names it; no file is read yet."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView(PaymentAnswer):
    """The same with what receipts and reports say of it.

    `title`: what the payer calls a collective bill. What was taken for a code shows for ever what
    its counter was told then; of what became of it the counter learns the state alone.
    """

    bill_id: UUID | None
    is_for_a_code: bool
    member_count: int
    outlet: str
    outlet_name: str
    title: str


def view_payment(payments: QuerySet[Payment]) -> PaymentView:
    """The one payment of a queryset that starts with what the caller may see.

    Two statements. Raises PaymentNotFound.
    """
    found = view_payments(payments[:1])
    if not found:
        raise PaymentNotFound
    return found[0]


def view_payments(payments: QuerySet[Payment]) -> list[PaymentView]:
    """All payments of a queryset that starts with what the caller may see, by two statements."""
    return payments_of_ids(list(payments.values_list("pk", flat=True)))


def payments_of_ids(payment_ids: Sequence[UUID]) -> list[PaymentView]:
    """These payments, which the caller may see, in the order given; one statement."""
    if not payment_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(SHOW_PAYMENTS, {"ids": list(payment_ids)})
        names = [column.name for column in cursor.description or ()]
        return [_view(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


# Every payment is answered by it. A payment of one member shows that member, masked.
SHOW_PAYMENTS: Final = """
    SELECT p.id, p.bill_id, p.receipt_no, p.reference,
        coalesce(p.reservation_id, b.code) AS bill_code, p.amount,
        p.fee AS admin_fee, p.paid_at, p.posted_at, p.settlement_date,
        coalesce(p.quoted_month, l.first_month) AS first_month,
        coalesce((p.quoted_month + (r.months - 1) * interval '1 month')::date, l.last_month)
            AS last_month,
        coalesce(b.member_count, 1) AS member_count, p.late_post, p.reversed_at,
        coalesce(o.outlet_code, '') AS outlet,
        coalesce(o.name, '') AS outlet_name, coalesce(b.title, '') AS title,
        r.code IS NOT NULL AS is_for_a_code,
        p.bill_id IS NULL AND NOT EXISTS (
            SELECT 1 FROM payments_journalentry e WHERE e.payment_id = p.id AND e.kind = 'release'
        ) AS is_held,
        m.id AS member_id, m.full_name AS stored_name, m.kpj
    FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS asked (id, place)
    JOIN payments_payment p ON p.id = asked.id
    LEFT JOIN payments_bill b ON b.id = p.bill_id
    LEFT JOIN payments_reservedcode r ON r.code = p.reservation_id
    CROSS JOIN LATERAL (
        SELECT min(month) AS first_month, max(month) AS last_month
        FROM payments_billline WHERE bill_id = b.id
    ) l
    LEFT JOIN payments_postagent o ON o.id = p.outlet_id
    LEFT JOIN LATERAL (
        SELECT member_id FROM payments_billline
        WHERE bill_id = b.id AND b.member_count = 1 AND r.code IS NULL LIMIT 1
    ) alone ON true
    LEFT JOIN enrollment_member m ON m.id = alone.member_id
    ORDER BY asked.place
"""


def _view(row: dict[str, Any]) -> PaymentView:
    member_id, name, kpj = (row.pop(column) for column in ("member_id", "stored_name", "kpj"))
    known = masked_as_stored(member_id, name=name, kpj=kpj) if member_id else None
    return PaymentView(**row, member=CANDIDATE if row["is_for_a_code"] else known)
