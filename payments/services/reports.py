"""What a counter, or a partner, took in a time, page by page in the order of posting.

Rows never leave a page: a payment that was taken back stays, with its `reversed_at`. Who asks for
a time that is not over may find payments behind the last page that were still being posted.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from payments.models import Payment
from payments.services.payments import PaymentView, view_payments

IN_ORDER: Final = ("posted_at", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From an instant until just before another one."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page ended."""

    posted_at: datetime
    payment_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """One page; `ended_at` is None on the last one."""

    results: tuple[PaymentView, ...]
    ended_at: Place | None

    @property
    def count(self) -> int:
        """How many payments, reversed ones too."""
        return len(self.results)

    @property
    def total(self) -> int:
        """Their rupiah without fees, reversed ones too."""
        return sum(payment.amount for payment in self.results)


def report(
    payments: QuerySet[Payment], period: Period, *, after: Place | None, limit: int
) -> ReportPage:
    """One page of a queryset that starts with what the caller may see, by two statements."""
    since = after.posted_at if after else period.since
    rows = payments.filter(posted_at__gte=since, posted_at__lt=period.until)
    if after:
        behind = Q(posted_at=after.posted_at, id__gt=after.payment_id)
        rows = rows.filter(Q(posted_at__gt=after.posted_at) | behind)
    found = view_payments(rows.order_by(*IN_ORDER)[: limit + 1])
    page = tuple(found[:limit])
    if len(found) <= limit:
        return ReportPage(results=page, ended_at=None)
    return ReportPage(
        results=page, ended_at=Place(posted_at=page[-1].posted_at, payment_id=page[-1].id)
    )
