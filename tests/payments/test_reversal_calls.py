"""Who may take which payment back, when, and what a repeat is told (R12)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from payments.models import (
    IdempotencyKey,
    JournalEntry,
    PostAgent,
    Reversal,
    ReversalReason,
)
from payments.services.checks import run_checks
from payments.services.outcomes import (
    Inconsistent,
    Posted,
    Recorded,
    Refused,
    Replayed,
    Reversed,
)
from payments.services.posting import pay
from payments.services.reversal import ReverseCommand, reverse
from tests.factories.payments import (
    NOW,
    WIB,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    command_for,
    paid,
    reversal_of,
    taker,
)
from tests.payments.ledger import money_rows, months_of, outcome_of

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=20)


def in_order() -> bool:
    """Every claim of check_money holds."""
    return not [result.code for result in run_checks() if result.breaks]


def test_p46_second_reversal_replays_and_there_is_one_mirror() -> None:
    payment = paid(cared_for_member(), PostAgentFactory.create())
    first = reversal_of(payment)
    reverse(first, now=LATER)

    again = reverse(first, now=LATER + timedelta(hours=1))
    other = reverse(reversal_of(payment), now=LATER + timedelta(days=1))

    assert again == other == Replayed(payment_id=payment.pk)
    assert (Reversal.objects.count(), JournalEntry.objects.filter(kind="reversal").count()) == (
        1,
        1,
    )
    assert in_order()


def test_p47_reversal_before_its_payment_is_recorded_and_the_payment_refused() -> None:
    outlet = PostAgentFactory.create()
    command = command_for(bill_for(cared_for_member()), outlet)
    early = ReverseCommand(
        taker=taker(outlet),
        key="kunci-batal-0001",
        target=command.reference,
        reason=ReversalReason.TIMEOUT,
    )
    assert reverse(early, now=NOW) == Recorded()
    rows = money_rows()

    refused = pay(command, now=LATER)

    assert isinstance(refused, Refused)
    assert refused.code == "reversed_before_posting"
    assert pay(command, now=LATER) == refused
    assert money_rows() == rows
    assert (Reversal.objects.get().payment, outcome_of("kunci-batal-0001")) == (None, "recorded")
    assert reverse(early, now=LATER) == Recorded(is_repeat=True)
    assert reverse(replace(early, key="kunci-batal-0002"), now=LATER) == Recorded()
    assert Reversal.objects.count() == 1
    assert in_order()


def test_tombstone_binds_the_counter_that_asked_for_it_alone() -> None:
    outlet, member = PostAgentFactory.create(), cared_for_member()
    neighbour = PostAgentFactory.create(partner=outlet.partner)
    command = command_for(bill_for(member), outlet)
    assert reverse(asked(neighbour, command.reference), now=NOW) == Recorded()

    posted = pay(command, now=LATER)

    assert isinstance(posted, Posted)
    theirs = command_for(bill_for(cared_for_member()), neighbour, reference=command.reference)
    own = pay(theirs, now=LATER)
    assert isinstance(own, Refused)
    assert own.code == "reversed_before_posting"
    assert isinstance(reverse(asked(outlet, command.reference), now=LATER), Reversed)
    assert months_of(member) == []
    assert in_order()


def test_two_counters_take_the_same_coming_reference_back_each_for_itself() -> None:
    outlet = PostAgentFactory.create()
    neighbour = PostAgentFactory.create(partner=outlet.partner)
    bills = [bill_for(cared_for_member()) for _ in range(2)]
    commands = [
        command_for(bill, one, reference="PSP-SAMA-1")
        for bill, one in zip(bills, (outlet, neighbour), strict=True)
    ]
    for one in (neighbour, outlet):
        assert reverse(asked(one, "PSP-SAMA-1"), now=NOW) == Recorded()

    codes = [getattr(pay(command, now=LATER), "code", None) for command in commands]

    assert codes == ["reversed_before_posting"] * 2
    assert in_order()


def test_payment_under_another_reference_goes_through_a_tombstone() -> None:
    outlet, member = PostAgentFactory.create(), cared_for_member()
    command = command_for(bill_for(member), outlet)
    reverse(
        ReverseCommand(
            taker=taker(outlet),
            key="kunci-batal-0001",
            target=command.reference,
            reason=ReversalReason.TIMEOUT,
        ),
        now=NOW,
    )

    outcome = pay(replace(command, key="kunci-baru-000001", reference="LAIN-1"), now=LATER)

    assert isinstance(outcome, Posted)
    assert in_order()


@pytest.mark.parametrize(
    ("paid_at", "reversed_at", "code"),
    [
        ((20, 10, 0), (20, 14, 59), ""),
        ((20, 10, 0), (20, 15, 0), "reversal_window_closed"),
        ((20, 16, 0), (21, 14, 59), ""),
        ((20, 16, 0), (21, 15, 0), "reversal_window_closed"),
    ],
    ids=["r12-in-the-day", "r12-at-the-cut-off", "r12-after-it-the-next-day", "r12-a-day-later"],
)
def test_p48_window_ends_with_the_settlement_day(
    paid_at: tuple[int, int, int], reversed_at: tuple[int, int, int], code: str
) -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    payment = paid(member, outlet, now=november(*paid_at))
    rows = money_rows()

    outcome = reverse(reversal_of(payment), now=november(*reversed_at))

    if not code:
        assert isinstance(outcome, Reversed)
        return
    assert outcome == Refused(code=code)
    assert (money_rows(), months_of(member)) == (rows, ["2026-11"])
    assert in_order()


def test_refused_reversal_is_remembered_under_its_key() -> None:
    payment = paid(cared_for_member(), PostAgentFactory.create())
    command = reversal_of(payment)
    too_late = NOW + timedelta(days=1, hours=6)
    refused = reverse(command, now=too_late)

    assert reverse(command, now=LATER) == refused == Refused(code="reversal_window_closed")
    assert IdempotencyKey.objects.get(key=command.key).payment is None


def test_key_of_another_reversal_is_inconsistent() -> None:
    outlet = PostAgentFactory.create()
    first, second = (paid(cared_for_member(), outlet) for _ in range(2))
    command = reversal_of(first)
    reverse(command, now=LATER)

    outcome = reverse(replace(command, target=second.reference), now=LATER)

    second.refresh_from_db()
    assert outcome == Inconsistent(payment_id=first.pk)
    assert second.reversed_at is None


def test_other_counter_and_other_partner_know_nothing_of_a_payment() -> None:
    payment = paid(cared_for_member(), PostAgentFactory.create())
    neighbour = PostAgentFactory.create(partner=payment.partner)
    strangers = (neighbour, PostAgentFactory.create())
    rows = money_rows()

    by_id = [reverse(asked(one, payment.pk), now=LATER) for one in strangers]
    by_reference = [reverse(asked(one, payment.reference), now=LATER) for one in strangers]

    assert by_id == [Refused(code="payment_not_found")] * 2
    assert by_reference == [Recorded()] * 2
    assert money_rows() == rows
    payment.refresh_from_db()
    assert payment.reversed_at is None
    assert list(Reversal.objects.values_list("partner")) == [(strangers[1].partner_id,)]
    assert isinstance(reverse(reversal_of(payment), now=LATER), Reversed)
    assert in_order()


def asked(outlet: PostAgent, target: Any) -> ReverseCommand:
    """A reversal that some counter asks for."""
    return ReverseCommand(
        taker=taker(outlet),
        key=f"kunci-{outlet.pk}-{target}"[:64],
        target=target,
        reason=ReversalReason.WRONG_MEMBER,
    )


def november(day: int, hour: int, minute: int) -> datetime:
    """An instant of the running month, in official time."""
    return datetime(2026, 11, day, hour, minute, tzinfo=WIB)
