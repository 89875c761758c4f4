"""What a phone's member row says of money, read for many members at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from payments.models import MemberPayer
from payments.services.rates import NEWEST_ROWS, rate_book_of
from perisai.clock import official_zone
from perisai.ids import as_array
from perisai.months import format_month, month_of
from perisai.sent_ahead import ask

# A partner's quote is nobody else's business until it is paid. How the tariff stands is told on the
# first row alone: it is the same for all. A payer is named whatever the day: rows change by facts.
MONEY_OF_MEMBERS: Final = f"""
    SELECT m.id, m.income_monthly, payer.kind, payer.contract_from, payer.contract_to,
        bill.code, bill.line_count, bill.payable, bill.expires_at, bill.is_cancelled, bill.is_paid,
        bill.wanted, waiting.code, waiting.wanted_months,
        CASE WHEN row_number() OVER () = 1 THEN
            ARRAY[newest.bracket, newest.rate, newest.discount]
        END
    FROM enrollment_member m
    CROSS JOIN ({NEWEST_ROWS}) newest
    LEFT JOIN payments_memberpayer paying ON paying.member_id = m.id
    LEFT JOIN payments_payer payer ON payer.id = paying.payer_id
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
    """Who is named to pay instead of the member, from and to which day; None: without an end.

    Whether the contract runs today is derived by whoever asks: no row changes with the clock.
    """

    kind: str
    begins_on: date
    ends_on: date | None

    @property
    def until(self) -> date | None:
        """The last month in which a contract pays; its last day is the last one of cover."""
        return None if self.ends_on is None else month_of(self.ends_on)

    def as_row(self) -> dict[str, Any]:
        """The JSON object of the contract, and the days of which it tells the month."""
        return {
            "kind": self.kind,
            "until": format_month(self.until) if self.until else None,
            "begins_on": self.begins_on.isoformat(),
            "ends_on": self.ends_on.isoformat() if self.ends_on else None,
        }


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


class MoneyRow(NamedTuple):
    """What a member's row says of money: who else pays, the base of the price, the newest bill."""

    payer: PayerView | None
    base_income: int | None
    bill: BillRow | None


def payers(member_ids: Sequence[UUID]) -> dict[UUID, PayerView]:
    """Those for whom somebody else is named to pay, before, while and after the contract runs."""
    named = MemberPayer.objects.filter(member__in=member_ids)
    rows = named.values_list("member", "payer__kind", "payer__contract_from", "payer__contract_to")
    return {
        member_id: PayerView(kind=kind, begins_on=begins_on, ends_on=ends_on)
        for member_id, kind, begins_on, ends_on in rows
    }


def ask_money(
    member_ids: Sequence[UUID], *, on: date
) -> Callable[[], Iterator[tuple[UUID, MoneyRow]]]:
    """What each member's row says of money; one statement for all, sent now and read later.

    The base of the price is that of the day's month, until a new table of incomes is valid.
    """
    answer = ask(MONEY_OF_MEMBERS, {"members": as_array(member_ids)})

    def money() -> Iterator[tuple[UUID, MoneyRow]]:
        found = list(map(_Found._make, answer()))
        bases = _bases(found, month=month_of(on))
        return (
            (row.member_id, MoneyRow(_payer_view(row), bases[row.income], _bill_row(row)))
            for row in found
        )

    return money


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
    """One row of the statement, in its order; without payer, bill or code theirs are null."""

    member_id: UUID
    income: int | None
    payer_kind: str | None
    payer_begins_on: date
    payer_ends_on: date | None
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


def _payer_view(found: _Found) -> PayerView | None:
    if found.payer_kind is None:
        return None
    return PayerView(
        kind=found.payer_kind, begins_on=found.payer_begins_on, ends_on=found.payer_ends_on
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
