"""The judge of a fault run finds what was lost, doubled, or never told."""

from dataclasses import replace

import pytest

from faults.journal import Journal, Slip
from faults.killing import Kill
from faults.report import killed, outage_lines, outages
from faults.verdict import Verdict, judge
from faults.victims import NOBODY
from payments.models import Payment
from payments.services.reversal import reverse
from perisai.ids import new_id
from tests.factories.payments import (
    NOW,
    PostAgentFactory,
    cared_for_member,
    paid,
    reversal_of,
)
from tests.statements import run_sql

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment() -> Payment:
    """One booked payment."""
    return paid(cared_for_member(), PostAgentFactory.create())


def slip_of(payment: Payment) -> Slip:
    """What its counter was told."""
    assert payment.partner_id is not None
    return Slip(
        partner=payment.partner_id,
        key="kunci",
        reference=payment.reference,
        bill_code=payment.paid_bill.code,
        amount=payment.amount,
        payment_id=str(payment.pk),
        asked_at=0.0,
        answered_at=1.0,
    )


def verdict_on(payment: Payment, *slips: Slip, reversed_: frozenset[str] = frozenset()) -> Verdict:
    """The judgement when these slips are all the paper there is."""
    assert payment.partner_id is not None
    journal = Journal(slips=list(slips), reversed_references=set(reversed_))
    return judge(journal, {payment.partner_id})


def test_paper_and_rows_that_agree_are_clean(payment: Payment) -> None:
    found = verdict_on(payment, slip_of(payment))

    assert (found.acknowledged, found.is_clean) == (1, True)


def test_acknowledged_payment_without_a_row_is_lost(payment: Payment) -> None:
    gone = replace(slip_of(payment), payment_id=str(new_id()), reference="elsewhere")

    found = verdict_on(payment, slip_of(payment), gone)

    assert (found.lost, found.is_clean) == (1, False)


def test_row_of_another_amount_is_lost(payment: Payment) -> None:
    assert verdict_on(payment, replace(slip_of(payment), amount=1)).lost == 1


def test_payment_that_no_counter_was_told_of_is_found(payment: Payment) -> None:
    found = verdict_on(payment)

    assert (found.never_told, found.is_clean) == (1, False)


def test_bill_paid_twice_is_found(payment: Payment) -> None:
    run_sql("SET CONSTRAINTS ALL IMMEDIATE")
    run_sql("ALTER TABLE payments_payment DROP CONSTRAINT payment_once_per_bill")
    twin = Payment.objects.get(pk=payment.pk)
    twin.pk, twin.receipt_no, twin.reference = new_id(), "KP261120TWIN0001", "twin"
    twin.save(force_insert=True)

    found = verdict_on(payment, slip_of(payment), slip_of(twin))

    assert (found.booked_twice, found.lost) == (1, 0)
    assert "I3" in found.broken


def test_reversal_that_was_told_and_is_not_there_is_lost(payment: Payment) -> None:
    told = frozenset({payment.reference})

    before = verdict_on(payment, slip_of(payment), reversed_=told)
    reverse(reversal_of(payment), now=NOW)
    after = verdict_on(payment, slip_of(payment), reversed_=told)

    assert (before.reversals_lost, after.reversals_lost) == (1, 0)
    assert after.is_clean


def test_looks_at_nobody_are_no_kills_and_stand_apart() -> None:
    kills = [Kill(name="Valkey", at=1.0), Kill(name=NOBODY, at=2.0)]
    lines = outage_lines(outages(kills, [(0.5, 1.2), (1.5, 3.0), (2.5, 6.0)]))
    assert killed(kills) == 1
    assert lines[-2:] == [
        "| all | 1 | 2.00 s | 2.00 s | 2.00 s |",
        f"| {NOBODY} | 1 | 4.00 s | 4.00 s | 4.00 s |",
    ]
