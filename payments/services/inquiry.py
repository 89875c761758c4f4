"""Inquiry at a counter: by KPJ, NIK or bill code, with the name masked (R10, R37)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from enrollment.cover import CoverKind
from enrollment.services.counted_members import (
    counted_member,
    counted_member_of_nik,
    counted_row,
)
from payments.bill_code import is_reserved
from payments.errors import (
    AlreadyPaid,
    BillCancelled,
    BillExpired,
    BillNotFound,
    BillReversed,
    BillStale,
    MemberNotFound,
)
from payments.models import Bill, BillLine, Payment, PaymentPartner, ReservedCode
from payments.reserved_quote import QuotedMonth, ReservedQuote
from payments.services.billing import BillOrder, make_bill
from payments.services.bills import BillState, BillView, LineView, view_bill
from payments.services.holding import look_at_code
from payments.services.look import look_at
from payments.services.makers import PartnerMaker
from payments.services.masked_members import CANDIDATE, MaskedMember, masked_member
from payments.services.outcomes import Refused
from perisai.clock import official_date
from perisai.errors import DomainError

RECENTLY: Final = timedelta(hours=24)
MOST_LINES: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpj:
    """A membership number, ours or the institution's."""

    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Nik:
    """A civil number: sixteen digits."""

    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BillCode:
    """A code with the right check digit."""

    code: str


MemberRef = Kpj | Nik | BillCode


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryLine:
    """A month in rupiah; `discount` is the code of what made it cheaper."""

    month: date
    jkk: int
    jkm: int
    jht: int
    discount: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentPayment:
    """Money that this partner took for this member within a day: did the person pay already?"""

    receipt_no: str
    first_month: date
    last_month: date
    paid_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquired:
    """A bill to pay. `member` and `recent_payment` only if it is for one."""

    bill: BillView | ReservedQuote
    member: MaskedMember | None
    arrears_months: int
    admin_fee: int
    recent_payment: RecentPayment | None

    @property
    def kind(self) -> CoverKind:
        """What the payment does to the first member's cover."""
        bill = self.bill
        return bill.kind if isinstance(bill, ReservedQuote) else bill.lines[0].kind

    @property
    def state(self) -> BillState:
        """Where the bill stands, or that there is only a code so far."""
        bill = self.bill
        return BillState.RESERVED if isinstance(bill, ReservedQuote) else bill.state

    @property
    def lines(self) -> tuple[InquiryLine, ...]:
        """Each line; of a big bill, the sum of each month."""
        lines: Sequence[LineView | QuotedMonth] = self.bill.lines
        if len(lines) <= MOST_LINES:
            return tuple(_shown([line]) for line in lines)
        in_order = sorted(lines, key=lambda line: line.month)
        by_month = groupby(in_order, key=lambda line: line.month)
        return tuple(_shown(list(lines)) for _month, lines in by_month)

    @property
    def to_collect(self) -> int:
        """What the counter takes, with its fee; nothing for what credit pays whole."""
        return self.bill.payable + self.admin_fee if self.bill.payable else 0


def inquire(
    partner: PaymentPartner, ref: MemberRef, months: int, *, now: datetime
) -> Inquired | Refused:
    """What somebody has to pay: the open bill of a code, or a quote of a member's next months.

    `months` counts for KPJ and NIK alone. The quote is known to this partner only.
    """
    if isinstance(ref, BillCode):
        return inquire_code(partner, ref.code, now=now)
    member_id = _member_id(ref)
    if member_id is None:
        return Refused.of(MemberNotFound())
    order = BillOrder(
        maker=PartnerMaker(partner_id=partner.pk), member_ids=(member_id,), months=months
    )
    return _quoted(partner, order, now=now)


def inquire_code(partner: PaymentPartner, code: str, *, now: datetime) -> Inquired | Refused:
    """The open bill of a code, or what a code without a bill costs.

    Another partner's quote is as unknown as a code never given. The slip with a reserved code is
    good until the code ends: once its bill is over, its member's next one is quoted.
    """
    bill = view_bill(Bill.objects.payable_at(partner).filter(code=code), now=now)
    if bill is None:
        return _inquire_reserved(partner, code, now=now)
    try:
        _must_be_payable(bill, now=now)
    except (BillExpired, BillStale) as over:
        again = _order_again(partner, bill, now=now)
        return Refused.of(over) if again is None else _quoted(partner, again, now=now)
    except DomainError as refused:
        return Refused.of(refused)
    return _inquired(bill, partner, now=now)


def _quoted(partner: PaymentPartner, order: BillOrder, *, now: datetime) -> Inquired | Refused:
    """A bill of somebody's next months."""
    made = make_bill(order, now=now)
    if isinstance(made, Refused):
        return made
    bills = Bill.objects.payable_at(partner).filter(pk=made.bill_id)
    bill = view_bill(bills, now=now)
    return _inquired(bill, partner, now=now) if bill else Refused.of(BillNotFound())


def _inquire_reserved(partner: PaymentPartner, number: str, *, now: datetime) -> Inquired | Refused:
    """What whoever comes has to pay under a code."""
    code = ReservedCode.objects.filter(pk=number).first() if is_reserved(number) else None
    if code is None:
        return Refused.of(BillNotFound())
    try:
        quote = look_at_code(code, now=now)
    except DomainError as refused:
        return Refused.of(refused)
    return Inquired(
        bill=quote,
        member=CANDIDATE,
        arrears_months=0,
        admin_fee=partner.admin_fee,
        recent_payment=None,
    )


def _must_be_payable(bill: BillView, *, now: datetime) -> None:
    """Raises why the bill can be paid no more."""
    refusal = _NOT_PAYABLE.get(bill.state)
    if refusal is not None:
        raise refusal
    look_at(bill.id, now=now).check(may_repeat=True)


def _order_again(partner: PaymentPartner, bill: BillView, *, now: datetime) -> BillOrder | None:
    """As many months for the member of a bill that is over, while its code is good."""
    codes = ReservedCode.objects.filter(pk=bill.code, expires_at__gte=now)
    if bill.only_member is None or not is_reserved(bill.code) or not codes.exists():
        return None
    maker = PartnerMaker(partner_id=partner.pk)
    return BillOrder(maker=maker, member_ids=(counted_row(bill.only_member),), months=bill.months)


_NOT_PAYABLE: Final[dict[BillState, type[DomainError]]] = {
    BillState.PAID: AlreadyPaid,
    BillState.REVERSED: BillReversed,
    BillState.CANCELLED: BillCancelled,
    BillState.EXPIRED: BillExpired,
}


def _shown(lines: Sequence[LineView | QuotedMonth]) -> InquiryLine:
    discounts = {line.discount_code for line in lines}
    return InquiryLine(
        month=lines[0].month,
        jkk=sum(line.jkk for line in lines),
        jkm=sum(line.jkm for line in lines),
        jht=sum(line.jht for line in lines),
        discount=discounts.pop() or None if len(discounts) == 1 else None,
    )


def _member_id(ref: Kpj | Nik) -> UUID | None:
    if isinstance(ref, Kpj):
        return counted_member(ref.number)
    return counted_member_of_nik(ref.number)


def _inquired(bill: BillView, partner: PaymentPartner, *, now: datetime) -> Inquired:
    member_id = bill.only_member
    return Inquired(
        bill=bill,
        member=masked_member(member_id) if member_id else None,
        arrears_months=bill.arrears_months(official_date(now)),
        admin_fee=partner.admin_fee,
        recent_payment=_recent_payment(partner, member_id, now=now) if member_id else None,
    )


def _recent_payment(
    partner: PaymentPartner, member_id: UUID, *, now: datetime
) -> RecentPayment | None:
    lines = BillLine.objects.filter(
        member=member_id,
        bill__payments__partner=partner,
        bill__payments__posted_at__gt=now - RECENTLY,
        bill__payments__reversed_at__isnull=True,
    )
    newest = lines.order_by("-bill__payments__posted_at").values_list("bill", flat=True).first()
    if newest is None:
        return None
    payment = Payment.objects.get(bill=newest)
    months = list(
        BillLine.objects.filter(bill=newest, member=member_id)
        .order_by("month")
        .values_list("month", flat=True)
    )
    return RecentPayment(
        receipt_no=payment.receipt_no,
        first_month=months[0],
        last_month=months[-1],
        paid_at=payment.paid_at,
    )
