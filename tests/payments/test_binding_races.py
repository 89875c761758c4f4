"""A code's money and its form at the same moment, on connections of their own."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

import pytest
from django.db import transaction

from payments.models import Bill, CoverMonth, JournalEntry, Payment, ReservedCode
from payments.services import binding
from payments.services.binding import Bound, Claim, bind, claim_code
from payments.services.posting import pay
from payments.services.reserving import PoolOrder, reserve_codes
from perisai.errors import DomainError
from perisai.services import messages
from tests.factories.enrollment import EligibleAgentFactory, cared_for
from tests.factories.payments import NOW, PostAgentFactory, held_command
from tests.factories.perisai import DeviceFactory
from tests.payments.codes import BEFORE, breaks, code_of, form, hold, register
from tests.payments.ledger import balances, give_credit, months_of
from tests.payments.merges import Pair, decider_of, merge_rows, two_rows
from tests.payments.orders import meet
from tests.payments.test_posting_races import side_by_side
from tests.sync.phones import Phone, phone_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("worked_day"),
]
ROUNDS = 6


@pytest.fixture
def phone() -> Phone:
    return phone_of(DeviceFactory.create(agent=EligibleAgentFactory.create()))


def test_f38_paid_before_the_registration(phone: Phone) -> None:
    """Operation and payment in either order and at once, each twice: one bill, one posting."""
    device, outlet = phone.device, PostAgentFactory.create()
    order = PoolOrder(device_id=device.pk, agent_id=device.agent_id, months=1, count=ROUNDS)
    codes = [code.code for code in reserve_codes(order, now=BEFORE)]
    for number, code in enumerate(codes, start=1):
        command = held_command(code, 8_400, outlet, confirm_repeat=True)
        sent = form(number, number=7_000 + number, bill_code=code)
        acts: list[Callable[[], Any]] = [
            partial(pay, command, now=NOW),
            partial(phone.push, sent),
        ]
        if number % 2:
            acts.reverse()
        if number > 4:  # one after the other
            for act in [*acts, *acts]:
                act()
        else:
            side_by_side(lambda act: act(), [*acts, *acts])

    assert (cared_for().count(), Bill.objects.count()) == (ROUNDS, ROUNDS)
    assert (Payment.objects.count(), CoverMonth.objects.count()) == (ROUNDS, ROUNDS)
    assert sorted(Bill.objects.values_list("code", flat=True)) == codes
    assert balances().get(2300, 0) == 0
    assert breaks() == set()


def test_p75_binding_many_times_at_once_releases_once(phone: Phone) -> None:
    code = code_of(phone.device)
    hold(code, 8_400)
    register(phone, code.code, income_monthly=None)
    cared_for().update(income_monthly=900_000)

    outcomes = side_by_side(lambda _: bind(code.code, now=NOW), range(16))

    assert Counter(outcomes) == {Bound.RELEASED: 1, Bound.NOTHING: 15}
    assert JournalEntry.objects.filter(kind="release").count() == 1
    assert CoverMonth.objects.count() == 1
    assert breaks() == set()


def test_p75_binding_that_dies_leaves_nothing_and_the_next_one_does_all(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = code_of(phone.device)
    hold(code, 8_400)
    register(phone, code.code, income_monthly=None)
    cared_for().update(income_monthly=900_000)

    with monkeypatch.context() as patch:
        patch.setattr(messages, "queue", _die)
        assert binding.bind_waiting(lambda: NOW) == 0
    assert (Bill.objects.count(), CoverMonth.objects.count()) == (0, 0)

    assert binding.bind_waiting(lambda: NOW) == 1
    assert CoverMonth.objects.count() == 1
    assert breaks() == set()


def test_money_that_comes_during_a_merge_reaches_the_row_that_counts(phone: Phone) -> None:
    """The code is bound before the merge commits: it waits for the row, then for the other one."""
    agent, outlet = phone.device.agent, PostAgentFactory.create()
    supervisor = decider_of(two_rows(agent))
    for at in count(1):
        loser, winner = two_rows(agent)
        code = code_of(phone.device)
        claim = Claim(
            code=code.code, agent_id=agent.pk, member_id=loser.pk, months=1, captured_at=BEFORE
        )
        with transaction.atomic():
            claim_code(claim, now=NOW)
            give_credit(loser, 5_000, outlet.partner)  # the merge books after its look at money

        def take(code: ReservedCode = code) -> str:
            hold(code, 8_400, outlet)
            return bind(code.code, now=NOW).value

        def merge(pair: Pair = (loser, winner)) -> str:
            try:
                merge_rows(*pair, by=supervisor)
            except DomainError as refusal:
                return refusal.code
            return "merged"

        met = meet(merge, take, at=at)
        covered = winner if met.first == "merged" else loser
        assert (met.second, months_of(covered)) == ("released", ["2026-11"]), at
        if met.is_over:
            break
    assert at > 2
    assert breaks() == set()


def _die(*_: object) -> None:
    raise RuntimeError("killed")
