"""A terminal's day and what is given back on it: the drawer of the clerk who counts it (R12)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from payments.models import CorrectionKind, Payment
from payments.services.corrections import (
    CorrectionDraft,
    confirm_correction,
    request_correction,
)
from perisai.models import Role
from tests.factories.payments import NOW, WIB, cared_for_member
from tests.factories.perisai import UserFactory
from tests.payments.counters import Counter, notice

pytestmark = pytest.mark.django_db
DAY = "/api/v1/pospay/terminal/day"
AFTERNOON = datetime(2026, 11, 20, 16, tzinfo=WIB)  # of the settlement day that ends tomorrow
NEXT_MORNING = datetime(2026, 11, 21, 9, tzinfo=WIB)
NOTHING = {"count": 0, "amount": 0, "fee": 0}
ONE_MONTH = {"count": 1, "amount": 8_400, "fee": 2_500}


def taken(counter: Counter, at: datetime) -> dict[str, Any]:
    """A month that the counter took at that instant."""
    with time_machine.travel(at, tick=False):
        bill = counter.inquire(kpj=cared_for_member().kpj).json()
        answer = counter.pay(notice(bill, paid_at=at.isoformat()))
    assert answer.status_code == 201
    posted: dict[str, Any] = answer.json()
    return posted


def days(counter: Counter, at: datetime) -> list[tuple[Any, Any, int]]:
    """Paid, reversed and to hand over, of the day of payment and of the next one, as seen then."""
    with time_machine.travel(at, tick=False):
        clerk = Counter(counter.outlet)  # a token lasts for twelve hours
        seen = [clerk.get(f"{DAY}?date=2026-11-{day}").json() for day in (20, 21)]
    return [(day["paid"], day["reversed"], day["to_hand_over"]) for day in seen]


def test_reversal_of_the_next_day_leaves_the_day_that_was_handed_over(counter: Counter) -> None:
    posted = taken(counter, AFTERNOON)
    with time_machine.travel(NEXT_MORNING, tick=False):
        body = {"reference": posted["reference"], "reason": "wrong_member"}
        assert Counter(counter.outlet).reverse(body).json()["state"] == "reversed"

    assert days(counter, NEXT_MORNING) == [
        (ONE_MONTH, NOTHING, 10_900),
        (NOTHING, ONE_MONTH, -10_900),
    ]


def test_correction_of_the_office_is_given_out_of_no_drawer(counter: Counter) -> None:
    posted = taken(counter, NOW)
    payment = Payment.objects.get(pk=posted["id"])
    draft = CorrectionDraft(kind=CorrectionKind.REVERSAL, payment=payment, reason="salah orang")
    asker, decider = (UserFactory.create(role=Role.FINANCE) for _ in range(2))
    later = NEXT_MORNING + timedelta(hours=8)

    asked = request_correction(draft, by=asker)
    confirm_correction(asked.pk, by=decider, now=later)

    payment.refresh_from_db()
    assert payment.reversed_at == later
    assert days(counter, later) == [(ONE_MONTH, NOTHING, 10_900), (NOTHING, NOTHING, 0)]
