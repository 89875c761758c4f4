"""The tariff changes by two persons, as new rows; what a price came from stays (R2 to R4)."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from enrollment.programmes import Programme
from payments.errors import (
    TariffFaulty,
    TariffProposalDecided,
    TariffRowKnown,
    TariffRowUnknown,
    TariffRowUsed,
    TariffTooEarly,
)
from payments.models import Discount, ProgrammeRate, TariffBracket, TariffProposal
from payments.services.rates import rate_book
from payments.services.tariff_changes import (
    change_of,
    confirm_change,
    propose_change,
    refuse_change,
)
from payments.services.tariff_checks import must_be_as_printed
from payments.services.tariff_use import brackets_with_use, discounts_with_use, rates_with_use
from payments.tariff import BracketRow, DiscountRow, PayerKind, RateRow, Sector
from payments.tariff_drafts import (
    BracketTable,
    TariffChange,
    TariffTable,
    Withdrawal,
    as_details,
    kind_of,
)
from payments.tariff_sheets import read_brackets
from perisai.errors import ApprovedByOneself, NotFound
from perisai.models import Role, User
from tests.factories.payments import NOW, bill_for, cared_for_member
from tests.factories.perisai import UserFactory

pytestmark = pytest.mark.django_db

NOVEMBER = date(2026, 11, 1)
JANUARY = date(2027, 1, 1)
LAW = "PP 12/2026"
HALF = DiscountRow(
    code="pp12_2026",
    programmes=frozenset({Programme.JKK, Programme.JKM}),
    sector=Sector.NON_TRANSPORT,
    month_from=JANUARY,
    month_to=date(2027, 6, 1),
    percent_off=50,
    excluded_payers=frozenset({PayerKind.APBN}),
)
RATE = RateRow(programme=Programme.JKM, valid_from=JANUARY, flat_amount=7_000)


def table(*pairs: tuple[int, int], start: date = JANUARY) -> BracketTable:
    """A table of pairs (from, base)."""
    pairs = pairs or ((0, 1_500_000), (2_000_000, 2_500_000))
    rows = tuple(
        BracketRow(valid_from=start, min_income=low, base_income=base) for low, base in pairs
    )
    return BracketTable(valid_from=start, rows=rows)


WITHDRAWALS = {
    "brackets": Withdrawal(table=TariffTable.BRACKETS, valid_from=JANUARY),
    "rate": Withdrawal(table=TariffTable.RATE, valid_from=JANUARY, programme=Programme.JKM),
    "discount": Withdrawal(table=TariffTable.DISCOUNT, code=HALF.code),
}
CHANGES: dict[str, TariffChange] = {"brackets": table(), "rate": RATE, "discount": HALF}


def somebody(role: Role = Role.NATIONAL) -> User:
    return UserFactory.create(role=role)


def proposed(change: TariffChange, by: User | None = None) -> TariffProposal:
    return propose_change(change, source=LAW, by=by or somebody(), now=NOW)


def confirmed(change: TariffChange) -> TariffProposal:
    return confirm_change(proposed(change).pk, by=somebody(), now=NOW)


def counted() -> tuple[int, int, int]:
    return (
        TariffBracket.objects.count(),
        ProgrammeRate.objects.count(),
        Discount.objects.count(),
    )


@pytest.mark.parametrize("kind", [*CHANGES])
def test_a_row_is_there_once_another_person_has_confirmed_it(kind: str) -> None:
    change, before, first = CHANGES[kind], counted(), somebody(Role.FINANCE)
    proposal = proposed(change, by=first)

    assert change_of(proposal) == change
    assert counted() == before
    confirm_change(proposal.pk, by=somebody(), now=NOW)
    assert counted() > before


def test_prices_follow_the_new_rows_from_their_month_on() -> None:
    for change in CHANGES.values():
        confirmed(change)

    rates = rate_book()
    assert rates.base_income(date(2026, 12, 1), 2_000_000) == 2_000_000
    assert rates.base_income(JANUARY, 2_000_000) == 2_500_000
    assert rates.rate(Programme.JKM, date(2026, 12, 1)).flat_amount == 6_800
    assert rates.rate(Programme.JKM, JANUARY).flat_amount == 7_000
    assert HALF in rates.discounts


def test_nobody_confirms_what_he_proposed() -> None:
    first = somebody()
    proposal, before = proposed(HALF, by=first), counted()

    with pytest.raises(ApprovedByOneself):
        confirm_change(proposal.pk, by=first, now=NOW)
    assert counted() == before
    with pytest.raises(IntegrityError), transaction.atomic():
        TariffProposal.objects.filter(pk=proposal.pk).update(
            decision="confirmed", decided_by=first, decided_at=NOW
        )


def test_a_decision_stands() -> None:
    refused, done = proposed(HALF), confirmed(RATE)
    refuse_change(refused.pk, by=somebody(), now=NOW)

    for proposal in (refused, done):
        with pytest.raises(TariffProposalDecided):
            confirm_change(proposal.pk, by=somebody(), now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        TariffProposal.objects.filter(pk=done.pk).update(source="lain")
    with pytest.raises(IntegrityError), transaction.atomic():
        refused.delete()
    assert not Discount.objects.filter(code=HALF.code).exists()


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AUDITOR, Role.AGENT, Role.POST_AGENT])
def test_others_have_no_say(role: Role) -> None:
    other = somebody(role) if role != Role.SUPERVISOR else UserFactory.create(role=role)
    with pytest.raises(NotFound):
        proposed(HALF, by=other)
    proposal = proposed(HALF)
    for decide in (confirm_change, refuse_change):
        with pytest.raises(NotFound):
            decide(proposal.pk, by=other, now=NOW)


def test_finance_proposes_takes_back_and_does_not_confirm() -> None:
    finance = somebody(Role.FINANCE)
    own, others = proposed(HALF, by=finance), proposed(RATE)

    for decide in (confirm_change, refuse_change):
        with pytest.raises(NotFound):
            decide(others.pk, by=finance, now=NOW)
    assert refuse_change(own.pk, by=finance, now=NOW).decision == "refused"


@pytest.mark.parametrize(
    "change",
    [
        table((100, 1_000_000)),
        table((0, 0)),
        table((0, 2_000_000), (0, 3_000_000)),
        table((0, 2_000_000), (1_000_000, 1_500_000)),
        RateRow(programme=Programme.JKM, valid_from=JANUARY),
        RateRow(programme=Programme.JKM, valid_from=JANUARY, flat_amount=1, basis_points=1),
    ],
)
def test_rows_that_cannot_be_right_are_refused(change: TariffChange) -> None:
    with pytest.raises(TariffFaulty):
        proposed(change)


def test_legal_basis_of_a_discount_is_printed_whole_or_refused() -> None:
    longest = "Peraturan Pemerintah Nomor 12 Tahun 2026".ljust(60, ".")
    with pytest.raises(TariffFaulty):
        propose_change(HALF, source=f"{longest}.", by=somebody(), now=NOW)
    propose_change(RATE, source=f"{longest}.", by=somebody(), now=NOW)

    proposal = propose_change(HALF, source=longest, by=somebody(), now=NOW)
    confirm_change(proposal.pk, by=somebody(), now=NOW)

    assert Discount.objects.get(code=HALF.code).legal_basis == longest


def test_waiting_discount_with_too_long_a_basis_is_refused_when_confirmed() -> None:
    waiting = TariffProposal.objects.create(
        kind=kind_of(HALF), details=as_details(HALF), source="x" * 61, proposed_by=somebody()
    )

    with pytest.raises(TariffFaulty):
        confirm_change(waiting.pk, by=somebody(), now=NOW)
    assert not Discount.objects.filter(code=HALF.code).exists()


@pytest.mark.parametrize(
    "change",
    [
        table((0, 1_000_000), start=date(2026, 10, 1)),
        RateRow(programme=Programme.JKM, valid_from=date(2026, 10, 1), flat_amount=7_000),
    ],
)
def test_months_that_are_over_keep_their_table_and_rates(change: TariffChange) -> None:
    with pytest.raises(TariffTooEarly):
        proposed(change)


@pytest.mark.parametrize("kind", [*CHANGES])
def test_a_row_that_is_there_is_not_proposed_or_confirmed_again(kind: str) -> None:
    change = CHANGES[kind]
    waiting = proposed(change)
    confirmed(change)

    with pytest.raises(TariffRowKnown):
        proposed(change)
    with pytest.raises(TariffRowKnown):
        confirm_change(waiting.pk, by=somebody(), now=NOW)
    waiting.refresh_from_db()
    assert waiting.decision == ""


@pytest.mark.parametrize("kind", [*CHANGES])
def test_an_unused_row_is_withdrawn_by_two_persons_and_prices_forget_it(kind: str) -> None:
    before, prices = counted(), rate_book()
    confirmed(CHANGES[kind])
    assert rate_book() != prices

    confirmed(WITHDRAWALS[kind])

    assert counted() == before
    assert rate_book() == prices


def test_prices_forget_an_older_row_that_is_withdrawn_beside_a_newer_one() -> None:
    confirmed(HALF)
    newer = DiscountRow(**{name: getattr(HALF, name) for name in HALF.__slots__} | {"code": "b"})
    confirmed(newer)
    assert {HALF, newer} <= set(rate_book().discounts)

    confirmed(WITHDRAWALS["discount"])

    assert newer in rate_book().discounts
    assert HALF not in rate_book().discounts


def billed_for_january() -> None:
    """A bill of November to January, priced by what is there."""
    bill_for(cared_for_member(paid_through=date(2026, 10, 1), episode_no=1), months=3)


@pytest.mark.parametrize("kind", [*CHANGES])
def test_a_used_row_is_refused_by_the_service_and_by_the_database(kind: str) -> None:
    confirmed(CHANGES[kind])
    billed_for_january()
    rows: dict[str, Any] = {
        "brackets": TariffBracket.objects.filter(valid_from=JANUARY),
        "rate": ProgrammeRate.objects.filter(valid_from=JANUARY),
        "discount": Discount.objects.filter(code=HALF.code),
    }

    with pytest.raises(TariffRowUsed):
        proposed(WITHDRAWALS[kind])
    with pytest.raises(IntegrityError, match="row is used"), transaction.atomic():
        rows[kind].delete()


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (TariffBracket, {"base_income": 5}),
        (ProgrammeRate, {"flat_amount": 5}),
        (Discount, {"percent_off": 5}),
    ],
)
def test_no_row_is_edited_whether_used_or_not(model: Any, change: dict[str, int]) -> None:
    with pytest.raises(IntegrityError, match="dated, not edited"), transaction.atomic():
        model.objects.update(**change)


def test_a_table_may_be_marked_as_compared_with_the_law() -> None:
    assert TariffBracket.objects.update(verified=True) == TariffBracket.objects.count()


def test_bills_of_the_old_table_do_not_hold_a_new_one_back() -> None:
    billed_for_january()
    later = NOW.replace(hour=14)
    proposal = propose_change(table(), source=LAW, by=somebody(), now=later)
    confirm_change(proposal.pk, by=somebody(), now=later)

    assert not any(row.is_used for row in brackets_with_use().filter(valid_from=JANUARY))
    confirmed(WITHDRAWALS["brackets"])


def test_a_bill_asked_for_just_before_the_confirmation_counts_as_use() -> None:
    billed_for_january()
    confirmed(table())

    with pytest.raises(TariffRowUsed):
        proposed(WITHDRAWALS["brackets"])


@pytest.mark.parametrize(
    "withdrawal",
    [
        Withdrawal(table=TariffTable.BRACKETS, valid_from=date(2015, 7, 1)),
        Withdrawal(table=TariffTable.RATE, valid_from=date(2015, 7, 1), programme=Programme.JKK),
        Withdrawal(table=TariffTable.DISCOUNT, code="pp50_2025_other"),
        Withdrawal(table=TariffTable.DISCOUNT, code="tidak_ada"),
    ],
)
def test_what_came_with_the_installation_stays(withdrawal: Withdrawal) -> None:
    with pytest.raises(TariffRowUnknown):
        proposed(withdrawal)


def test_pages_and_triggers_agree_on_what_is_used() -> None:
    for change in CHANGES.values():
        confirmed(change)
    billed_for_january()
    used = {
        type(row): row.is_used
        for rows in (brackets_with_use(), rates_with_use(), discounts_with_use())
        for row in rows.order_by("-pk")[:1]
    }
    assert used == {TariffBracket: True, ProgrammeRate: True, Discount: True}


def test_pasted_table_is_read_with_its_printed_amounts() -> None:
    text = "min_income,max_income,base_income,jkk,jht\n0,1099000,1000000,10000,20000\n"
    (row,) = read_brackets(text)
    assert (row.min_income, row.base_income, row.jkk, row.jht) == (0, 1_000_000, 10_000, 20_000)
    must_be_as_printed((row,), valid_from=JANUARY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0,1000000",
        "min_income,base_income\n0,1e6\n",
        "min_income,base_income\n0,-1\n",
        "min_income,base_income\n0,9999999999999\n",
    ],
)
def test_faulty_paste_is_refused(text: str) -> None:
    with pytest.raises(TariffFaulty):
        read_brackets(text)


@pytest.mark.parametrize(("jkk", "jht"), [(10_001, 20_000), (10_000, 19_999)])
def test_printed_amounts_unlike_base_times_rate_are_refused(jkk: int, jht: int) -> None:
    rows = read_brackets(f"min_income,base_income,jkk,jht\n0,1000000,{jkk},{jht}\n")
    with pytest.raises(TariffFaulty):
        must_be_as_printed(rows, valid_from=JANUARY)
