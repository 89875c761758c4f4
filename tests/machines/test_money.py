"""No order of events loses or doubles money, or moves cover without it; broken code is caught.

`make test ARGS="tests/machines --hypothesis-profile long"` tries many more examples.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import IntegrityError
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from payments.services import posting_statements, reversal_statements
from payments.services.idempotency import Claim, Earlier, claim_key
from payments.services.look import Look
from perisai.ids import new_id
from tests.machines import effects
from tests.machines.effects import EFFECTS
from tests.machines.merge_steps import merge
from tests.machines.money_machine import MoneyMachine
from tests.statements import run_sql

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
Break = Callable[[pytest.MonkeyPatch], None]
SELDOM = ("bridge", "refusal", "merge", "merge of credit", "number of a merged row")
"""Rules that need much beforehand: always skipped, they would prove nothing."""


def test_no_order_of_events_loses_or_doubles_money() -> None:
    assert settings.default is not None
    examples = settings.default.max_examples // 6  # each has thirty steps
    steps = settings(max_examples=examples, stateful_step_count=30)

    run_state_machine_as_test(MoneyMachine, settings=steps)


class Unwatched(MoneyMachine):
    """The same rules, without the look at every row after each of them."""

    check_money_is_clean = rows_agree_with_the_model = None  # type: ignore[assignment]  # no invariant any more


def test_seldom_rules_take_effect_in_its_runs() -> None:
    EFFECTS.clear()
    steps = settings(
        max_examples=10,
        stateful_step_count=40,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
    )

    run_state_machine_as_test(Unwatched, settings=steps)

    assert {rule: bool(EFFECTS[rule]) for rule in SELDOM} == dict.fromkeys(SELDOM, True)


def test_row_that_was_brought_in_twice_ends_as_the_model_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Chance rarely makes these two meet: a sponsor pays for who is covered a month less."""
    monkeypatch.setattr(effects, "event", lambda _words: None)  # no example of Hypothesis's
    machine = MoneyMachine()
    steps = machine.steps
    kept, lost = steps.bring_in(), steps.bring_in(is_sponsored=True)
    steps.give_credit(lost, 3_400, 0)
    try:
        assert not merge(steps, kept, lost, at=3)  # it has a month that the other one lacks
        assert merge(steps, lost, kept, at=9)
        must_agree(machine)
        code = steps.bill(steps.order(steps.office, [kept], 2))
        assert code is not None
        assert steps.pay(steps.command(code, 0)) == "posted"
        must_agree(machine)
    finally:
        machine.teardown()


def test_slips_end_as_the_model_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chance draws few slips: paid too much, taken back, late and too little, billed first."""
    monkeypatch.setattr(effects, "event", lambda _words: None)  # no example of Hypothesis's
    machine = MoneyMachine()
    steps, slips = machine.steps, machine.slips
    try:
        slips.pay(3, 0, at=6)
        slips.bring_form(slips.waiting()[0], 1, at=9)
        must_agree(machine)
        command = slips.commands.pop()
        assert steps.pay(replace(command, advice=True)) == "replayed"
        back = steps.reversal(command.reference, steps.outlets[0])
        assert steps.take_back(back) == "reversed"
        slips.pay(1, 2, at=40)
        slips.take_back(slips.waiting()[0])
        must_agree(machine)
        slips.pay_late(2, 3_400, 1)
        slips.bring_form(slips.waiting()[0], 2, at=40)
        must_agree(machine)
        slips.register(2, at=7)
        bill = slips.bills.pop()
        assert steps.pay(steps.command(bill, 1)) == "posted"
        must_agree(machine)
    finally:
        machine.teardown()


def must_agree(machine: MoneyMachine) -> None:
    """All checks of money, then every row beside the model."""
    machine.check_money_is_clean()
    machine.rows_agree_with_the_model()


def leave_the_member_where_she_was(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(posting_statements, "MOVE_MEMBERS", "SELECT 1")


def book_another_programme(patch: pytest.MonkeyPatch) -> None:
    wrong = posting_statements.INSERT_JOURNAL.replace("2100, -sum(jkk)", "2120, -sum(jkk)")
    assert wrong != posting_statements.INSERT_JOURNAL
    patch.setattr(posting_statements, "INSERT_JOURNAL", wrong)


def book_one_rupiah_less(patch: pytest.MonkeyPatch) -> None:
    wrong = posting_statements.INSERT_JOURNAL.replace("-sum(jkm)", "1 - sum(jkm)")
    assert wrong != posting_statements.INSERT_JOURNAL
    patch.setattr(posting_statements, "INSERT_JOURNAL", wrong)


def tell_nobody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("payments.services.posting.messages.queue", lambda *_said: None)


def forget_first_answers(patch: pytest.MonkeyPatch) -> None:
    def claim(asked: Claim) -> int | Earlier:
        return claim_key(replace(asked, key=f"{asked.key}-{new_id()}"))

    patch.setattr("payments.services.posting.claim_key", claim)


def look_away_without_constraints(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Look, "check", lambda _self, **_asked: None)
    run_sql("ALTER TABLE payments_payment DROP CONSTRAINT payment_once_per_bill")
    run_sql("DROP INDEX cover_month_once_per_member")


def forget_the_fold(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("payments.services.reversal.fold_members", lambda _ids: None)


def mirror_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reversal_statements, "MIRROR_ENTRIES", "SELECT 1")


@pytest.mark.parametrize(
    "break_it",
    [
        leave_the_member_where_she_was,
        book_another_programme,
        book_one_rupiah_less,
        tell_nobody,
        forget_first_answers,
        look_away_without_constraints,
        forget_the_fold,
        mirror_nothing,
    ],
    ids=lambda break_it: str(break_it.__name__).replace("_", " "),
)
def test_broken_service_is_caught(break_it: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    break_it(monkeypatch)
    quickly = settings(
        max_examples=60,
        stateful_step_count=40,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        report_multiple_bugs=False,
    )

    with pytest.raises((AssertionError, IntegrityError)):
        run_state_machine_as_test(MoneyMachine, settings=quickly)
