"""Reversals beside themselves and beside payments, on connections of their own (P46)."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from django.db import transaction

from payments.models import CorrectionKind, JournalEntry, Payment, Reversal, ReversalReason
from payments.services.corrections import (
    CorrectionDraft,
    confirm_correction,
    request_correction,
)
from payments.services.idempotency import Claim, alone_with, claim_key
from payments.services.outcomes import Busy, Posted, Recorded, Refused, Reversed
from payments.services.pay_commands import PayCommand
from payments.services.posting import pay
from payments.services.reversal import ReverseCommand, reverse
from perisai.errors import DomainError
from perisai.models import Role, User
from tests.factories.payments import (
    NOW,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    command_for,
    office_maker,
    paid,
    reversal_of,
    taker,
)
from tests.factories.perisai import UserFactory
from tests.payments.ledger import balances, months_of
from tests.payments.test_posting_races import (
    AT_ONCE,
    REPEATS,
    assert_money_adds_up,
    side_by_side,
    words,
)

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(minutes=20)


def test_p46_fifty_reversals_at_once_make_one_mirror() -> None:
    member = cared_for_member()
    payment = paid(member, PostAgentFactory.create())
    one = reversal_of(payment)
    commands = [one if number % 2 else reversal_of(payment) for number in range(REPEATS)]

    outcomes = side_by_side(lambda command: reverse(command, now=LATER), commands)

    assert words(outcomes) == {"Reversed": 1, "Replayed": REPEATS - 1}
    assert (Reversal.objects.count(), JournalEntry.objects.filter(kind="reversal").count()) == (
        1,
        1,
    )
    assert months_of(member) == []
    assert_money_adds_up()


def both_at_once(command: PayCommand, back: ReverseCommand) -> tuple[object, object]:
    """The outcomes of a payment and of its reversal, begun together."""
    acts: Sequence[Callable[[], object]] = (
        lambda: pay(command, now=NOW),
        lambda: reverse(back, now=LATER),
    )
    posted, taken_back = side_by_side(lambda act: act(), acts)
    return posted, taken_back


def test_p46_payment_and_its_reversal_at_once_end_in_one_of_two_states() -> None:
    outlet = PostAgentFactory.create()
    for number in range(20):
        member = cared_for_member()
        command = command_for(bill_for(member), outlet)
        back = ReverseCommand(
            taker=taker(outlet),
            key=f"kunci-balapan-{number:04d}",
            target=command.reference,
            reason=ReversalReason.TIMEOUT,
        )

        posted, taken_back = both_at_once(command, back)

        if isinstance(posted, Posted):
            assert taken_back == Reversed(payment_id=posted.payment_id, reversed_at=LATER)
        else:
            refused = Refused(code="reversed_before_posting")
            assert (posted, taken_back) == (refused, Recorded())
        assert months_of(member) == []
    assert set(balances().values()) <= {0}
    assert Reversal.objects.count() == 20
    assert_money_adds_up()


def test_reversal_waits_for_a_payment_of_the_same_reference_that_is_not_yet_booked() -> None:
    outlet = PostAgentFactory.create()
    claim = Claim(
        caller=f"partner:{outlet.partner_id}",
        operation="pay",
        key="kunci-bayar-00001",
        content="",
        alone=alone_with(outlet.partner_id, "REF-X"),
    )
    commands = [
        ReverseCommand(
            taker=taker(outlet),
            key=f"kunci-batal-{target}",
            target=target,
            reason=ReversalReason.TIMEOUT,
        )
        for target in ("REF-X", "REF-Y")
    ]

    with transaction.atomic():
        claim_key(claim)
        outcomes = side_by_side(lambda command: reverse(command, now=LATER), commands)
        transaction.set_rollback(True)

    assert outcomes == [Busy(), Recorded()]


def test_reversal_and_the_next_payment_at_once_leave_no_hole() -> None:
    outlet = PostAgentFactory.create()
    for _ in range(10):
        member = cared_for_member()
        back = reversal_of(paid(member, outlet))
        december = command_for(bill_for(member, now=LATER), outlet, confirm_repeat=True)

        posted, taken_back = both_at_once(december, back)

        ends = (type(posted).__name__, type(taken_back).__name__, months_of(member))
        assert ends in (
            ("Posted", "Refused", ["2026-11", "2026-12"]),
            ("Refused", "Reversed", []),
        )
        assert_money_adds_up()


def test_collective_reversals_beside_payments_of_the_same_people_do_not_block_for_ever() -> None:
    people = [cared_for_member() for _ in range(12)]
    outlet = PostAgentFactory.create()
    posted = pay(command_for(bill_for(*people, maker=office_maker()), outlet), now=NOW)
    assert isinstance(posted, Posted)
    payment = Payment.objects.get(pk=posted.payment_id)
    following = bill_for(*people[::-1], maker=office_maker(), now=LATER)

    def pay_or_reverse(number: int) -> object:
        if number % 2:
            return reverse(reversal_of(payment), now=LATER)
        return pay(command_for(following, outlet), now=LATER)

    outcomes = words(side_by_side(pay_or_reverse, range(AT_ONCE)))

    half = AT_ONCE // 2
    assert outcomes in (
        {"Reversed": 1, "Replayed": half - 1, "bill_stale": half},
        {"Posted": 1, "already_paid": half - 1, "reversal_blocked_by_later_payment": half},
    )
    assert_money_adds_up()


def test_two_persons_who_confirm_at_once_are_one_decision() -> None:
    payment = paid(cared_for_member(), PostAgentFactory.create())
    asker = UserFactory.create(role=Role.FINANCE)
    draft = CorrectionDraft(
        kind=CorrectionKind.REVERSAL, payment=payment, reason="uang milik orang lain"
    )
    correction = request_correction(draft, by=asker)
    seconds = [UserFactory.create(role=Role.FINANCE) for _ in range(AT_ONCE)]

    def confirm(second: User) -> str:
        try:
            confirm_correction(correction.pk, by=second, now=LATER)
        except DomainError as refusal:
            return refusal.code
        return "confirmed"

    ends = side_by_side(confirm, seconds)

    assert sorted(ends) == ["confirmed"] + ["correction_decided"] * (AT_ONCE - 1)
    assert Reversal.objects.count() == 1
    assert_money_adds_up()
