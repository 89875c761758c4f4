"""Payments beside themselves, on connections of their own."""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from django.db import connection, transaction

from payments.models import Bill, CoverMonth, IdempotencyKey, JournalEntry, Payment
from payments.services.billing import BillOrder, cancel_bill, make_bill
from payments.services.checks import run_checks
from payments.services.makers import AgentMaker
from payments.services.outcomes import Busy, Posted, Refused
from payments.services.pay_commands import PayCommand
from payments.services.posting import pay
from perisai.errors import DomainError
from tests.factories.payments import (
    NOW,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    command_for,
    office_maker,
)
from tests.factories.perisai import AgentFactory
from tests.payments.ledger import months_of

pytestmark = pytest.mark.django_db(transaction=True)

T = TypeVar("T")
AT_ONCE = 8
REPEATS = 50


def side_by_side(act: Callable[[Any], T], over: Iterable[Any]) -> list[T]:
    """The outcomes of one act on many things, eight at a time, each on its own connection."""

    def alone(thing: Any) -> T:
        try:
            return act(thing)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return list(pool.map(alone, over))


def words(outcomes: Iterable[object]) -> Counter[str]:
    """How many outcomes of each kind; refusals by their code."""
    return Counter(
        outcome.code if isinstance(outcome, Refused) else type(outcome).__name__
        for outcome in outcomes
    )


def assert_money_adds_up() -> None:
    """Every claim of check_money holds."""
    assert [result.code for result in run_checks() if result.breaks] == []


def test_p37_fifty_identical_payments_are_booked_once() -> None:
    member = cared_for_member()
    command = command_for(bill_for(member), PostAgentFactory.create())

    outcomes = side_by_side(lambda _: pay(command, now=NOW), range(REPEATS))

    assert words(outcomes) == {"Posted": 1, "Replayed": REPEATS - 1}
    assert (Payment.objects.count(), JournalEntry.objects.count()) == (1, 1)
    assert IdempotencyKey.objects.filter(operation="pay").count() == 1
    assert months_of(member) == ["2026-11"]
    assert_money_adds_up()


def test_p38_fifty_bills_of_one_month_are_paid_once() -> None:
    member = cared_for_member()
    makers = [office_maker() for _ in range(REPEATS)]
    bills = [bill_for(member, maker=maker) for maker in makers]
    commands = [command_for(bill, PostAgentFactory.create()) for bill in bills]

    outcomes = side_by_side(lambda command: pay(command, now=NOW), commands)

    assert words(outcomes) == {"Posted": 1, "already_paid": REPEATS - 1}
    assert (Payment.objects.count(), CoverMonth.objects.count()) == (1, 1)
    assert_money_adds_up()


def test_collective_bills_of_the_same_people_do_not_block_each_other_for_ever() -> None:
    agent = AgentFactory.create()
    people = [cared_for_member(agent) for _ in range(12)]
    outlet = PostAgentFactory.create()
    bills = [
        bill_for(*(people if number % 2 else people[::-1]), maker=office_maker())
        for number in range(AT_ONCE)
    ]
    commands = [command_for(bill, outlet) for bill in bills]

    outcomes = side_by_side(lambda command: pay(command, now=NOW), commands)

    assert words(outcomes) == {"Posted": 1, "already_paid": AT_ONCE - 1}
    assert CoverMonth.objects.count() == len(people)
    assert_money_adds_up()


def test_p45_member_locked_for_too_long_is_busy_and_leaves_no_trace() -> None:
    member = cared_for_member()
    command = command_for(bill_for(member), PostAgentFactory.create())

    with transaction.atomic():
        type(member).objects.select_for_update(no_key=True).get(pk=member.pk)
        outcomes = side_by_side(lambda _: pay(command, now=NOW), [1])
    after = pay(command, now=NOW)

    assert outcomes == [Busy()]
    assert isinstance(after, Posted)


def test_payment_and_cancel_at_once_have_one_winner() -> None:
    bill = bill_for(cared_for_member())
    command = command_for(bill, PostAgentFactory.create())

    def cancel_or_pay(number: int) -> str:
        if number % 2:
            outcome = pay(command, now=NOW)
            return outcome.code if isinstance(outcome, Refused) else type(outcome).__name__
        try:
            cancel_bill(bill.code, bills=Bill.objects.all(), now=NOW)
        except DomainError as refused:
            return refused.code
        return "cancelled"

    outcomes = set(side_by_side(cancel_or_pay, range(AT_ONCE)))

    assert outcomes in ({"Posted", "Replayed", "bill_not_open"}, {"cancelled", "bill_cancelled"})
    assert_money_adds_up()


def test_twin_orders_under_one_key_make_one_bill() -> None:
    agent = AgentFactory.create()
    member = cared_for_member(agent)
    order = BillOrder(
        maker=AgentMaker(agent_id=agent.pk),
        member_ids=(member.pk,),
        months=3,
        key="kunci-tagihan-0001",
    )

    outcomes = side_by_side(lambda _: make_bill(order, now=NOW), range(AT_ONCE))

    assert words(outcomes) == {"BillMade": 1, "BillReplayed": AT_ONCE - 1}
    assert Bill.objects.count() == 1


def test_payments_of_different_members_of_one_agent_all_go_through() -> None:
    agent, outlet = AgentFactory.create(), PostAgentFactory.create()
    bills = [bill_for(cared_for_member(agent)) for _ in range(16)]
    commands: list[PayCommand] = [command_for(bill, outlet) for bill in bills]

    outcomes = side_by_side(lambda command: pay(command, now=NOW), commands)

    assert words(outcomes) == {"Posted": 16}
    assert_money_adds_up()
