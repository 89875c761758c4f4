"""What the database lets an entry of a merge, and a mirror, be (R23, R12)."""

import pytest
from django.db import IntegrityError, transaction

from payments.models import JournalEntry, JournalLine, PostAgent
from tests.factories.payments import NOW, cared_for_member
from tests.payments.ledger import give_credit
from tests.payments.merges import Pair, decider_of, merge_rows, two_rows
from tests.statements import run_sql

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair() -> Pair:
    """Twice the same person in one agent's care."""
    return two_rows()


def test_entry_of_a_merge_names_the_row_and_nothing_else(pair: Pair, outlet: PostAgent) -> None:
    said = {"settlement_date": NOW.date(), "posted_at": NOW, "actor": "system"}
    said |= {"reference": str(pair[0].pk), "reverses": give_credit(pair[0], 500, outlet.partner)}
    with pytest.raises(IntegrityError, match="names_the_row"), transaction.atomic():
        JournalEntry.objects.create(kind="merge", **said)


@pytest.mark.parametrize("reference", ["x", "0192F0E4-0000-7000-8000-000000000000"])
def test_entry_of_a_merge_names_a_member(reference: str) -> None:
    said = {"settlement_date": NOW.date(), "posted_at": NOW, "actor": "system"}
    with pytest.raises(IntegrityError, match="names_a_member"), transaction.atomic():
        JournalEntry.objects.create(kind="merge", reference=reference, **said)


@pytest.mark.parametrize(
    ("moves", "is_merged"),
    [
        ([("L", 2200, 500), ("W", 2200, -500)], False),
        ([("L", 2200, -500), ("W", 2200, 500)], True),
        ([("L", 2200, 500), ("O", 2200, -500)], True),
        ([("O", 2200, 500), ("W", 2200, -500)], True),
        ([("L", 2200, 500), ("W", 2300, -500)], True),
        ([("L", 2200, 500), ("W", 2200, -400), ("W", 2200, -100)], True),
    ],
    ids=["not merged", "the wrong way", "to another", "of another", "no credit", "in parts"],
)
def test_entry_of_a_merge_moves_credit_to_the_row_that_counts_or_is_refused_at_commit(
    *, moves: list[tuple[str, int, int]], is_merged: bool, pair: Pair
) -> None:
    if is_merged:
        merge_rows(*pair, by=decider_of(pair))
    named = {"L": pair[0], "W": pair[1], "O": cared_for_member()}
    said = {"settlement_date": NOW.date(), "posted_at": NOW, "actor": "system"}

    def commit() -> None:
        entry = JournalEntry.objects.create(kind="merge", reference=str(pair[0].pk), **said)
        for number, (who, account, amount) in enumerate(moves, start=1):
            JournalLine.objects.create(
                entry=entry, line_no=number, account_id=account, amount=amount, member=named[who]
            )
        run_sql("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match="moves no credit"), transaction.atomic():
        commit()


def test_reversal_without_payment_and_correction_is_refused() -> None:
    said = {"settlement_date": NOW.date(), "posted_at": NOW, "actor": "system"}
    with pytest.raises(IntegrityError, match="reversal_has_a_cause"), transaction.atomic():
        JournalEntry.objects.create(kind="reversal", **said)
