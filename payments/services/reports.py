"""What a counter, or a partner, took in a time, page by page in the order of posting.

Rows never leave a page: a payment that was taken back stays, with its `reversed_at`. None appears
behind a page either: a payment has its time before it waits for locks, so the newest seconds, in
which some may still be on their way, are left to the next report. Where they begin is settled by
the first page, for all pages: the next report counts no row twice.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from payments.models import Payment
from payments.services.payments import PaymentView, view_payments
from perisai.deadlines import LONGEST_SECONDS

ON_THEIR_WAY: Final = timedelta(seconds=LONGEST_SECONDS + 5)
"""How long after its time a payment may still appear: the longest transaction that books one, and
what the clocks of two servers may differ."""

IN_ORDER: Final = ("posted_at", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From an instant until just before another one."""

    since: datetime
    until: datetime

    def known(self, *, now: datetime) -> "Period":
        """The part of it in which nothing can be added any more; perhaps none."""
        until = min(self.until, now - ON_THEIR_WAY)
        return Period(since=self.since, until=max(self.since, until))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page ended, and where the time of its report does."""

    posted_at: datetime
    payment_id: UUID
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """One page; `ended_at` is None on the last one.

    `complete_until`: where the time ends of which all pages together hold everything, the same on
    each; what was asked for behind it is the next report's.
    """

    results: tuple[PaymentView, ...]
    ended_at: Place | None
    complete_until: datetime

    @property
    def count(self) -> int:
        """How many payments, reversed ones too."""
        return len(self.results)

    @property
    def total(self) -> int:
        """Their rupiah without fees, reversed ones too."""
        return sum(payment.amount for payment in self.results)


def report(
    payments: QuerySet[Payment],
    period: Period,
    *,
    after: Place | None,
    limit: int,
    now: datetime,
) -> ReportPage:
    """One page of a queryset that starts with what the caller may see, by two statements."""
    until = min(period.until, after.until) if after else period.known(now=now).until
    since = after.posted_at if after else period.since
    rows = payments.filter(posted_at__gte=since, posted_at__lt=until)
    if after:
        behind = Q(posted_at=after.posted_at, id__gt=after.payment_id)
        rows = rows.filter(Q(posted_at__gt=after.posted_at) | behind)
    found = view_payments(rows.order_by(*IN_ORDER)[: limit + 1])
    page = tuple(found[:limit])
    last = page[-1] if len(found) > limit else None
    ended_at = Place(posted_at=last.posted_at, payment_id=last.id, until=until) if last else None
    return ReportPage(results=page, ended_at=ended_at, complete_until=until)
