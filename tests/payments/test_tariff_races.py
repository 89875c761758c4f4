"""Proposals that several people decide at once."""

from collections.abc import Iterator
from datetime import date, datetime

import pytest

from enrollment.programmes import Programme
from payments.errors import TariffProposalDecided, TariffRowKnown
from payments.models import CreditedMonth, Discount, TariffBracket, TariffProposal
from payments.services.discount_credit import credit_late_payers, credit_next_batch
from payments.services.tariff_changes import confirm_change, propose_change
from payments.tariff import BracketRow, DiscountRow, Sector
from payments.tariff_drafts import BracketTable
from perisai.errors import DomainError
from perisai.models import Role
from tests.factories.payments import NOW, WIB, PostAgentFactory, cared_for_member, paid
from tests.factories.perisai import UserFactory
from tests.payments.test_posting_races import assert_money_adds_up, side_by_side
from tests.statements import run_sql

pytestmark = pytest.mark.django_db(transaction=True)

JANUARY = date(2027, 1, 1)
OCTOBER = datetime(2026, 10, 20, 10, tzinfo=WIB)
LAW = DiscountRow(
    code="contoh_75",
    programmes=frozenset({Programme.JKK, Programme.JKM}),
    sector=Sector.NON_TRANSPORT,
    month_from=date(2026, 10, 1),
    month_to=date(2026, 10, 1),
    percent_off=75,
    excluded_payers=frozenset(),
)


@pytest.fixture(autouse=True)
def _no_row_stays(transactional_db: None) -> Iterator[None]:
    """The tariff is reference data, which no test changes for good."""
    yield
    TariffBracket.objects.filter(valid_from=JANUARY).delete()
    run_sql("ALTER TABLE payments_discount DISABLE TRIGGER USER")
    Discount.objects.filter(code=LAW.code).delete()
    run_sql("ALTER TABLE payments_discount ENABLE TRIGGER USER")


def proposed(base: int) -> TariffProposal:
    rows = tuple(
        BracketRow(valid_from=JANUARY, min_income=low, base_income=base + low) for low in (0, base)
    )
    change = BracketTable(valid_from=JANUARY, rows=rows)
    first = UserFactory.create(role=Role.FINANCE)
    return propose_change(change, source="PP 12/2026", by=first, now=NOW)


def confirmations(proposals: list[TariffProposal]) -> list[str]:
    """What each of as many second persons was answered, at once."""
    people = [UserFactory.create(role=Role.NATIONAL) for _ in proposals]

    def confirm(asked: tuple[TariffProposal, int]) -> str:
        proposal, number = asked
        try:
            confirm_change(proposal.pk, by=people[number], now=NOW)
        except DomainError as refusal:
            return refusal.code
        return "confirmed"

    return side_by_side(confirm, [(one, number) for number, one in enumerate(proposals)])


def test_one_proposal_is_confirmed_once() -> None:
    proposal = proposed(1_000_000)

    said = confirmations([proposal] * 8)

    assert sorted(said) == ["confirmed", *[TariffProposalDecided.code] * 7]
    assert TariffBracket.objects.filter(valid_from=JANUARY).count() == 2


def test_two_tables_of_one_start_never_mix() -> None:
    said = confirmations([proposed(1_000_000 + 100_000 * n) for n in range(8)])

    assert sorted(said) == ["confirmed", *[TariffRowKnown.code] * 7]
    assert TariffBracket.objects.filter(valid_from=JANUARY).count() == 2
    assert TariffProposal.objects.filter(decision="confirmed").count() == 1


def test_two_runs_at_once_give_once() -> None:
    outlet = PostAgentFactory.create()
    members = [cared_for_member() for _ in range(4)]
    for member in members:
        paid(member, outlet, now=OCTOBER)
    first = UserFactory.create(role=Role.FINANCE)
    proposal = propose_change(LAW, source="PP 12/2026", by=first, now=NOW)
    confirm_change(proposal.pk, by=UserFactory.create(role=Role.NATIONAL), now=NOW)

    given = side_by_side(lambda code: credit_next_batch(code, now=NOW), [LAW.code] * 8)
    given += side_by_side(lambda _: credit_late_payers(NOW), range(8))

    assert sum(one.amount for one in given if one is not None) == 4 * 4_200
    assert CreditedMonth.objects.count() == 4
    assert_money_adds_up()
