"""Cases of bad input that have a bill as their object."""

from datetime import date
from typing import Any

import pytest

from enrollment.models import Member, Occupation
from payments.models import Bill, CoverMonth, Payment
from payments.services.billing import BillOrder, make_bill
from payments.services.checks import run_checks
from payments.services.makers import AgentMaker
from payments.services.outcomes import BillMade, LeftOut, Posted, Refused
from payments.services.posting import pay
from tests.factories.enrollment import MemberOccupationFactory
from tests.factories.payments import (
    NOW,
    PayerFactory,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    command_for,
    paid,
)
from tests.factories.perisai import AgentFactory
from tests.payments.counters import Counter, notice
from tests.payments.ledger import money_rows, months_of

OCTOBER = date(2026, 10, 1)
SINCE: dict[str, Any] = {"paid_through": OCTOBER, "episode_started_on": date(2026, 1, 5)}

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]


def driver(**columns: Any) -> Member:
    """A member of the transport sector."""
    member = cared_for_member(occupation=None, **columns)
    transport = Occupation.objects.filter(transport_sector=True).order_by("code")[0]
    MemberOccupationFactory.create(member=member, occupation_id=transport.pk)
    return member


@pytest.mark.parametrize("amount", [25_200, 50_400])
def test_p52_three_months_over_the_year_at_another_price_are_refused(
    counter: Counter, amount: int
) -> None:
    member = cared_for_member(**SINCE)
    bill = counter.inquire(kpj=member.kpj, months=3).json()
    rows = money_rows()

    answer = counter.pay(notice(bill, amount=amount))

    assert bill["payable"] == 33_600
    assert (answer.status_code, answer.json()["code"]) == (422, "amount_mismatch")
    assert money_rows() == rows


def test_p52_each_month_has_its_own_price_by_sector(counter: Counter) -> None:
    farmer, rider = cared_for_member(), driver()

    answers = [
        counter.pay(notice(counter.inquire(kpj=member.kpj, months=3).json()))
        for member in (farmer, rider)
    ]

    assert [(one.status_code, one.json()["amount"]) for one in answers] == [
        (201, 33_600),
        (201, 25_200),
    ]
    assert months_of(farmer) == months_of(rider) == ["2026-11", "2026-12", "2027-01"]


def test_p64_group_of_three_hundred_with_one_who_paid_alone_meanwhile(counter: Counter) -> None:
    agent = AgentFactory.create()
    group = PayerFactory.create(kind="group", office=agent.office)
    people = [cared_for_member(agent) for _ in range(300)]
    order = BillOrder(
        maker=AgentMaker(agent_id=agent.pk),
        member_ids=tuple(member.pk for member in people),
        months=1,
        payer_id=group.pk,
        is_collective=True,
        skip_refused=True,
    )
    first = make_bill(order, now=NOW)
    assert isinstance(first, BillMade)
    early = people[137]
    paid(early, PostAgentFactory.create(), months=12)
    ahead = paid(early, PostAgentFactory.create())  # to the horizon: nothing more can be billed
    bill = Bill.objects.get(pk=first.bill_id)

    refused = counter.pay({"bill_code": bill.code, "amount": bill.payable, **_at_noon()})

    assert (refused.status_code, refused.json()["code"]) == (409, "already_paid")
    assert refused.json()["member_ids"] == [str(early.pk)]
    assert CoverMonth.objects.exclude(member=early).count() == 0
    renewed = make_bill(order, now=NOW)
    assert isinstance(renewed, BillMade)
    assert renewed.left_out == (LeftOut(member_id=early.pk, code="already_paid"),)
    again = Bill.objects.get(pk=renewed.bill_id)
    outcome = pay(command_for(again, counter.outlet), now=NOW)
    assert isinstance(outcome, Posted)
    assert CoverMonth.objects.filter(payment=outcome.payment_id).count() == 299
    assert Payment.objects.count() == 3
    assert ahead.paid_bill.member_count == 1
    assert [result.code for result in run_checks() if result.breaks] == []


def test_p64_new_bill_of_everybody_takes_the_next_month_of_who_paid(counter: Counter) -> None:
    agent = AgentFactory.create()
    early, late = cared_for_member(agent), cared_for_member(agent)
    old = bill_for(early, late)
    paid(early, PostAgentFactory.create())

    stale = pay(command_for(old, counter.outlet), now=NOW)
    new = bill_for(early, late)

    assert stale == Refused(code="already_paid", context={"member_ids": [str(early.pk)]})
    assert isinstance(pay(command_for(new, counter.outlet), now=NOW), Posted)
    assert (months_of(early), months_of(late)) == (["2026-11", "2026-12"], ["2026-11"])


def _at_noon() -> dict[str, str]:
    return {"paid_at": NOW.isoformat()}
