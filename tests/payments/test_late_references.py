"""A partner's reference is booked once, whatever came under it before (R12)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from payments.errors import FieldInvalid
from payments.late_plan import SuspenseReason
from payments.models import (
    Bill,
    IdempotencyKey,
    LateMoney,
    Payment,
    Reversal,
)
from payments.services.billing import cancel_bill
from payments.services.late_notices import AlreadyBooked, LateKnown
from payments.services.late_posting import post_late
from payments.services.outcomes import Inconsistent, Posted, Refused, Replayed
from payments.services.posting import pay
from payments.services.reversal import reverse
from tests.factories.payments import (
    NOW,
    PaymentPartnerFactory,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    command_for,
    reversal_of,
)
from tests.payments.late import LATER, booked, notice_of, parts, payment_of
from tests.payments.ledger import money_rows, months_of, outcome_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_add_up")]


def test_late_money_again_changes_nothing() -> None:
    partner = PaymentPartnerFactory.create()
    notice = notice_of(partner, bill_for(cared_for_member()).code, 8_400)
    first = booked(notice)
    rows = money_rows()

    again = post_late(notice, now=LATER)
    other = post_late(replace(notice, amount=8_401), now=LATER)

    assert again == LateKnown(money_id=first.money_id)
    assert other == Inconsistent(payment_id=None)
    assert money_rows() == rows
    assert LateMoney.objects.count() == 1


def test_payment_that_we_booked_is_not_late() -> None:
    outlet = PostAgentFactory.create()
    bill = bill_for(cared_for_member())
    command = command_for(bill, outlet)
    posted = pay(command, now=NOW)
    keys = IdempotencyKey.objects.count()

    same = post_late(
        notice_of(outlet.partner, bill.code, 8_400, reference=command.reference), now=LATER
    )

    assert isinstance(posted, Posted)
    assert same == AlreadyBooked(payment_id=posted.payment_id, is_same_amount=True)
    assert (IdempotencyKey.objects.count(), LateMoney.objects.count()) == (keys, 0)


def test_refusal_that_the_key_remembers_does_not_bind_taken_money() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    bill = bill_for(member)
    reference = "PSP-20261124-000001"
    refused = pay(command_for(bill, outlet, key=reference, amount=1), now=NOW)
    assert isinstance(refused, Refused)

    outcome = booked(notice_of(outlet.partner, bill.code, 8_400, reference=reference))

    assert parts(outcome) == (8_400, 0, 0)
    assert outcome_of(reference) == "posted"


def test_key_that_stands_for_another_payment_leaves_the_money_to_a_person() -> None:
    outlet = PostAgentFactory.create()
    command = command_for(bill_for(cared_for_member()), outlet, key="PSP-20261124-000002")
    pay(command, now=NOW)
    other = bill_for(cared_for_member())

    outcome = booked(notice_of(outlet.partner, other.code, 8_400, reference=command.key))

    assert (parts(outcome), outcome.why) == ((0, 0, 8_400), SuspenseReason.KEY_TAKEN)


def test_money_that_the_partner_took_back_before_waits_for_a_person() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()
    notice = notice_of(partner, bill_for(member).code, 8_400)
    Reversal.objects.create(partner=partner, reference=notice.reference, reason="timeout")

    outcome = booked(notice)

    assert (parts(outcome), outcome.why) == ((0, 0, 8_400), SuspenseReason.TAKEN_BACK)
    assert months_of(member) == []


def test_advice_of_suspended_money_is_not_booked_a_second_time() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    bill = bill_for(member)
    notice = notice_of(outlet.partner, bill.code, 8_399)
    booked(notice)

    advice = command_for(bill, outlet, key=notice.reference, reference=notice.reference)
    same = pay(replace(advice, amount=8_399, advice=True), now=NOW)
    right = pay(replace(advice, advice=True), now=NOW)

    assert same == Refused(code="reference_reused")
    assert isinstance(right, Inconsistent)
    assert months_of(member) == []


def test_p59_advice_under_another_key_replays_the_late_payment() -> None:
    outlet = PostAgentFactory.create()
    bill = bill_for(cared_for_member())
    notice = notice_of(outlet.partner, bill.code, 8_400)
    late = booked(notice)
    advice = replace(command_for(bill, outlet, reference=notice.reference), advice=True)
    rows = money_rows()

    first = pay(advice, now=NOW)
    again = pay(advice, now=LATER)

    assert first == again == Replayed(payment_id=payment_of(late).pk)
    assert money_rows() == rows


@pytest.mark.parametrize(
    ("is_cancelled", "heard_after", "refusal"),
    [(True, timedelta(hours=2), "bill_cancelled"), (False, timedelta(hours=25), "bill_expired")],
    ids=["cancelled", "expired"],
)
def test_p59_advice_of_late_money_replays_whatever_became_of_its_bill(
    *, is_cancelled: bool, heard_after: timedelta, refusal: str
) -> None:
    outlet, now = PostAgentFactory.create(), NOW + heard_after
    bill = bill_for(cared_for_member(), now=NOW - timedelta(hours=71))
    if is_cancelled:
        cancel_bill(bill.code, bills=Bill.objects.all(), now=NOW + timedelta(minutes=1))
    notice = notice_of(outlet.partner, bill.code, 8_400)
    command = command_for(bill, outlet, reference=notice.reference)
    refused = pay(command, now=now)
    late = booked(notice, now=now)

    told = [pay(replace(command, key=key, advice=True), now=now) for key in (command.key, "lain-1")]

    assert isinstance(refused, Refused)
    assert refused.code == refusal
    assert told == [Replayed(payment_id=payment_of(late).pk)] * 2
    assert pay(replace(command, key="lain-2"), now=now) == refused


def test_p59_advice_of_late_money_replays_however_long_ago_it_was_taken() -> None:
    outlet, now = PostAgentFactory.create(), NOW + timedelta(hours=49)
    bill = bill_for(cared_for_member())
    notice = notice_of(outlet.partner, bill.code, 8_400)
    advice = command_for(bill, outlet, reference=notice.reference, advice=True)
    with pytest.raises(FieldInvalid):
        pay(advice, now=now)
    late = booked(notice, now=now)

    assert pay(advice, now=now) == Replayed(payment_id=payment_of(late).pk)
    with pytest.raises(FieldInvalid):
        pay(replace(advice, advice=False), now=now)


@pytest.mark.parametrize("key", ["PSP-20261124-000003", "kunci-lain-0000001"])
def test_money_whose_payment_was_taken_back_waits_for_a_person(key: str) -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    bill = bill_for(member)
    command = command_for(bill, outlet, key=key, reference="PSP-20261124-000003")
    posted = pay(command, now=NOW)
    assert isinstance(posted, Posted)
    reverse(reversal_of(Payment.objects.get()), now=NOW)
    notice = notice_of(outlet.partner, bill.code, 8_500, reference=command.reference)

    outcome = booked(notice)

    assert (parts(outcome), outcome.why) == ((0, 0, 8_500), SuspenseReason.TAKEN_BACK)
    assert post_late(notice, now=LATER) == LateKnown(money_id=outcome.money_id)
    assert pay(command, now=LATER) == Replayed(payment_id=posted.payment_id)
    assert months_of(member) == []


def test_payment_under_another_key_does_not_book_suspended_money_again() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    notice = notice_of(outlet.partner, "", 8_400)
    booked(notice)
    command = command_for(bill_for(member), outlet, reference=notice.reference)

    outcomes = [pay(replace(command, advice=is_advice), now=NOW) for is_advice in (False, True)]

    assert outcomes == [Refused(code="reference_reused")] * 2
    assert months_of(member) == []
