"""Opening cover: what imported members bring counts as covered, without money (R14, R30)."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from enrollment.cover import CoverKind
from enrollment.models import Member
from payments.models import BillLine, CoverMonth, OpeningCover
from payments.services.checks import run_checks
from payments.services.opening import import_opening
from payments.services.outcomes import Refused
from payments.services.posting import pay
from perisai.models import ImportRun, StagedRow
from tests.factories.payments import (
    NOW,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    command_for,
    imported_member,
    paid,
)
from tests.factories.perisai import AgentFactory, ImportRunFactory
from tests.payments.ledger import money_rows, months_of
from tests.statements import counted, run_sql

pytestmark = pytest.mark.django_db


def broken() -> set[str]:
    return {result.code for result in run_checks() if result.breaks}


def staged(run: ImportRun, member: Member, **columns: Any) -> None:
    columns |= {"agent_id": str(member.agent_id)}
    StagedRow.objects.create(run=run, line=2, subject_id=member.pk, columns=columns)


def test_import_keeps_the_opening_and_shows_it_on_the_member() -> None:
    run = ImportRunFactory.create()
    covered, unpaid, other = (cared_for_member() for _ in range(3))
    staged(
        run,
        covered,
        paid_through="2026-08-01",
        episode_no=2,
        episode_started_on="2025-02-10",
        months_with_agent=19,
    )
    StagedRow.objects.create(run=run, line=3, subject_id=unpaid.pk, columns={"paid_through": None})
    staged(ImportRunFactory.create(), other, paid_through="2026-08-01", episode_no=1)

    with counted() as statements:
        kept = import_opening(run.pk)

    assert (kept, len(statements)) == (1, 2)
    opening = OpeningCover.objects.get()
    assert (opening.member_id, opening.run_id) == (covered.pk, run.pk)
    assert (opening.agent_id, opening.months_with_agent) == (covered.agent_id, 19)
    covered.refresh_from_db()
    assert covered.paid_through == date(2026, 8, 1)
    assert (covered.episode_no, covered.episode_started_on) == (2, date(2025, 2, 10))
    unpaid.refresh_from_db()
    other.refresh_from_db()
    assert (unpaid.paid_through, other.paid_through) == (None, None)
    assert broken() == set()


def test_payment_goes_on_from_the_opening_and_counts_on_for_the_agent() -> None:
    """R7 and R30: the next month is November, the twenty-first of this agent."""
    member = imported_member()

    paid(member, PostAgentFactory.create(), months=2)

    assert months_of(member) == ["2026-11", "2026-12"]
    first = CoverMonth.objects.filter(member=member).order_by("month")[0]
    assert (first.episode_no, first.agent_month_no) == (1, 21)
    assert (member.paid_through, member.episode_started_on) == (
        date(2026, 12, 1),
        date(2025, 3, 12),
    )
    assert broken() == set()


def test_months_before_the_import_are_not_those_of_another_agent() -> None:
    member = imported_member()
    member.assignments.update(agent=AgentFactory.create())

    paid(member, PostAgentFactory.create())

    assert CoverMonth.objects.get(member=member).agent_month_no == 1


def test_payment_after_a_lapse_of_imported_cover_begins_the_next_episode() -> None:
    """R17: through May 2026, pays in November: episode 3, from November on."""
    member = imported_member(paid_through=date(2026, 5, 1), episode_no=2)

    payment = paid(member, PostAgentFactory.create())

    assert BillLine.objects.get(bill=payment.bill_id).kind == CoverKind.REENTRY
    assert (member.episode_no, member.paid_through) == (3, date(2026, 11, 1))
    assert member.episode_started_on == date(2026, 11, 20)
    assert broken() == set()


def test_opening_without_a_first_day_takes_that_of_the_first_payment() -> None:
    member = imported_member(episode_started_on=None)
    assert broken() == set()

    paid(member, PostAgentFactory.create())

    assert member.episode_started_on == date(2026, 11, 20)
    assert broken() == set()


def test_reversal_of_all_that_was_paid_leaves_the_opening() -> None:
    """The fold after a reversal never goes below what was brought in."""
    member = imported_member()
    payment = paid(member, PostAgentFactory.create())
    payment.cover_months.update(reversed_at=payment.posted_at)
    assert "I6" in broken()

    Member.objects.filter(pk=member.pk).update(
        paid_through=date(2026, 10, 1), episode_started_on=date(2025, 3, 12)
    )

    assert not broken() & {"I6", "I7"}


def test_bill_for_months_that_the_opening_covers_is_refused_at_posting() -> None:
    """A bill from before the opening, as a restored row might be: nothing is booked twice."""
    member = cared_for_member()
    bill = bill_for(member, months=3)
    OpeningCover.objects.create(
        member=member, run=ImportRunFactory.create(), paid_through=date(2026, 11, 1), episode_no=1
    )
    before = money_rows()

    outcome = pay(command_for(bill, PostAgentFactory.create()), now=NOW)

    assert isinstance(outcome, Refused)
    assert outcome.code == "already_paid"
    assert money_rows() == before


@pytest.mark.parametrize("change", ["UPDATE {} SET episode_no = 2", "DELETE FROM {}"])
def test_opening_is_a_fact(change: str) -> None:
    imported_member()

    with pytest.raises(IntegrityError, match="keeps its rows"), transaction.atomic():
        run_sql(change.format("payments_openingcover"))

    assert OpeningCover.objects.get().episode_no == 1


# Each fault, planted past the triggers, with the claims that it breaks.
FAULTS: list[tuple[str, set[str]]] = [
    ("UPDATE payments_openingcover SET paid_through = '2026-11-01'", {"I7"}),
    ("UPDATE payments_openingcover SET paid_through = '2026-09-01'", {"I7"}),
    ("UPDATE payments_openingcover SET paid_through = '2026-12-01'", {"I6", "I7"}),
    ("UPDATE payments_openingcover SET episode_no = 2", {"I6", "I7"}),
    ("UPDATE payments_openingcover SET episode_started_on = '2025-03-11'", {"I6"}),
    ("DELETE FROM payments_openingcover", {"I6"}),
    ("UPDATE payments_covermonth SET month = '2026-10-01'", {"I6", "I7"}),
    ("UPDATE payments_covermonth SET month = '2026-09-01'", {"I6", "I7"}),
]


@pytest.mark.parametrize(("fault", "claims"), FAULTS, ids=[fault[:70] for fault, _ in FAULTS])
def test_planted_fault_of_an_opening_is_found(fault: str, claims: set[str]) -> None:
    paid(imported_member(), PostAgentFactory.create())
    assert broken() == set()

    run_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for table in ("payments_openingcover", "payments_covermonth"):
        run_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    run_sql(fault)

    assert broken() == claims


def test_member_of_an_opening_alone_must_show_it() -> None:
    member = imported_member()
    assert broken() == set()

    Member.objects.filter(pk=member.pk).update(episode_no=F("episode_no") + 1)

    assert broken() == {"I6"}
