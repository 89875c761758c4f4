"""Today's money for the first page: what came, what was taken back, whether it adds up."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from payments.models import MoneyCheckRun, Payment
from perisai.clock import official_zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """How many payments, and how much, in rupiah without the fee."""

    count: int = 0
    rupiah: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyToday:
    """What was posted on a day, and what was taken back on it, whenever it was posted."""

    day: date
    by_channel: dict[str, Taken]
    reversed: Taken
    last_check: Any  # a MoneyCheckRun with `checks` and `broken`, or None


def money_today(day: date) -> MoneyToday:
    """Three statements, for any number of payments of other days."""
    begin = datetime.combine(day, time.min, official_zone())
    window = (begin, begin + timedelta(days=1) - timedelta(microseconds=1))
    posted = Payment.objects.filter(posted_at__range=window)
    undone = Payment.objects.filter(reversed_at__range=window)
    rows = posted.order_by().values("channel").annotate(count=Count("id"), rupiah=Sum("amount"))
    back = undone.aggregate(count=Count("id"), rupiah=Sum("amount", default=0))
    return MoneyToday(
        day=day,
        by_channel={
            row["channel"]: Taken(count=row["count"], rupiah=row["rupiah"])
            for row in sorted(rows, key=lambda row: str(row["channel"]))
        },
        reversed=Taken(count=back["count"], rupiah=back["rupiah"]),
        last_check=with_counts(MoneyCheckRun.objects.order_by("-started_at", "-id")).first(),
    )


def with_counts(runs: QuerySet[MoneyCheckRun]) -> QuerySet[Any]:
    """Runs with how many checks each made, and how many of them found something broken."""
    return runs.annotate(
        checks=Count("results"), broken=Count("results", filter=Q(results__breaks__gt=0))
    )
