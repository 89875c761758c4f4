"""Money that was booked late, as the counter that may have taken it sees it (R12)."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine

from payments.models import Payment, Reversal
from payments.services.checks import run_checks
from payments.services.late_notices import LateBooked
from tests.factories.payments import (
    NOW,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    paid,
)
from tests.payments.counters import PAYMENTS, Counter, notice
from tests.payments.late import booked, notice_of, parts, payment_of
from tests.payments.ledger import money_rows, months_of

pytestmark = pytest.mark.django_db

REFERENCE = "PSP-20261120-000077"


@pytest.fixture(autouse=True)
def money_adds_up(db: None) -> Any:
    """After each case check_money must pass."""
    yield
    assert not [result.code for result in run_checks() if result.breaks]


def heard_late(counter: Counter, number: str, amount: int = 8_400) -> LateBooked:
    """The counter's money, booked a moment later by its partner's word."""
    said = notice_of(counter.outlet.partner, number, amount, reference=REFERENCE)
    return booked(said, now=NOW)


def taken_back(counter: Counter, **named: str) -> tuple[int, str]:
    """Status and code of the answer to a reversal."""
    answer = counter.reverse({**named, "reason": "timeout"})
    body = answer.json()
    return answer.status_code, body.get("code") or body["state"]


def test_p59_counter_that_lost_its_answer_finds_the_payment_and_prints_it(counter: Counter) -> None:
    member = cared_for_member()
    payment = payment_of(heard_late(counter, bill_for(member).code))
    own = f"{PAYMENTS}/{payment.pk}"
    neighbour = Counter(PostAgentFactory.create(partner=counter.outlet.partner))

    for asking in (counter, neighbour):
        found = asking.get(f"{PAYMENTS}?reference={REFERENCE}")
        assert found.status_code == 200
        assert found.json() == asking.get(own).json()
        assert (found.json()["id"], found.json()["late_post"]) == (str(payment.pk), True)
    assert counter.get(f"{own}/receipt").json()["receipt_no"] == payment.receipt_no
    assert counter.get(f"{own}/receipt.html").status_code == 200

    stranger = Counter()
    for path in (f"{PAYMENTS}?reference={REFERENCE}", own, f"{own}/receipt"):
        assert stranger.get(path).status_code == 404


def test_p59_advice_is_told_where_its_payment_is(counter: Counter) -> None:
    bill = counter.inquire(kpj=cared_for_member().kpj).json()
    payment = payment_of(heard_late(counter, bill["bill_code"]))

    answer = counter.pay(notice(bill, reference=REFERENCE, advice=True))

    assert answer.status_code == 200
    assert answer.headers["Idempotency-Replayed"] == "true"
    assert counter.get(answer.headers["Location"]).json()["id"] == str(payment.pk)


def test_late_money_is_in_no_counters_drawer_and_report(counter: Counter) -> None:
    heard_late(counter, bill_for(cared_for_member()).code)
    own = paid(cared_for_member(), counter.outlet)
    begin = NOW.replace(hour=0)
    day = urlencode({"from": begin.isoformat(), "to": (begin + timedelta(days=1)).isoformat()})

    total = counter.get("/api/v1/pospay/terminal/day").json()
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        report = counter.get(f"{PAYMENTS}?{day}").json()

    assert (total["paid"]["count"], total["last"]) == (0, None)
    assert [row["id"] for row in report["results"]] == [str(own.pk)]


def test_p48_counter_does_not_take_late_money_back(counter: Counter) -> None:
    member = cared_for_member()
    payment = payment_of(heard_late(counter, bill_for(member).code))
    rows = money_rows()

    answers = [
        taken_back(counter, reference=REFERENCE),
        taken_back(counter, payment_id=str(payment.pk)),
    ]

    assert answers == [(409, "reversal_window_closed")] * 2
    assert (money_rows(), Reversal.objects.count()) == (rows, 0)
    assert months_of(member) == ["2026-11"]


def test_p48_counter_does_not_take_back_what_is_a_members_credit(counter: Counter) -> None:
    member = cared_for_member()
    bill = bill_for(member)
    paid(member, PostAgentFactory.create())
    outcome = heard_late(counter, bill.code)
    assert parts(outcome) == (0, 8_400, 0)

    answer = taken_back(counter, reference=REFERENCE)

    assert answer == (409, "reversal_window_closed")
    assert Reversal.objects.count() == 0


def test_p47_money_that_nobody_has_yet_may_still_be_taken_back(counter: Counter) -> None:
    outcome = heard_late(counter, "")
    assert parts(outcome) == (0, 0, 8_400)

    answer = taken_back(counter, reference=REFERENCE)

    assert answer == (200, "recorded")
    assert Reversal.objects.get().payment is None
    assert Payment.objects.count() == 0
