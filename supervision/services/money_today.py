"""Today's money for the first page: what came, what was taken back, whether it adds up."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Sum

from payments.models import LateMoney, MoneyCheckRun, Payment, waits_for_a_person
from payments.services.partner_figures import Taken, day_of, sum_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """Money whose owner nobody has found yet: of how many notices, rupiah, and since when.

    `for_a_person`: payments that are held for a code and that two persons must bind or take back.
    """

    count: int
    rupiah: int
    oldest: datetime | None
    for_a_person: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyToday:
    """What was posted on a day, and what was taken back on it, whenever it was posted."""

    day: date
    by_channel: dict[str, Taken]
    reversed: Taken
    suspended: Suspended
    last_check: Any  # a MoneyCheckRun with `checks` and `broken`, or None


def money_today(day: date, *, now: datetime) -> MoneyToday:
    """Five statements, for any number of payments of other days."""
    posted = Payment.objects.filter(posted_at__range=day_of(day)).order_by()
    rows = posted.values("channel").annotate(
        count=Count("id"), rupiah=Sum("amount"), fees=Sum("fee")
    )
    return MoneyToday(
        day=day,
        by_channel={
            row["channel"]: Taken(count=row["count"], rupiah=row["rupiah"], fee=row["fees"])
            for row in sorted(rows, key=lambda row: str(row["channel"]))
        },
        reversed=sum_of(Payment.objects.filter(reversed_at__range=day_of(day))),
        suspended=suspended(now=now),
        last_check=with_counts(MoneyCheckRun.objects.order_by("-started_at", "-id")).first(),
    )


def suspended(*, now: datetime) -> Suspended:
    """What is in suspense now, without an owner or held for a code; two statements."""
    late = LateMoney.objects.in_suspense().aggregate(
        count=Count("pk"), rupiah=Sum("rest", default=0), oldest=Min("posted_at")
    )
    held = Payment.objects.held().aggregate(
        count=Count("pk"),
        rupiah=Sum("amount", default=0),
        oldest=Min("posted_at"),
        for_a_person=Count("pk", filter=waits_for_a_person(now)),
    )
    return Suspended(
        count=late["count"] + held["count"],
        rupiah=late["rupiah"] + held["rupiah"],
        oldest=min(filter(None, (late["oldest"], held["oldest"])), default=None),
        for_a_person=held["for_a_person"],
    )


def with_counts(runs: QuerySet[MoneyCheckRun]) -> QuerySet[Any]:
    """Runs with how many checks each made, and how many of them found something broken."""
    return runs.annotate(
        checks=Count("results"), broken=Count("results", filter=Q(results__breaks__gt=0))
    )
