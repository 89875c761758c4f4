"""What a terminal took on a day: the clerk's drawer is counted against it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q, Sum

from payments.models import Payment, PostAgent
from payments.services.payments import PaymentView, view_payments
from perisai.clock import official_zone

TAKEN_BACK = Q(reversed_at__isnull=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Takings:
    """Payments with their rupiah."""

    count: int
    amount: int
    fee: int

    @property
    def cash(self) -> int:
        """What lay on the counter."""
        return self.amount + self.fee


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalDay:
    """A day of a terminal: all that it took, and what of that was taken back whenever."""

    date: date
    terminal_id: str
    paid: Takings
    reversed: Takings
    last: PaymentView | None

    @property
    def to_hand_over(self) -> int:
        """What the clerk owes for the day."""
        return self.paid.cash - self.reversed.cash


def day_total(outlet: PostAgent, terminal: str, day: date) -> TerminalDay:
    """The day's payments by their official date of posting, by three statements."""
    begins = datetime.combine(day, time.min, tzinfo=official_zone())
    taken = Payment.objects.at_outlet(outlet).filter(
        terminal=terminal, posted_at__gte=begins, posted_at__lt=begins + timedelta(days=1)
    )
    sums = taken.aggregate(
        **_sums("paid", Q()),
        **_sums("reversed", TAKEN_BACK),
    )
    last = view_payments(taken.order_by("-posted_at", "-id")[:1])
    return TerminalDay(
        date=day,
        terminal_id=terminal,
        paid=_takings("paid", sums),
        reversed=_takings("reversed", sums),
        last=last[0] if last else None,
    )


def _sums(name: str, which: Q) -> dict[str, Count | Sum]:
    return {
        f"{name}_count": Count("id", filter=which),
        f"{name}_amount": Sum("amount", filter=which, default=0),
        f"{name}_fee": Sum("fee", filter=which, default=0),
    }


def _takings(name: str, sums: dict[str, int]) -> Takings:
    return Takings(
        count=sums[f"{name}_count"], amount=sums[f"{name}_amount"], fee=sums[f"{name}_fee"]
    )
