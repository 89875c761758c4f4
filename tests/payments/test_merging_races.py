"""Merging two rows beside money that comes for the losing one, in every order of their locks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any, Final

import pytest
from django.db import transaction

from payments.models import LateMoney, PostAgent
from payments.services.late_posting import post_late
from payments.services.outcomes import Refused
from payments.services.posting import pay
from payments.services.suspense import ReleaseOrder, release_suspense
from perisai.errors import DomainError
from perisai.models import Agent, User
from tests.factories.payments import NOW, PostAgentFactory, bill_for, command_for
from tests.factories.perisai import AgentFactory
from tests.payments.late import booked, in_suspense, notice_of
from tests.payments.ledger import give_credit, months_of
from tests.payments.merges import Pair, credits, decider_of, merge_rows, two_rows
from tests.payments.orders import meet

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books_add_up")]

Act = Callable[[], str]
EXPIRED: Final = NOW + timedelta(hours=73)
"""Later than a bill of NOW can be paid, but for an advice of money that was taken in time."""

FEWEST: Final = 2
"""Statements at which either act can be met; fewer: it does not lock both rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A counter, and an agent with a supervisor who decides about her members."""

    outlet: PostAgent
    agent: Agent
    supervisor: User


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How it ended: the two words, the months of both rows, their credit, and what waits."""

    merged: str
    money: str
    months: tuple[int, int]
    credits: tuple[int, int]
    suspended: int


@pytest.fixture
def place() -> Place:
    agent = AgentFactory.create()
    return Place(
        outlet=PostAgentFactory.create(),
        agent=agent,
        supervisor=decider_of(two_rows(agent)),
    )


def said(act: Callable[[], object]) -> str:
    """An act's one clear answer: what happened, or the code of the refusal."""
    try:
        outcome = act()
    except DomainError as refusal:
        return refusal.code
    if outcome is None or isinstance(outcome, list):
        return "done"
    return outcome.code if isinstance(outcome, Refused) else type(outcome).__name__


def endings(place: Place, money: Callable[[Place, Pair], Act]) -> set[Ended]:
    """All endings of a merge and of money for its losing row, whoever is held where."""
    found = set[Ended]()
    for is_money_first in (True, False):
        found |= set(_endings(place, money, is_money_first=is_money_first))
    return found


def _endings(
    place: Place, money: Callable[[Place, Pair], Act], *, is_money_first: bool
) -> Iterator[Ended]:
    """One for each statement that locks or books; two fresh rows and fresh money for each."""
    for at in count(1):
        pair = two_rows(place.agent)
        with transaction.atomic():  # an entry and its lines
            give_credit(pair[0], 5_000, place.outlet.partner)
        waited = in_suspense()
        take = money(place, pair)

        def merge(pair: Pair = pair) -> str:
            return said(lambda: merge_rows(*pair, by=place.supervisor, at=EXPIRED))

        met = meet(take, merge, at=at) if is_money_first else meet(merge, take, at=at)
        if met.is_over:
            assert at > FEWEST
            return
        merged, word = (met.second, met.first) if is_money_first else (met.first, met.second)
        yield Ended(
            merged=merged,
            money=word,
            months=(len(months_of(pair[0])), len(months_of(pair[1]))),
            credits=credits(pair),
            suspended=in_suspense() - waited,
        )


def payment(place: Place, pair: Pair) -> Act:
    """Her bill is open; it uses her credit."""
    bill = bill_for(pair[0], now=EXPIRED - timedelta(minutes=1))
    command = command_for(bill, place.outlet, paid_at=EXPIRED)
    return lambda: said(lambda: pay(command, now=EXPIRED))


def advice(place: Place, pair: Pair) -> Act:
    """Her bill is over; a counter took the money in time."""
    bill, taken_at = bill_for(pair[0]), EXPIRED - timedelta(hours=2)
    command = command_for(bill, place.outlet, paid_at=taken_at, advice=True)
    return lambda: said(lambda: pay(command, now=EXPIRED))


def release(place: Place, pair: Pair, *, is_credit: bool) -> Act:
    """Money without an owner turns out to be hers: the rest of a month, or credit."""
    money = booked(notice_of(place.outlet.partner, "", 3_400), now=EXPIRED)
    suspense = LateMoney.objects.values_list("suspense", flat=True).get(pk=money.money_id)
    assert suspense is not None
    order = ReleaseOrder(suspense_id=suspense, number=pair[0].kpj, is_credit=is_credit)
    return lambda: said(lambda: release_suspense(order, now=EXPIRED))


def late(place: Place, pair: Pair, amount: int) -> Act:
    """A file names her KPJ."""
    notice = notice_of(place.outlet.partner, pair[0].kpj, amount)
    return lambda: said(lambda: post_late(notice, now=EXPIRED))


def paid_first(money: str) -> Ended:
    """Her month is covered: her row stays."""
    return Ended(merged="member_has_paid", money=money, months=(1, 0), credits=(0, 0), suspended=0)


def merged_first(money: str, **changes: Any) -> Ended:
    """The row is over, and its credit is the other one's."""
    ended = Ended(merged="done", money=money, months=(0, 0), credits=(0, 5_000), suspended=0)
    return replace(ended, **changes)


def test_payment_of_an_open_bill_is_never_met_by_a_merge(place: Place) -> None:
    unmerged = replace(paid_first("Posted"), merged="merge_meets_open_bill")

    assert endings(place, payment) == {paid_first("Posted"), unmerged}


def test_advice_of_an_ended_bill_and_a_merge_have_one_winner(place: Place) -> None:
    assert endings(place, advice) == {paid_first("Posted"), merged_first("member_closed")}


def test_money_released_to_her_reaches_the_row_that_counts(place: Place) -> None:
    as_month = partial(release, is_credit=False)
    other_paid = merged_first("done", months=(0, 1), credits=(0, 0))

    assert endings(place, as_month) == {paid_first("done"), other_paid}


def test_credit_released_to_her_reaches_the_row_that_counts(place: Place) -> None:
    as_credit = partial(release, is_credit=True)

    assert endings(place, as_credit) == {merged_first("done", credits=(0, 8_400))}


def test_late_money_that_fits_pays_for_the_row_that_counts(place: Place) -> None:
    fitting = partial(late, amount=3_400)  # a month, less her credit
    other_paid = merged_first("LateBooked", months=(0, 1), credits=(0, 0))

    assert endings(place, fitting) == {paid_first("LateBooked"), other_paid}


def test_late_money_that_fits_nothing_waits_and_holds_a_merge_that_comes_after_it(
    place: Place,
) -> None:
    strange = partial(late, amount=20_000)
    late_first = Ended(
        merged="merge_meets_suspense",
        money="LateBooked",
        months=(0, 0),
        credits=(5_000, 0),
        suspended=20_000,
    )

    assert endings(place, strange) == {late_first, merged_first("LateBooked", suspended=20_000)}
