"""What a phone's member row says of money, read for many members at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection

from payments.models import MemberPayer
from payments.services.rates import NEWEST_ROWS, rate_book_of
from perisai.clock import official_zone
from perisai.ids import as_array
from perisai.months import month_of

# A partner's quote is nobody else's business until it is paid. How the tariff stands is told on the
# first row alone: it is the same for all.
MONEY_OF_MEMBERS: Final = f"""
    SELECT m.id, m.income_monthly, payer.kind, payer.contract_to,
        bill.code, bill.line_count, bill.payable, bill.expires_at, bill.is_cancelled, bill.is_paid,
        bill.wanted, waiting.code, waiting.wanted_months,
        CASE WHEN row_number() OVER () = 1 THEN
            ARRAY[newest.bracket, newest.rate, newest.discount]
        END
    FROM enrollment_member m
    CROSS JOIN ({NEWEST_ROWS}) newest
    LEFT JOIN payments_memberpayer paying ON paying.member_id = m.id
    LEFT JOIN payments_payer payer ON payer.id = paying.payer_id
        AND payer.contract_from <= %(on)s
        AND (payer.contract_to IS NULL OR payer.contract_to >= %(on)s)
    LEFT JOIN LATERAL (
        SELECT b.code, b.line_count, b.payable, b.expires_at,
            b.cancelled_at IS NOT NULL AS is_cancelled,
            p.id IS NOT NULL AND p.reversed_at IS NULL AS is_paid,
            CASE WHEN p.reservation_id IS NOT NULL THEN (
                SELECT r.wanted_months FROM payments_reservedcode r WHERE r.code = p.reservation_id
            ) END AS wanted
        FROM payments_bill b
        LEFT JOIN payments_payment p ON p.bill_id = b.id
        WHERE b.id IN (SELECT bill_id FROM payments_billline WHERE member_id = m.id)
          AND b.member_count = 1
          AND (b.made_by_partner_id IS NULL OR p.id IS NOT NULL)
        ORDER BY b.created_at DESC, b.id DESC LIMIT 1
    ) bill ON true
    LEFT JOIN LATERAL (
        SELECT r.code, r.wanted_months FROM payments_reservedcode r
        WHERE r.member_id = m.id AND r.bound_at IS NULL
        ORDER BY r.code LIMIT 1
    ) waiting ON bill.code IS NULL
    WHERE m.id = ANY (%(members)s::uuid[])
"""  # noqa: S608  made of constants


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerView:
    """Who pays instead of the member, and the last month of the contract, if it ends."""

    kind: str
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BillRow:
    """The newest bill of one member alone; that it has expired, the phone derives.

    `expires_at` None: there is a code, whose bill waits for data or for a person. `months`: those
    asked for, of which held money may have covered the oldest `line_count`.
    """

    code: str
    months: int
    line_count: int = 0
    payable: int | None = None
    expires_at: datetime | None = None
    is_cancelled: bool = False
    is_paid: bool = False

    def as_row(self) -> dict[str, Any]:
        """The JSON object of the contract."""
        return {
            "code": self.code,
            "months": self.months,
            "paid_months": self.line_count if self.is_paid else 0,
            "payable": self.payable,
            "expires_at": _instant(self.expires_at),
            "state": self.state,
        }

    @property
    def state(self) -> str:
        """waiting, paid, cancelled or open."""
        if self.expires_at is None:
            return "waiting"
        if self.is_paid:
            return "paid"
        return "cancelled" if self.is_cancelled else "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRow:
    """What a member's row says of money: who else pays, the base of the price, the newest bill."""

    payer: PayerView | None
    base_income: int | None
    bill: BillRow | None


def payers(member_ids: Sequence[UUID], *, on: date) -> dict[UUID, PayerView]:
    """Those whom somebody else pays for on a day."""
    paying = MemberPayer.objects.paying_on(on).filter(member__in=member_ids)
    rows = paying.values_list("member", "payer__kind", "payer__contract_to")
    return {member_id: PayerView(kind=kind, until=until) for member_id, kind, until in rows}


def money_of(member_ids: Sequence[UUID], *, on: date) -> dict[UUID, MoneyRow]:
    """What each member's row says of money on a day; one statement for all of them."""
    with connection.cursor() as cursor:
        cursor.execute(MONEY_OF_MEMBERS, {"members": as_array(member_ids), "on": on})
        found = [_Found(*row) for row in cursor.fetchall()]
    bases = _bases(found, month=month_of(on))
    return {row.member_id: _money_row(row, base_income=bases[row.income]) for row in found}


def _bases(found: "list[_Found]", *, month: date) -> dict[int | None, int | None]:
    """The base of each income that occurs: many people say the same round sum."""
    bases: dict[int | None, int | None] = {None: None}
    tariff = next((row.tariff for row in found if row.tariff is not None), None)
    if tariff is not None:
        rates = rate_book_of(*(tuple(ids) for ids in tariff))
        incomes = {row.income for row in found if row.income is not None}
        bases |= {income: rates.base_income(month, income) for income in incomes}
    return bases


class _Found(NamedTuple):
    """One row of the statement, in its order; without bill or code, their columns are null."""

    member_id: UUID
    income: int | None
    payer_kind: str | None
    payer_until: date | None
    code: str | None
    months: int
    payable: int
    expires_at: datetime
    is_cancelled: bool
    is_paid: bool
    wanted: int | None
    waiting: str | None
    waiting_months: int
    tariff: list[list[int | None]] | None


def _money_row(found: _Found, *, base_income: int | None) -> MoneyRow:
    return MoneyRow(
        payer=PayerView(kind=found.payer_kind, until=found.payer_until)
        if found.payer_kind
        else None,
        base_income=base_income,
        bill=_bill_row(found),
    )


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(official_zone()).isoformat(timespec="milliseconds") if at else None


def _bill_row(found: _Found) -> BillRow | None:
    if found.code is None:
        if found.waiting is None:
            return None
        return BillRow(code=found.waiting, months=found.waiting_months)
    return BillRow(
        code=found.code,
        months=found.wanted or found.months,
        line_count=found.months,
        payable=found.payable,
        expires_at=found.expires_at,
        is_cancelled=found.is_cancelled,
        is_paid=found.is_paid,
    )
