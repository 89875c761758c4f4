"""What a terminal took on a day: the clerk's drawer is counted against it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, QuerySet, Sum

from payments.models import Payment, PostAgent
from payments.services.payments import PaymentView, view_payments
from perisai.clock import official_zone


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
    """A day of a terminal: what it took on it, and what was given back on it, whenever taken."""

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
    """The payments that were posted on that official day, and those reversed on it.

    What is reversed later changes no day that was handed over; what two persons of the office take
    back was given out of no drawer (R12). Four statements.
    """
    begins = datetime.combine(day, time.min, tzinfo=official_zone())
    ends = begins + timedelta(days=1)
    of_terminal = Payment.objects.at_outlet(outlet).filter(terminal=terminal)
    taken = of_terminal.filter(posted_at__gte=begins, posted_at__lt=ends)
    given_back = of_terminal.filter(
        reversed_at__gte=begins, reversed_at__lt=ends, reversal__correction__isnull=True
    )
    last = view_payments(taken.order_by("-posted_at", "-id")[:1])
    return TerminalDay(
        date=day,
        terminal_id=terminal,
        paid=_takings(taken),
        reversed=_takings(given_back),
        last=last[0] if last else None,
    )


def _takings(payments: QuerySet[Payment]) -> Takings:
    sums = payments.aggregate(
        count=Count("id"), amount=Sum("amount", default=0), fee=Sum("fee", default=0)
    )
    return Takings(**sums)
