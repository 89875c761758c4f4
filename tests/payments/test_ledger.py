"""The ledger guards itself: nothing is rewritten, every entry adds up."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from payments.models import (
    Account,
    JournalEntry,
    JournalLine,
    PostAgent,
)
from tests.factories.payments import (
    NOW,
    PostAgentFactory,
    cared_for_member,
    paid,
)
from tests.payments.ledger import balances, money_rows
from tests.statements import run_sql

pytestmark = pytest.mark.django_db
RESTRICT_VIOLATION = "23001"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments_payment SET amount = 1",
        "UPDATE payments_covermonth SET jkk = 1",
        "UPDATE payments_journalline SET amount = 1",
        "UPDATE payments_journalentry SET actor = 'x'",
        "UPDATE payments_bill SET total = 1, payable = 1",
        "UPDATE payments_billline SET jkk = 1",
        "DELETE FROM payments_payment",
        "DELETE FROM payments_covermonth",
        "DELETE FROM payments_journalline",
        "DELETE FROM payments_journalentry",
        "DELETE FROM payments_bill",
        "DELETE FROM payments_billline",
    ],
)
def test_money_is_never_rewritten(statement: str) -> None:
    paid(cared_for_member(), PostAgentFactory.create())
    rows = money_rows()

    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        run_sql(statement)

    assert getattr(refused.value.__cause__, "sqlstate", None) == RESTRICT_VIOLATION
    assert money_rows() == rows
    assert balances()[Account.PARTNER_RECEIVABLE] == 8_400


def test_entry_out_of_balance_cannot_be_committed() -> None:
    outlet = PostAgentFactory.create()

    with pytest.raises(IntegrityError, match="does not sum to zero"), transaction.atomic():
        commit_one_sided_entry(outlet)

    assert JournalEntry.objects.count() == 0


def commit_one_sided_entry(outlet: PostAgent) -> None:
    """A debit without its credit, judged as at commit."""
    entry = JournalEntry.objects.create(
        kind="surplus", settlement_date=NOW.date(), posted_at=NOW, actor="system"
    )
    JournalLine.objects.create(
        entry=entry, line_no=1, account_id=1100, amount=1, partner=outlet.partner
    )
    run_sql("SET CONSTRAINTS ALL IMMEDIATE")
