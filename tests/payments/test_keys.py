"""Keys of callers stay for ever: none goes, and what names a payment never changes."""

import pytest
from django.db import DatabaseError, transaction

from payments.services.late_notices import AlreadyBooked
from payments.services.late_posting import post_late
from payments.services.outcomes import Posted, Refused
from payments.services.posting import pay
from tests.factories.payments import NOW, PostAgentFactory, bill_for, cared_for_member, command_for
from tests.payments.late import LATER, booked, notice_of
from tests.payments.ledger import outcome_of
from tests.statements import run_sql

pytestmark = pytest.mark.django_db

RESTRICT_VIOLATION = "23001"
OWN = (
    "key = 'kunci-lain'",
    "caller = 'system'",
    "operation = 'bill'",
    "created_at = created_at - interval '1 day'",
)
SAID = (
    "fingerprint = sha256('x')",
    "outcome = 'already_paid'",
    "payment_id = NULL",
    "bill_id = NULL",
    """context = '{"expected": 1}'""",
)
GONE = "DELETE FROM payments_idempotencykey"
REWRITTEN = "UPDATE payments_idempotencykey SET "


def refusal_of_database(statement: str) -> str | None:
    """The SQLSTATE with which a statement on the keys is refused."""
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        run_sql(statement)
    return getattr(refused.value.__cause__, "sqlstate", None)


@pytest.mark.parametrize("statement", [GONE, *(REWRITTEN + change for change in OWN + SAID)])
def test_key_of_a_payment_is_final(statement: str) -> None:
    command = command_for(bill_for(cared_for_member()), PostAgentFactory.create())
    assert isinstance(pay(command, now=NOW), Posted)

    assert refusal_of_database(statement) == RESTRICT_VIOLATION
    assert outcome_of(command.key) == "posted"


@pytest.mark.parametrize("statement", [GONE, *(REWRITTEN + change for change in OWN)])
def test_key_of_a_refusal_stays_its_callers(statement: str) -> None:
    bill = bill_for(cared_for_member())
    command = command_for(bill, PostAgentFactory.create(), amount=1)
    assert isinstance(pay(command, now=NOW), Refused)

    assert refusal_of_database(statement) == RESTRICT_VIOLATION
    assert outcome_of(command.key) == "amount_mismatch"


def test_file_that_names_a_booked_payment_leaves_another_attempts_refusal_alone() -> None:
    outlet = PostAgentFactory.create()
    bill = bill_for(cared_for_member())
    attempt = command_for(bill, outlet, amount=1)
    refused = pay(attempt, now=NOW)
    posted = pay(command_for(bill, outlet, reference=attempt.key), now=NOW)
    assert isinstance(posted, Posted)

    known = post_late(notice_of(outlet.partner, bill.code, 8_400, reference=attempt.key), now=LATER)

    assert known == AlreadyBooked(payment_id=posted.payment_id, is_same_amount=True)
    assert (
        pay(attempt, now=NOW)
        == refused
        == Refused(code="amount_mismatch", context={"expected": 8_400})
    )


def test_taken_money_still_takes_the_place_of_its_own_refusal() -> None:
    outlet = PostAgentFactory.create()
    bill = bill_for(cared_for_member())
    attempt = command_for(bill, outlet, amount=1)
    pay(attempt, now=NOW)

    booked(notice_of(outlet.partner, bill.code, 8_400, reference=attempt.key))

    assert outcome_of(attempt.key) == "posted"
