"""Credit of a later discount: given in batches, once, and taken back with its months (R9)."""

from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from payments.errors import ReversalBlockedByLaterPayment, TariffRowUsed
from payments.models import (
    BillLine,
    Channel,
    CoverMonth,
    CreditedMonth,
    CreditRun,
    Discount,
    JournalEntry,
    JournalLine,
    Payment,
    PostAgent,
    ReversalReason,
)
from payments.services.credit_runs import carry_on, grant_discount_credit
from payments.services.discount_credit import (
    credit_late_payers,
    credit_next_batch,
    plan_discount_credit,
    take_back_credit,
)
from payments.services.outcomes import Posted, Refused, Reversed
from payments.services.posting import pay
from payments.services.reversal import ReverseCommand, reverse
from payments.services.tariff_changes import propose_change
from payments.tariff_drafts import TariffTable, Withdrawal
from payments.tasks import credit_late_discounts, grant_discount_credits
from perisai.models import Role
from tests.factories.payments import (
    bill_for,
    cared_for_member,
    command_for,
    paid,
    taker,
)
from tests.factories.perisai import UserFactory
from tests.payments.counters import new_key
from tests.payments.later_law import (
    CODE,
    JANUARY,
    JULY,
    broken_checks,
    credit_of,
    law,
    record,
    seller,
)
from tests.payments.ledger import balances, months_of
from tests.statements import counted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("later_law")]


@pytest.mark.parametrize("again", [carry_on, credit_late_payers])
def test_nothing_is_given_twice(outlet: PostAgent, again: Any) -> None:
    seller(outlet)
    record(law())
    carry_on(JULY)
    before = JournalLine.objects.count(), CreditedMonth.objects.count()

    again(JULY)
    CreditRun.objects.update(credited_to=None, credited_at=None, covered_to=None, done_at=None)
    carry_on(JULY)

    assert (JournalLine.objects.count(), CreditedMonth.objects.count()) == before


def test_second_gift_of_a_discount_names_its_first_month(outlet: PostAgent) -> None:
    member = seller(outlet, months=6)
    stale = bill_for(member, months=2, now=JULY)
    record(law(), now=JULY)
    grant_discount_credit(CODE, now=JULY, most=1)
    # She pays the old quote, of July and August at full price, before the worker goes on.
    assert isinstance(pay(command_for(stale, outlet, paid_at=JULY), now=JULY), Posted)

    assert credit_late_payers(JULY).amount == 16_800

    first = CoverMonth.objects.get(member=member, month=date(2026, 7, 1))
    references = JournalEntry.objects.filter(kind="discount_credit").order_by("pk")
    assert list(references.values_list("reference", flat=True)) == [
        f"discount:{CODE}:{member.pk}",
        f"discount:{CODE}:{member.pk}:{first.pk}",
    ]
    assert credit_of(member) == 42_000
    assert broken_checks() == []


def test_covering_at_once_is_a_setting(outlet: PostAgent, settings: Any) -> None:
    settings.CARRY_AUTO_POST = False
    member = seller(outlet)
    record(law())
    grant_discount_credits()

    assert credit_of(member) == 25_200
    assert CreditRun.objects.get(code=CODE).done_at is not None
    assert not Payment.objects.filter(channel=Channel.CREDIT).exists()


def test_run_goes_on_where_it_stopped(outlet: PostAgent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payments.services.discount_credit.BATCH", 1)
    members = [seller(outlet) for _ in range(3)]
    record(law())

    first = credit_next_batch(CODE, now=JULY)
    assert first is not None
    assert (first.members, first.months, first.amount) == (1, 3, 25_200)
    carry_on(JULY)

    run = CreditRun.objects.get(code=CODE)
    assert (run.members, run.amount, run.covered) == (3, 75_600, 3)
    assert run.done_at == JULY
    assert [credit_of(member) for member in members] == [0, 0, 0]
    assert credit_next_batch(CODE, now=JULY) is None


def test_batch_costs_the_same_for_one_member_and_for_many(
    outlet: PostAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        seller(outlet)
    record(law())
    plan_discount_credit(CODE, now=JULY)  # the rate book is read once per process
    costs = []
    for size in (1, 5):
        monkeypatch.setattr("payments.services.discount_credit.BATCH", size)
        with counted() as statements:
            given = credit_next_batch(CODE, now=JULY)
        assert given is not None
        assert given.members == size
        costs.append(len(statements))

    assert costs == [9, 9]


@time_machine.travel(JULY, tick=False)
def test_command_says_gives_and_says_again(outlet: PostAgent) -> None:
    member = seller(outlet)
    record(law())

    def said(*arguments: str) -> str:
        out = StringIO()
        call_command("grant_discount_credit", *arguments, stdout=out)
        return out.getvalue()

    assert "would give 25200 rupiah to 1 members for 3 months" in said(CODE, "--dry-run")
    assert credit_of(member) == 0
    assert plan_discount_credit(CODE, now=JULY).amount == 25_200
    assert "gave 25200 rupiah to 1 members, covered 1" in said(CODE)
    assert "gave 0 rupiah to 0 members" in said(CODE, "--again")
    for arguments in (["tidak_ada"], ["tidak_ada", "--again"], ["tidak_ada", "--dry-run"]):
        with pytest.raises(CommandError, match="no such discount"):
            said(*arguments)
    assert list(CreditRun.objects.values_list("code", flat=True)) == [CODE]


def test_run_that_fails_holds_none_of_those_behind_it_up(outlet: PostAgent) -> None:
    seller(outlet)
    CreditRun.objects.create(code="tidak_ada", asked_at=JANUARY)
    record(law())

    assert carry_on(JULY) == 2

    assert CreditRun.objects.get(code=CODE).done_at == JULY
    assert CreditRun.objects.get(code="tidak_ada").done_at is None


def test_discount_that_gave_credit_is_not_withdrawn(outlet: PostAgent) -> None:
    seller(outlet, months=3)
    record(law(month_from=date(2026, 2, 1), month_to=date(2026, 3, 1)))
    credit_next_batch(CODE, now=JULY)
    assert not BillLine.objects.filter(discount_code=CODE).exists()

    with pytest.raises(TariffRowUsed):
        propose_change(
            Withdrawal(table=TariffTable.DISCOUNT, code=CODE),
            source="keliru",
            by=UserFactory.create(role=Role.NATIONAL),
            now=JULY,
        )
    with pytest.raises(IntegrityError, match="row is used"), transaction.atomic():
        Discount.objects.filter(code=CODE).delete()


def take_back(payment: Payment, outlet: PostAgent, *, at: datetime) -> object:
    """The counter's own reversal, in its window."""
    command = ReverseCommand(
        taker=taker(outlet),
        key=new_key(),
        target=payment.reference,
        reason=ReversalReason.WRONG_MEMBER,
    )
    return reverse(command, now=at)


def test_reversed_payment_takes_its_credit_back(outlet: PostAgent) -> None:
    member = seller(outlet)
    soon = JANUARY + timedelta(hours=1)
    record(law(), now=soon)
    credit_next_batch(CODE, now=soon)
    assert credit_of(member) == 25_200
    payment = Payment.objects.get()

    assert isinstance(take_back(payment, outlet, at=soon), Reversed)

    assert credit_of(member) == 0
    assert set(balances().values()) == {0}
    entry = JournalEntry.objects.get(reference=f"reversal:{payment.pk}:{member.pk}")
    assert {line.account_id: line.amount for line in entry.lines.all()} == {
        2100: -15_000,
        2110: -10_200,
        2200: 25_200,
    }
    assert broken_checks() == []


def test_credit_of_months_that_paid_later_ones_holds_the_reversal_back(outlet: PostAgent) -> None:
    seller(outlet)
    payment, soon = Payment.objects.get(), JANUARY + timedelta(hours=1)
    record(law(), now=soon)
    carry_on(soon)
    assert Payment.objects.filter(channel=Channel.CREDIT).exists()

    refused = take_back(payment, outlet, at=soon)

    assert isinstance(refused, Refused)
    assert refused.code == ReversalBlockedByLaterPayment.code
    assert broken_checks() == []


def test_month_that_is_paid_again_is_credited_for_itself_alone(outlet: PostAgent) -> None:
    member = cared_for_member()
    stale = bill_for(member, months=6, now=JANUARY)
    payment, soon = paid(member, outlet, now=JANUARY), JANUARY + timedelta(hours=1)
    record(law(month_from=date(2026, 1, 1)), now=soon)
    credit_next_batch(CODE, now=soon)
    assert isinstance(take_back(payment, outlet, at=soon), Reversed)
    assert isinstance(pay(command_for(stale, outlet, paid_at=soon), now=soon), Posted)

    assert credit_late_payers(soon).amount == 6 * 8_400
    assert credit_of(member) == 6 * 8_400
    assert broken_checks() == []


def test_payment_without_credited_months_has_nothing_to_give_back(outlet: PostAgent) -> None:
    seller(outlet)
    payment = Payment.objects.get()
    with counted() as statements:
        assert take_back_credit(payment.pk, actor="system", now=JULY) == 0
    assert len(statements) == 1


@pytest.mark.parametrize("covers", [True, False])
def test_old_bill_that_is_paid_after_the_run_is_credited_in_the_night(
    outlet: PostAgent, settings: Any, *, covers: bool
) -> None:
    settings.CARRY_AUTO_POST = covers
    member = cared_for_member()
    stale = bill_for(member, now=JULY)
    record(law())
    carry_on(JULY)
    assert isinstance(pay(command_for(stale, outlet, paid_at=JULY), now=JULY), Posted)
    assert credit_of(member) == 0

    with time_machine.travel(JULY + timedelta(hours=15)):
        credit_late_discounts()

    assert months_of(member) == ["2026-07", *(["2026-08"] if covers else [])]
    assert credit_of(member) == (0 if covers else 8_400)
    assert broken_checks() == []


def test_night_looks_at_what_was_paid_in_these_days_alone(outlet: PostAgent) -> None:
    member = seller(outlet)
    record(law())

    assert credit_late_payers(JULY).amount == 0
    assert credit_late_payers(JANUARY + timedelta(days=6)).amount == 0
    assert credit_of(member) == 0
