"""check_money: each claim is seen to break when its fault is planted past the triggers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from payments.models import JournalEntry, Payment, Reversal
from payments.services.checks import CHECKS, UnknownCheck, run_checks
from payments.services.outcomes import Reversed
from payments.services.reversal import reverse
from perisai.models import OutboxMessage, PurgeRun
from tests.factories.payments import (
    NOW,
    PostAgentFactory,
    cared_for_member,
    paid,
    reversal_of,
)
from tests.payments.ledger import give_credit
from tests.statements import run_sql

pytestmark = pytest.mark.django_db


GUARDED = (
    "payments_bill",
    "payments_billline",
    "payments_payment",
    "payments_covermonth",
    "payments_creditedmonth",
    "payments_idempotencykey",
    "payments_journalentry",
    "payments_journalline",
    "payments_latemoney",
    "payments_release",
    "payments_reservedcode",
    "payments_reversal",
)


@contextmanager
def behind_the_triggers() -> Iterator[None]:
    """None of our triggers guards the block, as for somebody with the owner's rights."""
    run_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for table in GUARDED:
        run_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    for table in GUARDED:
        run_sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def broken() -> dict[str, tuple[str, ...]]:
    """The claims that do not hold, with what breaks them."""
    return {result.code: result.first_ids for result in run_checks() if result.breaks}


@pytest.fixture
def payment() -> Payment:
    """Three months, paid and in order, and a second member's one."""
    outlet = PostAgentFactory.create()
    paid(cared_for_member(), outlet)
    found = paid(cared_for_member(), outlet, months=3)
    assert broken() == {}
    return found


# Each fault with exactly the claims that it breaks: `P` is the payment's id, `M` its member's,
# `E` its entry's, `B` its bill's.
FAULTS: list[tuple[str, set[str]]] = [
    ("UPDATE payments_journalline SET amount = 1 WHERE entry_id = E AND account_id = 1100",
     {"I1", "I2", "I3", "I8"}),
    ("DELETE FROM payments_journalline WHERE entry_id = E", {"I2", "I3", "I5", "I8"}),
    ("DELETE FROM payments_journalaccount WHERE code = 2110", {"I2"}),
    ("UPDATE payments_journalline SET partner_id = 0 WHERE entry_id = E AND account_id = 1100",
     {"I2", "I8"}),
    ("UPDATE payments_journalline SET account_id = 2120 WHERE entry_id = E AND account_id = 2110",
     {"I3", "I5"}),
    ("UPDATE payments_payment SET amount = 1 WHERE id = 'P'", {"I3", "I8", "I9"}),
    ("UPDATE payments_journalentry SET payment_id = NULL WHERE id = E", {"I3"}),
    ("UPDATE payments_bill SET total = total + 1, payable = payable + 1 WHERE id = 'B'", {"I3"}),
    ("DELETE FROM payments_billline WHERE bill_id = 'B' AND month = '2027-01-01'", {"I3"}),
    ("UPDATE payments_payment SET reversed_at = now() WHERE id = 'P'", {"I4", "I8", "I10"}),
    ("UPDATE payments_covermonth SET reversed_at = now() WHERE payment_id = 'P'"
     " AND month = '2027-01-01'", {"I4", "I5", "I6"}),
    ("UPDATE payments_covermonth SET jkk = jkk + 1 WHERE payment_id = 'P'", {"I3", "I5"}),
    ("UPDATE enrollment_member SET paid_through = '2027-02-01' WHERE id = 'M'", {"I6"}),
    ("UPDATE enrollment_member SET episode_no = 2 WHERE id = 'M'", {"I6"}),
    ("UPDATE enrollment_member SET episode_started_on = '2026-11-19' WHERE id = 'M'", {"I6"}),
    ("UPDATE payments_covermonth SET month = '2026-10-01' WHERE payment_id = 'P'"
     " AND month = '2026-12-01'", {"I7"}),
    ("UPDATE payments_covermonth SET episode_no = 2 WHERE payment_id = 'P'"
     " AND month = '2026-11-01'", {"I6", "I7"}),
    ("UPDATE payments_journalline SET partner_id = (SELECT max(id) FROM payments_paymentpartner)"
     " WHERE entry_id = E AND account_id = 1100", {"I8"}),
    ("UPDATE payments_idempotencykey SET fingerprint = sha256('x') WHERE payment_id = 'P'",
     {"I9"}),
    ("UPDATE payments_idempotencykey SET outcome = '' WHERE payment_id = 'P'", {"I9"}),
    ("UPDATE payments_idempotencykey SET payment_id = NULL WHERE payment_id = 'P'", {"I9"}),
    ("DELETE FROM payments_idempotencykey WHERE payment_id = 'P'", {"I9"}),
    ("DELETE FROM perisai_outboxmessage WHERE subject_id = 'P'", {"I10"}),
    ("WITH e AS (INSERT INTO payments_journalentry (kind, settlement_date, posted_at, reference,"
     " actor, payment_id) VALUES ('reversal', '2026-11-20', now(), '', 'system', 'P') RETURNING id)"
     " INSERT INTO payments_journalline (entry_id, line_no, account_id, amount)"
     " SELECT id, 1, 1200, 1 FROM e UNION ALL SELECT id, 2, 1200, -1 FROM e", {"I4"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "claims"),
    FAULTS,
    ids=lambda value: value[:70] if isinstance(value, str) else " ".join(sorted(value)),
)
def test_planted_fault_breaks_its_claims_and_no_other(
    fault: str, claims: set[str], payment: Payment
) -> None:
    PostAgentFactory.create()  # a partner that took nothing
    names = {
        "'P'": f"'{payment.pk}'",
        "'B'": f"'{payment.bill_id}'",
        "'M'": f"'{payment.cover_months.all()[0].member_id}'",
        "= E": f"= {JournalEntry.objects.get(payment=payment).pk}",
    }
    for name, value in names.items():
        fault = fault.replace(name, value)

    with behind_the_triggers():
        run_sql(fault)

    assert broken().keys() == claims


def test_every_claim_has_a_planted_fault() -> None:
    assert {claim for _fault, claims in FAULTS for claim in claims} == {
        check.code for check in CHECKS
    }


def test_first_ids_name_what_is_broken(payment: Payment) -> None:
    with behind_the_triggers():
        OutboxMessage.objects.filter(subject_id=payment.pk).delete()

    assert broken() == {"I10": (str(payment.pk),)}


def test_event_that_the_purge_ended_is_not_missed_a_younger_one_is(payment: Payment) -> None:
    with behind_the_triggers():
        OutboxMessage.objects.filter(subject_id=payment.pk).delete()
    ago = {"purge": "messages", "rows": 1, "left": 0, "seconds": 1.0}
    PurgeRun.objects.create(before=payment.posted_at - timedelta(days=8), **ago)
    assert set(broken()) == {"I10"}
    PurgeRun.objects.create(before=payment.posted_at - timedelta(days=6), **ago)
    assert broken() == {}


def test_month_that_is_active_twice_is_no_whole_cover(payment: Payment) -> None:
    run_sql("SET CONSTRAINTS ALL IMMEDIATE")
    run_sql("DROP INDEX cover_month_once_per_member")
    twin = payment.cover_months.all()[0]
    twin.pk, twin.jkk, twin.jkm = None, 0, 0
    twin.save(force_insert=True)

    assert set(broken()) == {"I7"}


def test_credit_below_nothing_is_a_broken_claim() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    give_credit(member, 100, outlet.partner)
    assert broken() == {}

    give_credit(member, -101, outlet.partner)

    assert broken().keys() == {"I3", "I8", "I9"}  # nothing explains where it went
    assert broken()["I9"] == (str(member.pk),)


@pytest.fixture
def reversed_payment(payment: Payment) -> Payment:
    """The three months, taken back by the counter, in order."""
    assert isinstance(reverse(reversal_of(payment), now=NOW), Reversed)
    assert broken() == {}
    return payment


# Of a payment that was taken back: `P` is its id, `M` its member's, `E` its mirror's.
FAULTS_OF_REVERSALS: list[tuple[str, set[str]]] = [
    ("DELETE FROM payments_reversal WHERE payment_id = 'P'", {"I4"}),
    ("UPDATE payments_reversal SET payment_id = NULL WHERE payment_id = 'P'", {"I4"}),
    ("UPDATE payments_reversal SET reference = 'LAIN' WHERE payment_id = 'P'", {"I4"}),
    ("UPDATE payments_payment SET reversed_at = NULL WHERE id = 'P'", {"I4", "I8", "I9"}),
    ("UPDATE payments_covermonth SET reversed_at = NULL WHERE payment_id = 'P'"
     " AND month = '2026-11-01'", {"I4", "I5", "I6"}),
    ("UPDATE payments_journalentry SET reverses_id = NULL WHERE id = E", {"I4"}),
    ("UPDATE payments_journalline SET account_id = 2120 WHERE entry_id = E AND account_id = 2110",
     {"I4", "I5"}),
    ("UPDATE payments_journalline SET amount = amount * 2 WHERE entry_id = E",
     {"I4", "I5", "I8"}),
    ("INSERT INTO payments_journalline (entry_id, line_no, account_id, amount)"
     " VALUES (E, 9, 2120, 1), (E, 10, 1200, -1)", {"I4", "I5"}),
    ("UPDATE payments_idempotencykey SET payment_id = NULL WHERE operation = 'reverse'", {"I9"}),
    ("UPDATE payments_idempotencykey SET fingerprint = sha256('x') WHERE operation = 'reverse'",
     {"I9"}),
    ("UPDATE payments_idempotencykey SET outcome = 'recorded' WHERE operation = 'reverse'",
     {"I9"}),
    ("DELETE FROM perisai_outboxmessage WHERE subject_id = 'P' AND kind = 'payment.reversed'",
     {"I10"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "claims"),
    FAULTS_OF_REVERSALS,
    ids=lambda value: value[:70] if isinstance(value, str) else " ".join(sorted(value)),
)
def test_planted_fault_in_a_reversal_breaks_its_claims_and_no_other(
    fault: str, claims: set[str], reversed_payment: Payment
) -> None:
    mirror = JournalEntry.objects.get(kind="reversal")
    names = {"'P'": f"'{reversed_payment.pk}'", "= E": f"= {mirror.pk}", "(E,": f"({mirror.pk},"}
    for name, value in names.items():
        fault = fault.replace(name, value)

    with behind_the_triggers():
        run_sql(fault)

    assert broken().keys() == claims


def test_mirror_of_a_payment_that_stands_is_a_broken_claim(payment: Payment) -> None:
    entry = JournalEntry.objects.get(payment=payment)
    JournalEntry.objects.create(
        kind="reversal",
        payment=payment,
        reverses=entry,
        settlement_date=entry.settlement_date,
        posted_at=entry.posted_at,
        actor="system",
    )

    assert broken()["I4"] == (str(payment.pk),)


def test_tombstone_of_a_booked_payment_is_a_broken_claim(payment: Payment) -> None:
    Reversal.objects.create(partner=payment.partner, reference=payment.reference, reason="timeout")

    assert broken() == {"I4": (payment.reference,)}


def test_command_prints_each_check_and_is_content(payment: Payment) -> None:
    out = StringIO()

    call_command("check_money", stdout=out)

    lines = out.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == [f"I{number}" for number in range(1, 11)]
    assert all(line.endswith("ok") for line in lines)
    assert Payment.objects.count() == 2
    assert "payments_booked_once" in lines[2]
    assert payment.reversed_at is None


def test_command_fails_on_a_break_and_names_it(payment: Payment) -> None:
    with behind_the_triggers():
        OutboxMessage.objects.filter(subject_id=payment.pk).delete()
    out = StringIO()

    with pytest.raises(CommandError, match="broken: I10") as failed:
        call_command("check_money", stdout=out, only="I9,I10", json=True)

    found: list[dict[str, Any]] = json.loads(out.getvalue())
    assert failed.value.returncode == 1
    assert [(one["code"], one["rows"], one["breaks"]) for one in found] == [
        ("I9", 2 + 0, 0),
        ("I10", 2, 1),
    ]
    assert found[1]["first_ids"] == [str(payment.pk)]


def test_command_refuses_a_check_that_there_is_not() -> None:
    with pytest.raises(CommandError, match="no such check: I11"):
        call_command("check_money", only="I11")
    with pytest.raises(UnknownCheck):
        run_checks(["I0"])


def test_checks_write_nothing(payment: Payment) -> None:
    run_sql("SET CONSTRAINTS ALL IMMEDIATE")  # what the test itself wrote is judged before
    run_sql("SET LOCAL transaction_read_only = on")

    assert broken() == {}
    assert list(Payment.objects.filter(pk=payment.pk)) == [payment]
