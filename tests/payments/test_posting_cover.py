"""What a payment does to episodes, settlement dates and credits (R12, R17, R30, R32)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from payments.models import (
    CoverMonth,
    JournalEntry,
)
from payments.services.posting import pay
from sync.models import BookEntry
from tests.factories.enrollment import AssignmentFactory, MemberFactory
from tests.factories.payments import (
    NOW,
    WIB,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    command_for,
    paid,
)
from tests.factories.perisai import AgentFactory
from tests.payments.ledger import months_of

pytestmark = pytest.mark.django_db

OCTOBER = date(2026, 10, 1)
NOVEMBER = date(2026, 11, 1)


def continuing(**columns: Any) -> Any:
    """A farmer who has paid through October."""
    return cared_for_member(paid_through=OCTOBER, episode_started_on=date(2024, 1, 5), **columns)


def test_r17_reentry_starts_an_episode_with_the_running_month() -> None:
    member = cared_for_member(paid_through=date(2026, 5, 1), episode_started_on=date(2026, 1, 5))

    paid(member, PostAgentFactory.create())

    assert months_of(member) == ["2026-11"]
    assert (member.paid_through, member.episode_no) == (NOVEMBER, 2)
    assert member.episode_started_on == date(2026, 11, 20)


def test_continued_cover_keeps_its_episode_and_start() -> None:
    member = continuing()

    paid(member, PostAgentFactory.create())

    assert (member.paid_through, member.episode_no) == (NOVEMBER, 1)
    assert member.episode_started_on == date(2024, 1, 5)


def test_episode_starts_with_its_earliest_payment_whatever_the_order_of_arrival() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    paid(member, outlet)
    earlier = NOW - timedelta(days=1)
    pay(command_for(bill_for(member), outlet, paid_at=earlier, confirm_repeat=True), now=NOW)

    member.refresh_from_db()
    assert member.episode_started_on == date(2026, 11, 19)


@pytest.mark.parametrize(
    ("clock", "settled_on"),
    [((14, 59, 59), date(2026, 11, 20)), ((15, 0, 0), date(2026, 11, 21))],
)
def test_cut_off_decides_the_settlement_date(clock: tuple[int, int, int], settled_on: date) -> None:
    at = datetime(2026, 11, 20, *clock, tzinfo=WIB)

    payment = paid(cared_for_member(), PostAgentFactory.create(), now=at)

    entry = JournalEntry.objects.get(payment=payment)
    assert (payment.settlement_date, entry.settlement_date) == (settled_on, settled_on)
    assert payment.receipt_no[:8] == f"KP{settled_on:%y%m%d}"


def test_r32_cover_is_credited_to_the_agent_of_the_first_of_the_settlement_month() -> None:
    first, second = AgentFactory.create(), AgentFactory.create()
    member = cared_for_member(first)
    AssignmentFactory.create(member=member, agent=second, from_on=date(2026, 11, 2))
    member.agent = second
    member.save(update_fields=["agent"])

    paid(member, PostAgentFactory.create(), months=2)

    rows = CoverMonth.objects.filter(member=member).order_by("month")
    found = [(row.agent, row.agent_month_no, row.regency_code) for row in rows]
    assert found == [(first, 1, "3515"), (first, 2, "3515")]
    assert BookEntry.objects.filter(book__agent=second, entity_id=member.pk).exists()


def test_r32_member_without_an_agent_by_then_is_credited_to_the_first_one() -> None:
    agent = AgentFactory.create()
    member = MemberFactory.create(agent=agent)
    AssignmentFactory.create(member=member, agent=agent, from_on=date(2026, 11, 18))

    paid(member, PostAgentFactory.create())

    assert CoverMonth.objects.get(member=member).agent == agent


def test_r30_ordinal_counts_on_in_the_next_payment() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    paid(member, outlet, months=2)
    paid(member, outlet)

    numbers = CoverMonth.objects.filter(member=member).order_by("month")
    assert list(numbers.values_list("agent_month_no", flat=True)) == [1, 2, 3]
