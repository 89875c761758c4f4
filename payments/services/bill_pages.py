"""A bill as a page shows it to whoever was given its link: initials, months, money, state.

Whatever the bill's size, its lines are never read one by one.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max, Min, OuterRef, QuerySet, Subquery

from payments.models import Bill, BillLine, PaymentPartner
from payments.services.bills import BillState, state_of, with_outcome
from payments.services.links import proven_code, share_url
from payments.services.masked_members import MaskedMember, masked_member
from perisai.months import months_between


@dataclass(frozen=True, slots=True, kw_only=True)
class BillPage:
    """One bill, in rupiah. `member` only if it is for one, `title` only if it is for many.

    Counters differ in what they take for themselves: `least_fee` to `most_fee`.
    """

    code: str
    state: BillState
    title: str
    member: MaskedMember | None
    member_count: int
    first_month: date
    last_month: date
    total: int
    credit: int
    payable: int
    least_fee: int
    most_fee: int
    expires_at: datetime
    paid_at: datetime | None

    @property
    def months(self) -> int:
        """From the first to the last one."""
        return months_between(self.first_month, self.last_month) + 1

    @property
    def is_open(self) -> bool:
        """Whether a counter takes money for it."""
        return self.state is BillState.OPEN

    @property
    def to_collect(self) -> int:
        """What a counter takes with the smallest fee."""
        return self.payable + self.least_fee

    @property
    def share_url(self) -> str:
        """Where anybody who was sent the link sees it."""
        return share_url(self.code)


def bill_page(bills: QuerySet[Bill], *, now: datetime) -> BillPage | None:
    """The one bill that the caller may see, or None. Three statements."""
    lines = BillLine.objects.filter(bill=OuterRef("pk")).order_by().values("bill")
    row = (
        with_outcome(bills)
        .annotate(
            first_month=Subquery(lines.annotate(month_=Min("month")).values("month_")),
            last_month=Subquery(lines.annotate(month_=Max("month")).values("month_")),
            a_member=Subquery(lines.values("member")[:1]),
        )
        .values(*_SHOWN, "a_member", "undone_at", "cancelled_at")
        .first()
    )
    if row is None:
        return None
    partners = PaymentPartner.objects.filter(is_active=True)
    fees = partners.aggregate(
        least_fee=Min("admin_fee", default=0), most_fee=Max("admin_fee", default=0)
    )
    return BillPage(
        state=state_of(row, now=now),
        member=masked_member(row["a_member"]) if row["member_count"] == 1 else None,
        **{name: row[name] for name in _SHOWN},
        **fees,
    )


def shared_bill(shown: str, *, now: datetime) -> BillPage | None:
    """The bill of `<code>.<proof>`, None unless we gave the link out."""
    code = proven_code(shown)
    if code is None:
        return None
    return bill_page(Bill.objects.payable_anywhere().filter(code=code), now=now)


_SHOWN = (
    *("code", "title", "member_count", "total", "credit", "payable", "expires_at"),
    *("first_month", "last_month", "paid_at"),
)
