"""Reading payments: the status that stays readable for ever, rebuilt from immutable rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, Min, OuterRef, QuerySet, Subquery

from payments.errors import PaymentNotFound
from payments.models import BillLine, Payment
from payments.services.masked_members import MaskedMember, masked_members
from perisai.months import months_between


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    """One payment as its partner may see it; `member` only if it was for one.

    `title`: what the payer calls a collective bill.
    """

    id: UUID
    bill_id: UUID
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
    member_count: int
    late_post: bool
    reversed_at: datetime | None
    outlet: str
    outlet_name: str
    title: str

    @property
    def state(self) -> str:
        """posted, or reversed."""
        return "posted" if self.reversed_at is None else "reversed"

    @property
    def months(self) -> int:
        """From the first to the last one."""
        return months_between(self.first_month, self.last_month) + 1

    @property
    def settled(self) -> bool:
        """Whether a settlement file of the partner names it; no file is read yet."""
        return False


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
    lines = BillLine.objects.filter(bill=OuterRef("bill")).order_by().values("bill")
    rows = list(
        payments.annotate(
            first_month=Subquery(lines.annotate(month_=Min("month")).values("month_")),
            last_month=Subquery(lines.annotate(month_=Max("month")).values("month_")),
            a_member=Subquery(lines.values("member")[:1]),
        ).values(*_COLUMNS)
    )
    alone = {row["a_member"] for row in rows if row["bill__member_count"] == 1}
    members = masked_members(alone) if alone else {}
    return [_view(row, members) for row in rows]


_COLUMNS = (
    "id",
    "bill_id",
    "receipt_no",
    "reference",
    "bill__code",
    "bill__member_count",
    "amount",
    "fee",
    "paid_at",
    "posted_at",
    "settlement_date",
    "first_month",
    "last_month",
    "a_member",
    "late_post",
    "reversed_at",
    "outlet__outlet_code",
    "outlet__name",
    "bill__title",
)


def _view(row: dict[str, Any], members: Mapping[UUID, MaskedMember]) -> PaymentView:
    count = row["bill__member_count"]
    return PaymentView(
        id=row["id"],
        bill_id=row["bill_id"],
        receipt_no=row["receipt_no"],
        reference=row["reference"],
        bill_code=row["bill__code"],
        amount=row["amount"],
        admin_fee=row["fee"],
        paid_at=row["paid_at"],
        posted_at=row["posted_at"],
        settlement_date=row["settlement_date"],
        first_month=row["first_month"],
        last_month=row["last_month"],
        member=members[row["a_member"]] if count == 1 else None,
        member_count=count,
        late_post=row["late_post"],
        reversed_at=row["reversed_at"],
        outlet=row["outlet__outlet_code"] or "",
        outlet_name=row["outlet__name"] or "",
        title=row["bill__title"],
    )
