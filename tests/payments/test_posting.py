"""Posting a payment (R11, R17)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from payments.errors import FieldInvalid
from payments.models import (
    Account,
    Bill,
    CoverMonth,
    IdempotencyKey,
    Payment,
)
from payments.services.billing import cancel_bill
from payments.services.checks import run_checks
from payments.services.outcomes import Inconsistent, Posted, Refused, Replayed
from payments.services.posting import pay
from perisai.models import OutboxMessage
from sync.models import Book, BookEntry
from tests.factories.payments import (
    NOW,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    command_for,
    office_maker,
    paid,
    partner_maker,
)
from tests.factories.perisai import AgentFactory
from tests.payments.ledger import (
    balances,
    give_credit,
    money_rows,
    months_of,
    outcome_of,
    take_credit_away,
)
from tests.statements import counted

pytestmark = pytest.mark.django_db


def test_one_full_month_is_booked_whole() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    bill = bill_for(member, months=3)
    command = command_for(bill, outlet)

    outcome = pay(command, now=NOW)

    assert isinstance(outcome, Posted)
    payment = Payment.objects.get(pk=outcome.payment_id)
    member.refresh_from_db()
    assert (payment.bill_id, payment.amount, payment.fee) == (bill.pk, 33_600, 2_500)
    assert (payment.channel, payment.outlet, payment.terminal) == ("rest", outlet, "")
    assert payment.receipt_no.startswith("KP261120")
    assert months_of(member) == ["2026-11", "2026-12", "2027-01"]
    assert member.paid_through == date(2027, 1, 1)
    assert (member.episode_no, member.episode_started_on) == (1, date(2026, 11, 20))
    assert balances() == {
        Account.PARTNER_RECEIVABLE: 33_600,
        Account.PAYABLE_JKK: -20_000,
        Account.PAYABLE_JKM: -13_600,
    }
    assert outcome_of(command.key) == "posted"
    assert OutboxMessage.objects.get(kind="payment.posted").subject_id == payment.pk


def test_payment_tells_the_phone_of_the_present_agent() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    bill = bill_for(member)
    before = Book.objects.get(agent=member.agent).version

    pay(command_for(bill, outlet), now=NOW)

    book = Book.objects.get(agent=member.agent)
    entry = BookEntry.objects.get(book=book, entity="member", entity_id=member.pk)
    assert (book.version, entry.version) == (before + 1, before + 1)


def test_p34_payment_reported_again_changes_nothing() -> None:
    bill, outlet = bill_for(cared_for_member()), PostAgentFactory.create()
    command = command_for(bill, outlet)
    first = pay(command, now=NOW)
    rows = money_rows()

    again = pay(command, now=NOW + timedelta(minutes=1))

    assert isinstance(first, Posted)
    assert again == Replayed(payment_id=first.payment_id)
    assert money_rows() == rows


def test_repeat_is_answered_even_after_the_bill_has_expired() -> None:
    command = command_for(bill_for(cared_for_member()), PostAgentFactory.create())
    first = pay(command, now=NOW)

    late = NOW + timedelta(days=30)
    same = pay(command, now=late)
    at_another_time = pay(replace(command, paid_at=late), now=late)

    assert isinstance(first, Posted)
    assert same == at_another_time == Replayed(payment_id=first.payment_id)


@pytest.mark.parametrize("amount", [8_399, 8_401, 16_800, 0], ids="not {}".format)
def test_p21_another_amount_is_refused_and_books_nothing(amount: int) -> None:
    member = cared_for_member()
    bill, outlet = bill_for(member), PostAgentFactory.create()
    rows = money_rows()
    command = command_for(bill, outlet, amount=amount)

    outcome = pay(command, now=NOW)

    assert outcome == Refused(code="amount_mismatch", context={"expected": 8_400})
    assert money_rows() == rows
    assert outcome_of(command.key) == "amount_mismatch"
    member.refresh_from_db()
    assert (member.paid_through, member.episode_no) == (None, 0)


def test_p69_the_right_amount_under_a_new_key_is_posted_after_a_refusal() -> None:
    bill, outlet = bill_for(cared_for_member()), PostAgentFactory.create()
    pay(command_for(bill, outlet, amount=1), now=NOW)

    assert isinstance(pay(command_for(bill, outlet), now=NOW), Posted)


def test_first_refusal_is_the_answer_of_its_key_for_ever() -> None:
    bill, outlet = bill_for(cared_for_member()), PostAgentFactory.create()
    command = command_for(bill, outlet, amount=1)

    first, again = pay(command, now=NOW), pay(command, now=NOW)

    assert first == again == Refused(code="amount_mismatch", context={"expected": 8_400})
    assert IdempotencyKey.objects.filter(operation="pay").count() == 1


def test_p54_same_key_for_another_bill_is_inconsistent() -> None:
    outlet = PostAgentFactory.create()
    one = command_for(bill_for(cared_for_member()), outlet)
    other = command_for(bill_for(cared_for_member()), outlet, key=one.key)
    first = pay(one, now=NOW)
    rows = money_rows()

    outcome = pay(other, now=NOW)

    assert isinstance(first, Posted)
    assert outcome == Inconsistent(payment_id=first.payment_id)
    assert money_rows() == rows


def test_p54_same_key_of_another_partner_is_another_key() -> None:
    one = command_for(bill_for(cared_for_member()), PostAgentFactory.create())
    other = command_for(bill_for(cared_for_member()), PostAgentFactory.create(), key=one.key)

    assert isinstance(pay(one, now=NOW), Posted)
    assert isinstance(pay(other, now=NOW), Posted)


def test_same_reference_under_another_key_is_refused_and_forgotten() -> None:
    outlet = PostAgentFactory.create()
    one = command_for(bill_for(cared_for_member()), outlet)
    other = command_for(bill_for(cared_for_member()), outlet, reference=one.reference)
    pay(one, now=NOW)
    rows = money_rows()

    assert pay(other, now=NOW) == Refused(code="reference_reused")
    assert money_rows() == rows
    assert not IdempotencyKey.objects.filter(key=other.key).exists()


def test_p30_paid_bill_and_a_second_bill_of_the_same_month_are_already_paid() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    one, two = bill_for(member), bill_for(member, maker=office_maker())
    pay(command_for(one, outlet), now=NOW)
    rows = money_rows()

    again = pay(command_for(one, outlet), now=NOW)
    other = pay(command_for(two, outlet), now=NOW)

    assert again == Refused(code="already_paid", context={"member_ids": [str(member.pk)]})
    assert other == Refused(code="already_paid", context={"member_ids": [str(member.pk)]})
    assert money_rows() == rows


def test_p31_expired_bill_is_refused() -> None:
    bill, outlet = bill_for(cared_for_member()), PostAgentFactory.create()
    late = bill.expires_at + timedelta(seconds=1)
    rows = money_rows()

    outcome = pay(command_for(bill, outlet, paid_at=late), now=late)

    assert outcome == Refused(code="bill_expired")
    assert money_rows() == rows


def test_p32_advice_of_money_taken_in_time_is_booked_late() -> None:
    bill, outlet = bill_for(cared_for_member()), PostAgentFactory.create()
    taken = bill.expires_at - timedelta(minutes=1)
    command = command_for(bill, outlet, paid_at=taken, advice=True)

    outcome = pay(command, now=taken + timedelta(hours=24))

    assert isinstance(outcome, Posted)
    assert Payment.objects.get(pk=outcome.payment_id).paid_at == taken


@pytest.mark.parametrize(
    ("taken", "heard"),
    [(timedelta(minutes=-1), timedelta(hours=24)), (timedelta(seconds=1), timedelta(hours=1))],
    ids=["heard of after a day", "taken after the end"],
)
def test_p32_advice_too_late_is_refused(taken: timedelta, heard: timedelta) -> None:
    bill, outlet = bill_for(cared_for_member()), PostAgentFactory.create()
    command = command_for(bill, outlet, paid_at=bill.expires_at + taken, advice=True)

    outcome = pay(command, now=bill.expires_at + heard)

    assert outcome == Refused(code="bill_expired")
    assert Payment.objects.count() == 0


@pytest.mark.parametrize("off", [timedelta(minutes=5, seconds=1), timedelta(hours=-48, seconds=-1)])
def test_paid_at_outside_its_window_is_a_wrong_field_and_uses_up_no_key(off: timedelta) -> None:
    command = command_for(
        bill_for(cared_for_member()), PostAgentFactory.create(), paid_at=NOW + off
    )

    with pytest.raises(FieldInvalid) as refused:
        pay(command, now=NOW)

    assert [fault.pointer for fault in refused.value.errors] == ["/paid_at"]
    assert not IdempotencyKey.objects.filter(key=command.key).exists()


def test_cancelled_bill_is_refused() -> None:
    bill, outlet = bill_for(cared_for_member()), PostAgentFactory.create()
    cancel_bill(bill.code, bills=Bill.objects.all(), now=NOW)

    assert pay(command_for(bill, outlet), now=NOW) == Refused(code="bill_cancelled")
    assert Payment.objects.count() == 0


def test_quote_of_another_partner_is_as_unknown_as_a_code_never_given() -> None:
    ours, theirs = PostAgentFactory.create(), PostAgentFactory.create()
    bill = bill_for(cared_for_member(), maker=partner_maker(theirs))

    foreign = pay(command_for(bill, ours), now=NOW)
    unknown = pay(command_for(bill, ours, bill_code="9900009000000003"), now=NOW)

    assert foreign == unknown == Refused(code="bill_not_found")
    assert Payment.objects.count() == 0


def test_member_closed_since_the_quote_is_refused() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    bill = bill_for(member)
    member.closed_on, member.closed_reason = NOW.date(), "deceased"
    member.save(update_fields=["closed_on", "closed_reason"])

    outcome = pay(command_for(bill, outlet), now=NOW)

    assert outcome == Refused(code="member_closed", context={"member_ids": [str(member.pk)]})
    assert Payment.objects.count() == 0


def test_p65_bill_for_a_month_behind_a_hole_is_stale() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    november = paid(member, outlet)
    december = bill_for(member)
    CoverMonth.objects.filter(payment=november).update(reversed_at=NOW)
    Payment.objects.filter(pk=november.pk).update(reversed_at=NOW)
    member.paid_through, member.episode_no, member.episode_started_on = None, 0, None
    member.save(update_fields=["paid_through", "episode_no", "episode_started_on"])

    outcome = pay(command_for(december, outlet, confirm_repeat=True), now=NOW)

    assert outcome == Refused(code="bill_stale", context={"member_ids": [str(member.pk)]})
    assert months_of(member) == []


def test_bill_whose_payment_was_reversed_is_not_paid_again() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    payment = paid(member, outlet)
    Payment.objects.filter(pk=payment.pk).update(reversed_at=NOW)

    outcome = pay(command_for(payment.paid_bill, outlet), now=NOW)

    assert outcome == Refused(code="bill_reversed")


def test_p67_second_payment_within_minutes_at_one_counter_asks_first() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    paid(member, outlet)
    bill, soon = bill_for(member), NOW + timedelta(minutes=5)

    asked = pay(command_for(bill, outlet), now=soon)
    posted = pay(command_for(bill, outlet, confirm_repeat=True), now=soon)

    assert asked == Refused(code="repeat_needs_confirmation")
    assert isinstance(posted, Posted)


def test_p67_nobody_is_asked_after_ten_minutes_or_at_another_counter() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    paid(member, outlet)
    elsewhere = pay(command_for(bill_for(member), PostAgentFactory.create()), now=NOW)
    later = pay(command_for(bill_for(member), outlet), now=NOW + timedelta(minutes=10))

    assert isinstance(elsewhere, Posted)
    assert isinstance(later, Posted)


def test_p68_credit_that_another_bill_used_makes_this_one_stale() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    given = give_credit(member, 5_000, outlet.partner)
    one = bill_for(member)
    assert (one.total, one.credit, one.payable) == (8_400, 5_000, 3_400)
    take_credit_away(given)

    outcome = pay(command_for(one, outlet), now=NOW)

    assert outcome == Refused(code="bill_stale", context={"member_ids": [str(member.pk)]})
    assert Payment.objects.count() == 0


def test_credit_pays_its_part_and_leaves_the_ledger_in_balance() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    give_credit(member, 5_000, outlet.partner)

    payment = paid(member, outlet)

    assert payment.amount == 3_400
    assert balances() == {
        Account.PARTNER_RECEIVABLE: 8_400,
        Account.PAYABLE_JKK: -5_000,
        Account.PAYABLE_JKM: -3_400,
        Account.MEMBER_CREDIT: 0,
    }
    assert [result.code for result in run_checks() if result.breaks] == []


@pytest.mark.parametrize(("members", "months"), [(1, 1), (1, 12), (40, 3)])
def test_posting_costs_ten_statements_whatever_the_size(members: int, months: int) -> None:
    agent, outlet = AgentFactory.create(), PostAgentFactory.create()
    people = [cared_for_member(agent) for _ in range(members)]
    command = command_for(bill_for(*people, months=months, maker=office_maker()), outlet)

    with counted() as statements:
        outcome = pay(command, now=NOW)

    assert isinstance(outcome, Posted)
    assert CoverMonth.objects.count() == members * months
    assert len(statements) == 10, statements


def test_everything_adds_up_after_a_mixed_day() -> None:
    outlet = PostAgentFactory.create()
    agent = AgentFactory.create()
    people = [cared_for_member(agent) for _ in range(3)]
    together = bill_for(*people, months=2, maker=office_maker())
    pay(command_for(together, outlet), now=NOW)
    paid(people[0], outlet, months=6)
    pay(command_for(together, outlet), now=NOW)

    assert {result.code: result.breaks for result in run_checks()} == {
        f"I{number}": 0 for number in range(1, 11)
    }
