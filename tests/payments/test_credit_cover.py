"""Months covered by credit while somebody else holds the member, or something fails (R9)."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from django.db import IntegrityError

from enrollment.models import Member
from payments.models import BillLine, Channel, CreditRun, Payment, PostAgent
from payments.services import billing, credit_cover
from payments.services.billing import CreditNotSettled
from payments.services.credit_cover import cover_by_credit
from payments.services.credit_runs import (
    carry_on,
    credit_and_cover_late_payers,
    grant_discount_credit,
)
from payments.services.discount_credit import ask_for_credit
from payments.services.outcomes import Busy, Posted
from payments.services.pay_commands import PayCommand
from payments.services.posting import PayOutcome, pay
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


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let something happen once, when the `look`th batch has read whom it covers."""

    def happens(act: Callable[[], object], *, look: int) -> None:
        left, next_members = [look], credit_cover._next_members

        def read(run: CreditRun) -> list[UUID]:
            walked = next_members(run)
            left[0] -= 1
            if not left[0]:
                act()
            return walked

        monkeypatch.setattr(credit_cover, "_next_members", read)

    return happens


@pytest.mark.parametrize("look", [1, 2], ids=["on the way", "at the end"])
def test_run_that_is_asked_for_again_meanwhile_is_worked_again(
    look: int, sellers: list[Member], meanwhile: Callable[..., None]
) -> None:
    record(law())
    again, later = JULY + timedelta(minutes=1), JULY + timedelta(minutes=2)
    meanwhile(lambda: ask_for_credit(CODE, now=again), look=look)

    grant_discount_credit(CODE, now=JULY, most=1 + look)
    run = run_of_law()
    carry_on(later)

    assert (run.asked_at, run.credited_at, run.done_at) == (again, None, None)
    assert (run.covered_to, run.waiting, run.covered) == (None, [], 0)
    assert (run_of_law().credited_at, run_of_law().done_at) == (later, later)
    assert [credit_of(member) for member in sellers] == [0, 0, 0]
    assert broken_checks() == []


def test_slower_one_of_two_does_not_set_the_run_back(
    sellers: list[Member], meanwhile: Callable[..., None]
) -> None:
    record(law())
    meanwhile(lambda: grant_discount_credit(CODE, now=JULY), look=1)

    grant_discount_credit(CODE, now=JULY, most=2)

    assert (run_of_law().covered, run_of_law().waiting, run_of_law().done_at) == (3, [], JULY)
    assert [credit_of(member) for member in sellers] == [0, 0, 0]


def test_run_is_not_done_before_all_have_their_credit() -> None:
    record(law())

    with pytest.raises(IntegrityError, match="credit_run_done_after_credited"):
        CreditRun.objects.update(done_at=JULY)


def test_end_of_the_tasks_time_ends_the_run_where_it_is(sellers: list[Member], hold: Hold) -> None:
    record(law())
    hold(sellers[1], times=1, fault=SoftTimeLimitExceeded())

    with pytest.raises(SoftTimeLimitExceeded):
        carry_on(JULY)
    carry_on(JULY)

    assert [credit_of(member) for member in sellers] == [0, 0, 0]
    assert run_of_law().done_at == JULY
    assert broken_checks() == []
