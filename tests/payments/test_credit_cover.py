"""Months covered by credit while somebody else holds the member, or something fails (R9)."""

from collections.abc import Callable

import pytest

from enrollment.models import Member
from payments.models import BillLine, Channel, CreditRun, Payment, PostAgent
from payments.services import billing
from payments.services.billing import CreditNotSettled
from payments.services.credit_cover import cover_by_credit
from payments.services.credit_runs import (
    carry_on,
    credit_and_cover_late_payers,
    grant_discount_credit,
)
from payments.services.outcomes import Busy, Posted
from payments.services.posting import PayCommand, PayOutcome, pay
from tests.factories.payments import bill_for, command_for
from tests.payments.later_law import CODE, JULY, broken_checks, credit_of, law, record, seller

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("later_law")]
Hold = Callable[..., list[int]]


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Hold:
    """Let somebody else hold a member whenever she is to be paid for, `times` times."""

    def held(member: Member, *, times: int, fault: Exception | None = None) -> list[int]:
        left = [times]

        def held_pay(command: PayCommand, *, now: object) -> PayOutcome:
            hers = BillLine.objects.filter(bill__code=command.bill_code, member=member)
            if not left[0] or not hers.exists():
                return pay(command, now=now)  # type: ignore[arg-type]  # as it came
            left[0] -= 1
            if fault is not None:
                raise fault
            return Busy()

        monkeypatch.setattr(billing, "pay", held_pay)
        return left

    return held


@pytest.fixture
def sellers(outlet: PostAgent) -> list[Member]:
    """Three who paid before the law was heard of, in the order of the walk."""
    return sorted((seller(outlet) for _ in range(3)), key=lambda member: member.pk)


def run_of_law() -> CreditRun:
    """How far it is."""
    return CreditRun.objects.get(code=CODE)


def test_who_was_held_for_a_moment_is_covered_by_the_same_run(
    sellers: list[Member], hold: Hold
) -> None:
    record(law())
    hold(sellers[1], times=1)

    carry_on(JULY)

    run = run_of_law()
    assert (run.covered, run.waiting, run.done_at) == (3, [], JULY)
    assert [credit_of(member) for member in sellers] == [0, 0, 0]
    assert broken_checks() == []


def test_who_is_held_for_long_is_come_back_to_and_holds_nobody_up(
    sellers: list[Member], hold: Hold
) -> None:
    record(law())
    left = hold(sellers[0], times=3)

    carry_on(JULY)
    first = run_of_law()
    carry_on(JULY)
    second = run_of_law()
    carry_on(JULY)

    for run in (first, second):
        assert (run.covered, run.waiting, run.done_at) == (2, [sellers[0].pk], None)
    assert left == [0]
    assert (run_of_law().covered, run_of_law().waiting, run_of_law().done_at) == (3, [], JULY)
    assert [credit_of(member) for member in sellers] == [0, 0, 0]


def test_member_that_fails_is_passed_by_and_keeps_her_credit(
    sellers: list[Member], hold: Hold
) -> None:
    record(law())
    hold(sellers[0], times=1, fault=RuntimeError("rahasia"))

    carry_on(JULY)

    assert (run_of_law().covered, run_of_law().done_at) == (2, JULY)
    assert [credit_of(member) for member in sellers] == [25_200, 0, 0]
    assert cover_by_credit(sellers[0].pk, now=JULY) is not None


def test_by_hand_a_held_member_is_told_of(outlet: PostAgent, hold: Hold) -> None:
    member = seller(outlet)
    record(law())
    grant_discount_credit(CODE, now=JULY, most=1)
    hold(member, times=1)

    with pytest.raises(CreditNotSettled):
        cover_by_credit(member.pk, now=JULY)

    assert credit_of(member) == 25_200
    assert Payment.objects.filter(channel=Channel.CREDIT).count() == 0


def test_late_payer_who_was_held_is_covered_in_the_same_night(
    outlet: PostAgent, hold: Hold
) -> None:
    member = seller(outlet)
    stale = bill_for(member, months=2, now=JULY)
    record(law())
    grant_discount_credit(CODE, now=JULY, most=1)
    assert isinstance(pay(command_for(stale, outlet, paid_at=JULY), now=JULY), Posted)
    left = hold(member, times=1)

    given = credit_and_cover_late_payers(JULY)

    assert (given.amount, left) == (16_800, [0])
    assert Payment.objects.filter(channel=Channel.CREDIT).count() == 1
    assert broken_checks() == []
