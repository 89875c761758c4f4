"""Reading bills, in two statements for any number: the bills with their state, then the lines."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from enrollment.cover import CoverKind
from payments.models import Bill, BillLine, Payment
from payments.services.links import share_url
from perisai.months import month_of


class BillState(StrEnum):
    """Where a bill stands; derived, in this order."""

    PAID = "paid"
    REVERSED = "reversed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    OPEN = "open"
    RESERVED = "reserved"  # a code that no bill bears yet


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One member-month, in rupiah."""

    member_id: UUID
    month: date
    jkk: int
    jkm: int
    jht: int
    credit: int
    kind: CoverKind
    discount_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BillView:
    """A bill as it stands now. Lines by member and month; none if they were not asked for."""

    id: UUID
    code: str
    state: BillState
    payer_kind: str
    payer_id: int | None
    title: str
    member_count: int
    line_count: int
    total: int
    credit: int
    payable: int
    expires_at: datetime
    lines: tuple[LineView, ...]

    @property
    def first_month(self) -> date:
        """The oldest month of all members."""
        return min(line.month for line in self.lines)

    @property
    def last_month(self) -> date:
        """The newest month of all members."""
        return max(line.month for line in self.lines)

    @property
    def months(self) -> int:
        """How many different months it pays."""
        return len({line.month for line in self.lines})

    @property
    def share_url(self) -> str:
        """Where anybody who was sent the link sees it."""
        return share_url(self.code)

    @property
    def only_member(self) -> UUID | None:
        """The member, if it is for one."""
        return self.lines[0].member_id if self.member_count == 1 else None

    def arrears_months(self, today: date) -> int:
        """Ended unpaid months among its months."""
        return len({line.month for line in self.lines if line.month < month_of(today)})


def view_bills(
    bills: QuerySet[Bill], *, now: datetime, most_lines: int | None = None
) -> list[BillView]:
    """Bills that the caller may see, with lines and present state, in the order given.

    `most_lines`: bills of more come without any.
    """
    rows = list(with_outcome(bills).values(*_COLUMNS))
    shown = [row for row in rows if most_lines is None or row["line_count"] <= most_lines]
    lines = _lines_of(row["id"] for row in shown)
    return [_view(row, lines[row["id"]], now=now) for row in rows]


def view_bill(bills: QuerySet[Bill], *, now: datetime) -> BillView | None:
    """The one bill of a queryset, or None."""
    found = view_bills(bills[:1], now=now)
    return found[0] if found else None


def with_outcome(bills: QuerySet[Bill]) -> QuerySet[Bill]:
    """The bills with what became of them: `paid_at` and `undone_at`, for `state_of`."""
    paid = Payment.objects.filter(bill=OuterRef("pk"))
    return bills.annotate(
        paid_at=Subquery(paid.values("posted_at")[:1]),
        undone_at=Subquery(paid.values("reversed_at")[:1]),
    )


def state_of(row: Mapping[str, Any], *, now: datetime) -> BillState:
    """Where a bill stands whose row came `with_outcome`."""
    if row["undone_at"] is not None:
        return BillState.REVERSED
    if row["paid_at"] is not None:
        return BillState.PAID
    if row["cancelled_at"] is not None:
        return BillState.CANCELLED
    return BillState.EXPIRED if now > row["expires_at"] else BillState.OPEN


_COLUMNS = (
    "id",
    "code",
    "payer_kind",
    "payer_id",
    "title",
    "member_count",
    "line_count",
    "total",
    "credit",
    "payable",
    "expires_at",
    "cancelled_at",
    "paid_at",
    "undone_at",
)


def _lines_of(bill_ids: Iterable[UUID]) -> Mapping[UUID, list[LineView]]:
    found: defaultdict[UUID, list[LineView]] = defaultdict(list)
    for line in BillLine.objects.filter(bill__in=list(bill_ids)).order_by("member", "month"):
        found[line.bill_id].append(
            LineView(
                member_id=line.member_id,
                month=line.month,
                jkk=line.jkk,
                jkm=line.jkm,
                jht=line.jht,
                credit=line.credit,
                kind=CoverKind(line.kind),
                discount_code=line.discount_code,
            )
        )
    return found


def _view(row: Mapping[str, Any], lines: list[LineView], *, now: datetime) -> BillView:
    return BillView(
        id=row["id"],
        code=row["code"],
        state=state_of(row, now=now),
        payer_kind=row["payer_kind"],
        payer_id=row["payer_id"],
        title=row["title"],
        member_count=row["member_count"],
        line_count=row["line_count"],
        total=row["total"],
        credit=row["credit"],
        payable=row["payable"],
        expires_at=row["expires_at"],
        lines=tuple(lines),
    )
