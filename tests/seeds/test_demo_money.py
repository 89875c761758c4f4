"""`seed demo`: what happened to money, and what of it waits for an office."""

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest

from payments.models import (
    Bill,
    Correction,
    CreditedMonth,
    CreditRun,
    JournalLine,
    LateMoney,
    MoneyCheckRun,
    PartnerChange,
    Payment,
    PaymentPartner,
    Reversal,
    TariffProposal,
)
from payments.services.bills import view_bills
from payments.services.checks import run_checks
from payments.tariff import PayerKind
from perisai.clock import official_zone
from tests.seeds.demonstration import AS_OF

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("printed")]


def test_each_case_of_money_that_an_office_looks_at_occurs() -> None:
    eve = Bill.objects.filter(created_at__date=AS_OF - timedelta(days=1))
    now = datetime.combine(AS_OF, time(9), tzinfo=official_zone())
    states = Counter(str(view.state) for view in view_bills(eve, now=now))
    by_credit = eve.filter(payments__channel="credit", made_by_system=True)
    assert by_credit.count() == 1  # who had paid twice, and the late discount's months too
    sponsors = eve.filter(payer__kind=PayerKind.APBD).count()
    assert states == {"paid": 6 + 1 + sponsors, "open": 4, "reversed": 2, "cancelled": 2}
    groups = eve.filter(payer__kind=PayerKind.GROUP, member_count__gte=2)
    assert groups.values("payments__channel").distinct().count() == 2
    assert groups.count() == 4
    assert Reversal.objects.filter(payment=None).count() == 2
    kinds = Counter(
        (money.late_posted > 0, money.credited > 0, money.why) for money in LateMoney.objects.all()
    )
    assert kinds == {
        (True, False, ""): 2,
        (False, True, ""): 2,
        (False, False, "unknown_number"): 2,
    }


def test_corrections_and_partners_wait_for_a_second_person_and_had_one() -> None:
    decisions = Correction.objects.values_list("decision", flat=True)
    assert Counter(decisions) == {"": 3, "confirmed": 2, "refused": 2}
    waiting = Correction.objects.filter(decision="").values_list("kind", flat=True)
    assert Counter(waiting) == {"reversal": 2, "release": 1}
    undone = Payment.objects.filter(reversal__correction__isnull=False)
    assert [payment.reversed_at is None for payment in undone] == [False, False]
    changes = PartnerChange.objects.values_list("kind", "decision")
    assert sorted(changes) == [
        ("close_partner", "confirmed"),
        ("new_counter", "confirmed"),
        ("new_login", "confirmed"),
        ("new_partner", "confirmed"),
        ("terms", ""),
    ]
    closed = PaymentPartner.objects.get(is_active=False)
    assert closed.outlets.count() == 1
    assert TariffProposal.objects.filter(decision="").count() == 1


def test_discount_that_was_heard_of_late_is_credit_of_who_paid_its_month() -> None:
    run = CreditRun.objects.get()
    assert run.done_at is not None
    assert (run.members > 0, run.waiting) == (True, [])
    months = CreditedMonth.objects.values_list("cover_month__month", flat=True)
    assert set(months) == {date(2026, 9, 1)}
    lines = JournalLine.objects.filter(entry__kind="discount_credit", account=2200)
    assert -sum(lines.values_list("amount", flat=True)) == run.amount > 0


def test_the_money_adds_up() -> None:
    results = run_checks()
    assert [(found.code, found.breaks) for found in results if found.breaks] == []
    kept = MoneyCheckRun.objects.exclude(ended_at=None).get()
    assert len(results) == kept.results.filter(breaks=0).count() == 10
