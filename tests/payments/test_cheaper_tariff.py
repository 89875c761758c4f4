"""A table or rate that becomes cheaper gives back what months were paid too much for (R9)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from enrollment.models import Member
from enrollment.programmes import Programme
from payments.errors import TariffRowUsed
from payments.models import (
    CreditedMonth,
    CreditRun,
    JournalEntry,
    PostAgent,
    ProgrammeRate,
    TariffBracket,
)
from payments.services.credit_runs import carry_on
from payments.services.discount_credit import credit_late_payers, credit_next_batch
from payments.services.outcomes import Posted
from payments.services.posting import pay
from payments.services.tariff_changes import propose_change
from payments.tariff import BracketRow, RateRow
from payments.tariff_drafts import BracketTable, TariffChange, TariffTable, Withdrawal
from perisai.models import Role
from tests.factories.payments import NOW, WIB, bill_for, cared_for_member, command_for, paid
from tests.factories.perisai import UserFactory
from tests.payments.later_law import broken_checks, credit_of, law, record
from tests.payments.ledger import months_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("later_law")]

NEW_YEAR = date(2027, 1, 1)
DECEMBER = datetime(2026, 12, 5, 9, tzinfo=WIB)
"""When most of these tests hear of what begins in January."""
OF_TABLE = "table:2027-01"


def table(*pairs: tuple[int, int]) -> BracketTable:
    """Pairs (from, base), valid from January."""
    rows = tuple(
        BracketRow(valid_from=NEW_YEAR, min_income=low, base_income=base) for low, base in pairs
    )
    return BracketTable(valid_from=NEW_YEAR, rows=rows)


CHEAPER = table((0, 800_000), (1_100_000, 1_000_000))
RATE = RateRow(programme=Programme.JKM, valid_from=NEW_YEAR, flat_amount=6_000)


def prepaid(outlet: PostAgent, *, income: int = 1_000_000) -> Member:
    """She paid November 2026 to October 2027: ten months of the new year."""
    member = cared_for_member(income_monthly=income)
    paid(member, outlet, months=12, now=NOW)
    return member


def lines_of(entry: JournalEntry) -> dict[int, int]:
    return {line.account_id: line.amount for line in entry.lines.all()}


def given() -> set[tuple[date, int, int]]:
    rows = CreditedMonth.objects.values_list("cover_month__month", "jkk", "jkm")
    return set(rows)


def test_cheaper_table_gives_back_and_covers(outlet: PostAgent) -> None:
    member = prepaid(outlet)
    record(CHEAPER, now=DECEMBER)
    carry_on(DECEMBER)

    entry = JournalEntry.objects.get(kind="discount_credit")
    assert entry.reference == f"{OF_TABLE}:{member.pk}"
    assert lines_of(entry) == {2100: 20_000, 2200: -20_000}
    assert {month for month, *_ in given()} == {date(2027, month, 1) for month in range(1, 11)}
    assert months_of(member)[-1] == "2027-11"
    assert credit_of(member) == 20_000 - 14_800
    assert broken_checks() == []


def test_lower_rate_gives_back(outlet: PostAgent) -> None:
    member = prepaid(outlet)
    record(RATE, now=DECEMBER)
    carry_on(DECEMBER)

    entry = JournalEntry.objects.get(kind="discount_credit")
    assert entry.reference == f"rate:JKM:2027-01:{member.pk}"
    assert lines_of(entry) == {2110: 8_000, 2200: -8_000}
    assert broken_checks() == []


def test_table_and_rate_give_each_its_part_once(outlet: PostAgent) -> None:
    member = prepaid(outlet)
    record(CHEAPER, now=DECEMBER)
    record(RATE, now=DECEMBER)
    for _ in range(2):
        for code in (OF_TABLE, "rate:JKM:2027-01"):
            CreditRun.objects.filter(code=code).update(
                credited_to=None, credited_at=None, done_at=None
            )
            credit_next_batch(code, now=DECEMBER)

    assert credit_of(member) == 10 * (2_000 + 800)
    assert broken_checks() == []


@pytest.mark.parametrize(
    "change",
    [
        table((0, 1_200_000)),
        RateRow(programme=Programme.JKK, valid_from=NEW_YEAR, basis_points=200),
    ],
)
def test_dearer_rows_give_nothing(outlet: PostAgent, change: TariffChange) -> None:
    prepaid(outlet)
    record(change, now=DECEMBER)
    carry_on(DECEMBER)

    assert not CreditedMonth.objects.exists()
    assert CreditRun.objects.get().done_at == DECEMBER


def test_rate_of_jht_gives_no_credit(outlet: PostAgent) -> None:
    prepaid(outlet)
    record(RateRow(programme=Programme.JHT, valid_from=NEW_YEAR, basis_points=100), now=DECEMBER)

    assert not CreditRun.objects.exists()


def test_months_under_a_discount_get_what_it_leaves_of_the_difference(outlet: PostAgent) -> None:
    record(law("setengah", month_from=NEW_YEAR, month_to=date(2027, 12, 1)), now=NOW)
    prepaid(outlet)
    record(CHEAPER, now=DECEMBER)
    credit_next_batch(OF_TABLE, now=DECEMBER)

    assert {(jkk, jkm) for _, jkk, jkm in given()} == {(1_000, 0)}


@pytest.mark.parametrize("table_first", [True, False])
def test_table_and_later_discount_come_to_the_same_in_either_order(
    outlet: PostAgent, *, table_first: bool
) -> None:
    member = prepaid(outlet)
    half = law("setengah", month_from=NEW_YEAR, month_to=date(2027, 12, 1))
    changes: list[tuple[str, TariffChange]] = [(OF_TABLE, CHEAPER), ("setengah", half)]
    if not table_first:
        changes.reverse()
    for code, change in changes:
        record(change, now=DECEMBER)
        credit_next_batch(code, now=DECEMBER)

    assert credit_of(member) == 10 * (6_000 + 3_400)
    assert broken_checks() == []


@pytest.mark.parametrize(("income_now", "each"), [(1_350_000, 2_000), (5_000_000, 1_000)])
def test_income_tells_the_new_bracket_and_one_that_moved_the_dearest(
    outlet: PostAgent, income_now: int, each: int
) -> None:
    member = prepaid(outlet, income=1_350_000)
    Member.objects.filter(pk=member.pk).update(income_monthly=income_now)
    split = table((0, 1_000_000), (1_300_000, 1_200_000), (1_400_000, 1_300_000))
    record(split, now=DECEMBER)
    credit_next_batch(OF_TABLE, now=DECEMBER)

    assert credit_of(member) == 10 * each


def test_who_paid_by_the_new_table_gets_nothing(outlet: PostAgent) -> None:
    shifted = table((0, 1_000_000), (1_300_000, 1_200_000), (2_000_000, 1_400_000))
    record(shifted, now=NOW)
    for income in (1_000_000, 1_350_000, 2_000_000):
        prepaid(outlet, income=income)
    credit_next_batch(OF_TABLE, now=NOW)

    assert given() == set()


def test_old_bill_that_is_paid_after_the_run_is_credited_in_the_night(outlet: PostAgent) -> None:
    member = cared_for_member()
    stale = bill_for(member, months=3, now=DECEMBER)
    record(CHEAPER, now=DECEMBER)
    carry_on(DECEMBER)
    assert isinstance(pay(command_for(stale, outlet, paid_at=DECEMBER), now=DECEMBER), Posted)

    assert credit_late_payers(DECEMBER + timedelta(hours=15)).amount == 4_000
    assert credit_late_payers(DECEMBER + timedelta(hours=15)).amount == 0
    assert credit_of(member) == 4_000


@pytest.mark.parametrize("kind", ["table", "rate"])
def test_rows_that_gave_credit_are_not_withdrawn(outlet: PostAgent, kind: str) -> None:
    prepaid(outlet)
    record(CHEAPER if kind == "table" else RATE, now=DECEMBER)
    withdrawal = Withdrawal(table=TariffTable.BRACKETS, valid_from=NEW_YEAR)
    rows: QuerySet[Any] = TariffBracket.objects.filter(valid_from=NEW_YEAR)
    if kind == "rate":
        withdrawal = Withdrawal(
            table=TariffTable.RATE, valid_from=NEW_YEAR, programme=Programme.JKM
        )
        rows = ProgrammeRate.objects.filter(valid_from=NEW_YEAR)
    credit_next_batch(CreditRun.objects.get().code, now=DECEMBER)

    with pytest.raises(TariffRowUsed):
        propose_change(
            withdrawal, source="keliru", by=UserFactory.create(role=Role.NATIONAL), now=DECEMBER
        )
    with pytest.raises(IntegrityError, match="row is used"), transaction.atomic():
        rows.delete()
