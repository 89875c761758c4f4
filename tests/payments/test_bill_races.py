"""Bills beside themselves, on connections of their own."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from enrollment.models import Member
from payments.models import Account, Bill, JournalLine, Payment
from payments.services.billing import BillOrder, make_bill
from payments.services.idempotency import Claim, claim_key
from payments.services.makers import AgentMaker
from payments.services.outcomes import BillMade
from payments.services.posting import pay
from perisai.models import Agent
from tests.factories.payments import (
    NOW,
    PayerFactory,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    command_for,
    office_maker,
    paid,
)
from tests.factories.perisai import AgentFactory
from tests.fixtures import AgentClient
from tests.payments.counters import PAYMENTS, Counter
from tests.payments.ledger import give_credit, months_of
from tests.payments.test_bills_api import BILLS, ask
from tests.payments.test_posting_races import assert_money_adds_up, side_by_side, words

pytestmark = pytest.mark.django_db(transaction=True)


def test_p68_two_bills_of_the_same_credit_paid_at_once() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    with transaction.atomic():
        give_credit(member, 5_000, outlet.partner)
    bills = [bill_for(member, maker=office_maker(), months=months) for months in (1, 2)]
    assert [bill.credit for bill in bills] == [5_000, 5_000]

    outcomes = side_by_side(
        lambda bill: pay(command_for(bill, outlet, confirm_repeat=True), now=NOW), bills
    )

    assert words(outcomes) in ({"Posted": 1, "already_paid": 1}, {"Posted": 1, "bill_stale": 1})
    credit = JournalLine.objects.filter(member=member, account=Account.MEMBER_CREDIT)
    assert sum(credit.values_list("amount", flat=True)) == 0
    assert months_of(member)[0] == "2026-11"
    assert_money_adds_up()


def order(agent: Agent, people: list[Member], payer_id: int, key: str) -> BillOrder:
    """A group's bill."""
    return BillOrder(
        maker=AgentMaker(agent_id=agent.pk),
        member_ids=tuple(member.pk for member in people),
        months=2,
        key=key,
        payer_id=payer_id,
        is_collective=True,
        skip_refused=True,
    )


def test_twin_collective_orders_make_one_bill_and_leave_the_same_people_out() -> None:
    agent = AgentFactory.create()
    group = PayerFactory.create(kind="group", office=agent.office)
    people = [cared_for_member(agent) for _ in range(5)]
    draft = cared_for_member(agent, income_monthly=None)
    wanted = order(agent, [*people, draft], group.pk, "kunci-kolektif-0001")

    outcomes = side_by_side(lambda _: make_bill(wanted, now=NOW), range(8))

    assert words(outcomes) == {"BillMade": 1, "BillReplayed": 7}
    assert {getattr(outcome, "left_out", None) for outcome in outcomes} == {
        next(one.left_out for one in outcomes if isinstance(one, BillMade))
    }
    assert Bill.objects.get().member_count == 5


@pytest.mark.usefixtures("worked_day")
def test_p45_whoever_waits_too_long_is_told_to_send_the_same_again(
    agent_client: AgentClient,
) -> None:
    member, outlet = cared_for_member(agent_client.agent), PostAgentFactory.create()
    payment, bill = paid(member, outlet), bill_for(member)
    counter, key = Counter(outlet), "kunci-tagihan-0045"
    calls: list[Callable[[], Any]] = [
        lambda: ask(agent_client, member.pk, 2, key),
        lambda: agent_client.post(f"{BILLS}/{bill.code}/cancel", {}),
        lambda: counter.get(f"{PAYMENTS}/{payment.pk}/receipt.html"),
    ]

    with transaction.atomic():
        claim_key(
            Claim(caller=f"agent:{agent_client.agent.pk}", operation="bill", key=key, content="")
        )
        Bill.objects.select_for_update(no_key=True).get(pk=bill.pk)
        Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        waited = side_by_side(lambda call: call(), calls)
        transaction.set_rollback(True)
    after = side_by_side(lambda call: call(), calls)

    told = [(answer.status_code, answer.json()["code"], answer["Retry-After"]) for answer in waited]
    assert told == [(409, "in_progress", "3")] * 3
    assert [answer.status_code for answer in after] == [201, 200, 200]


def test_collective_bill_that_credit_pays_is_settled_once_among_twins() -> None:
    agent, outlet = AgentFactory.create(), PostAgentFactory.create()
    group = PayerFactory.create(kind="group", office=agent.office)
    people = [cared_for_member(agent) for _ in range(3)]
    with transaction.atomic():
        for member in people:
            give_credit(member, 16_800, outlet.partner)
    wanted = order(agent, people, group.pk, "kunci-kolektif-0002")

    outcomes = side_by_side(lambda _: make_bill(wanted, now=NOW), range(8))

    assert words(outcomes) == {"BillMade": 1, "BillReplayed": 7}
    assert Payment.objects.count() == 1
    assert [months_of(member) for member in people] == [["2026-11", "2026-12"]] * 3
    assert_money_adds_up()
