"""What stands between us and a partner, and what a day brought there."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, QuerySet, Sum

from payments.models import Account, JournalLine, Payment, PaymentPartner
from perisai.clock import official_zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """How many payments, and how much, in rupiah: contribution, and the fee on top."""

    count: int = 0
    rupiah: int = 0
    fee: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerFigures:
    """What the partner owes us (1100), and what of it nobody has explained yet (2300); its day."""

    receivable: int
    suspense: int
    paid: Taken
    reversed: Taken


def partner_figures(partner: PaymentPartner, *, day: date) -> PartnerFigures:
    """Three statements. The balances are sums over all lines of the partner."""
    lines = JournalLine.objects.filter(
        partner=partner.pk, account__in=[Account.PARTNER_RECEIVABLE, Account.SUSPENSE]
    )
    sums = lines.order_by().values("account").annotate(balance=Sum("amount"))
    balances = dict(sums.values_list("account", "balance"))
    taken = Payment.objects.filter(partner=partner.pk)
    return PartnerFigures(
        receivable=balances.get(Account.PARTNER_RECEIVABLE, 0),
        suspense=-balances.get(Account.SUSPENSE, 0),
        paid=sum_of(taken.filter(posted_at__range=day_of(day))),
        reversed=sum_of(taken.filter(reversed_at__range=day_of(day))),
    )


def day_of(day: date) -> tuple[datetime, datetime]:
    """The first and the last instant of an official day."""
    begin = datetime.combine(day, time.min, official_zone())
    return begin, begin + timedelta(days=1) - timedelta(microseconds=1)


def sum_of(payments: QuerySet[Payment]) -> Taken:
    """One statement."""
    found = payments.aggregate(
        count=Count("id"), rupiah=Sum("amount", default=0), fee=Sum("fee", default=0)
    )
    return Taken(**found)
