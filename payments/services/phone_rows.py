"""What a phone's member row says of money, read for many members at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from enrollment.models import Member
from payments.models import MemberPayer
from payments.services.rates import rate_book
from perisai.clock import official_zone

# A partner's quote is nobody else's business until it is paid.
NEWEST_BILLS: Final = """
    SELECT DISTINCT ON (l.member_id)
        l.member_id, b.code, b.line_count, b.payable, b.expires_at, b.cancelled_at,
        p.id IS NOT NULL AND p.reversed_at IS NULL AS is_paid
    FROM payments_billline l
    JOIN payments_bill b ON b.id = l.bill_id
    LEFT JOIN payments_payment p ON p.bill_id = b.id
    WHERE l.member_id = ANY (%(members)s) AND b.member_count = 1
      AND (b.made_by_partner_id IS NULL OR p.id IS NOT NULL)
    ORDER BY l.member_id, b.created_at DESC, b.id DESC
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerView:
    """Who pays instead of the member, and the last month of the contract, if it ends."""

    kind: str
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BillRow:
    """The newest bill of one member alone; that it has expired, the phone derives."""

    code: str
    months: int
    payable: int
    expires_at: datetime
    is_cancelled: bool
    is_paid: bool

    def as_row(self) -> dict[str, Any]:
        """The JSON object of the contract."""
        return {
            "code": self.code,
            "months": self.months,
            "paid_months": self.months if self.is_paid else 0,
            "payable": self.payable,
            "expires_at": self.expires_at.astimezone(official_zone()).isoformat(
                timespec="milliseconds"
            ),
            "state": self.state,
        }

    @property
    def state(self) -> str:
        """paid, cancelled or open."""
        if self.is_paid:
            return "paid"
        return "cancelled" if self.is_cancelled else "open"


def payers(member_ids: Sequence[UUID], *, on: date) -> dict[UUID, PayerView]:
    """Those whom somebody else pays for on a day."""
    paying = MemberPayer.objects.filter(
        member__in=member_ids, payer__contract_from__lte=on
    ).exclude(payer__contract_to__lt=on)
    rows = paying.values_list("member", "payer__kind", "payer__contract_to")
    return {member_id: PayerView(kind=kind, until=until) for member_id, kind, until in rows}


def base_incomes(member_ids: Sequence[UUID], *, month: date) -> dict[UUID, int | None]:
    """The base of each member's price in a month; None while no income is stated."""
    rates = rate_book()
    stated = Member.objects.filter(pk__in=member_ids).values_list("pk", "income_monthly")
    return {
        member_id: None if income is None else rates.base_income(month, income)
        for member_id, income in stated
    }


def newest_bills(member_ids: Sequence[UUID]) -> dict[UUID, BillRow]:
    """The newest bill for each member alone."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST_BILLS, {"members": list(member_ids)})
        rows = cursor.fetchall()
    return {
        member_id: BillRow(
            code=code,
            months=months,
            payable=payable,
            expires_at=expires_at,
            is_cancelled=cancelled_at is not None,
            is_paid=is_paid,
        )
        for member_id, code, months, payable, expires_at, cancelled_at, is_paid in rows
    }
