"""Late money as tests say it."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.db.models import Sum

from payments.models import LateMoney, Payment, PaymentPartner
from payments.services.late_notices import LateBooked, LateNotice
from payments.services.late_posting import post_late
from tests.factories.payments import NOW

LATER = NOW + timedelta(days=4)
"""When we hear of money that was taken at NOW: the bills of that day have expired."""

_references = count(1)


def notice_of(partner: PaymentPartner, number: str, amount: int, **changes: Any) -> LateNotice:
    """A line of the partner's file about money taken at NOW, under a reference of its own."""
    said: dict[str, Any] = {
        "partner_id": partner.pk,
        "reference": f"PSP-LATE-{next(_references):08d}",
        "number": number,
        "amount": amount,
        "paid_at": NOW,
        "fee": 2_500,
        "terminal": "POS-50111-02",
    }
    return LateNotice(**(said | changes))


def booked(notice: LateNotice, *, now: datetime = LATER) -> LateBooked:
    """The outcome of money that was booked just now."""
    outcome = post_late(notice, now=now)
    assert isinstance(outcome, LateBooked), outcome
    return outcome


def parts(outcome: LateBooked) -> tuple[int, int, int]:
    """Rupiah late posted, credited and suspended."""
    return outcome.late_posted, outcome.credited, outcome.suspended


def payment_of(outcome: LateBooked) -> Payment:
    """The payment that it made."""
    assert outcome.payment_id is not None
    return Payment.objects.get(pk=outcome.payment_id)


def in_suspense() -> int:
    """All rupiah whose owner is not found, by the facts."""
    rest = LateMoney.objects.in_suspense().aggregate(all=Sum("rest"))["all"]
    return int(rest or 0)
