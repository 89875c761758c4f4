"""What phones see of money."""

from datetime import date
from uuid import UUID

import pytest
from django.utils import timezone

from payments.book_rows import add_money, bills_section, tariff_section
from payments.models import Bill, ProgrammeRate
from payments.services.billing import cancel_bill
from perisai.ids import new_id
from sync.services.phone_config import config_for
from tests.factories.payments import (
    NOW,
    MemberPayerFactory,
    PayerFactory,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    office_maker,
    paid,
    partner_maker,
)
from tests.factories.perisai import AgentFactory
from tests.statements import counted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]
AGENT = new_id()


def state_of(member_id: UUID) -> tuple[str, int] | None:
    """State and paid months of the bill in a member's row."""
    bill = dict(add_money(AGENT, [member_id])())[member_id]["bill"]
    return (bill["state"], bill["paid_months"]) if bill else None


def test_member_who_pays_herself_and_was_never_billed() -> None:
    member = cared_for_member(income_monthly=1_250_000)

    assert dict(add_money(AGENT, [member.pk])()) == {
        member.pk: {
            "payer": {"kind": "self", "until": None},
            "base_income": 1_200_000,
            "bill": None,
        }
    }


def test_draft_without_an_income_has_no_base() -> None:
    member = cared_for_member(income_monthly=None)

    assert dict(add_money(AGENT, [member.pk])())[member.pk]["base_income"] is None


CONTRACTS: list[tuple[str, str | None, str | None]] = [
    ("2026-01-01", "2026-12-31", "2026-12"),
    ("2026-01-01", "2026-11-10", "2026-11"),  # over
    ("2027-02-01", None, None),  # not begun
]


@pytest.mark.parametrize(("begins_on", "ends_on", "until"), CONTRACTS)
def test_payer_who_is_named_is_told_with_the_days_whatever_today_is(
    begins_on: str, ends_on: str | None, until: str | None
) -> None:
    """A row changes by facts alone: the phone derives whether a contract runs."""
    member = cared_for_member()
    contract = PayerFactory.create(
        contract_from=date.fromisoformat(begins_on),
        contract_to=date.fromisoformat(ends_on) if ends_on else None,
    )
    MemberPayerFactory.create(member=member, payer=contract)

    assert dict(add_money(AGENT, [member.pk])())[member.pk]["payer"] == {
        "kind": "apbd",
        "until": until,
        "begins_on": begins_on,
        "ends_on": ends_on,
    }


def test_newest_bill_of_the_member_alone_is_shown_with_its_state() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    assert state_of(member.pk) is None

    paid(member, outlet, months=2)
    assert state_of(member.pk) == ("paid", 2)

    bill = bill_for(member, now=timezone.now())
    assert state_of(member.pk) == ("open", 0)

    cancel_bill(bill.code, bills=Bill.objects.all(), now=NOW)
    assert state_of(member.pk) == ("cancelled", 0)


def test_partners_quote_is_shown_only_once_it_is_paid() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    bill_for(member, maker=partner_maker(outlet))

    assert state_of(member.pk) is None


def test_collective_bill_is_nobodys_own() -> None:
    agent = AgentFactory.create()
    people = [cared_for_member(agent) for _ in range(2)]
    bill_for(*people, maker=office_maker())

    assert [state_of(member.pk) for member in people] == [None, None]


@pytest.mark.parametrize("members", [1, 20])
def test_rows_cost_one_statement_for_any_number_of_members(members: int) -> None:
    agent = AgentFactory.create()
    people = [cared_for_member(agent) for _ in range(members)]
    for member in people:
        bill_for(member)

    with counted() as statements:
        rows = dict(add_money(agent.pk, [member.pk for member in people])())

    assert len(rows) == members
    assert len(statements) == 1, statements


def test_config_names_the_offered_periods() -> None:
    assert bills_section(AGENT) == {"periods": [1, 2, 3, 6, 12]}


def test_config_carries_the_rows_that_the_server_prices_with() -> None:
    tariff_section(AGENT)
    with counted() as statements:
        told = tariff_section(AGENT)
    assert len(statements) == 2

    assert len(told["brackets"]) == 33
    assert told["brackets"][0] == {
        "valid_from": "2015-07",
        "min_income": 0,
        "base_income": 1_000_000,
    }
    assert {
        row["programme"]: row["basis_points"] or row["flat_amount"] for row in told["rates"]
    } == {
        "JKK": 100,
        "JKM": 6_800,
        "JHT": 200,
    }
    assert {row["code"]: row["sector"] for row in told["discounts"]} == {
        "pp50_2025_transport": "transport",
        "pp50_2025_other": "non_transport",
    }


def test_new_row_changes_the_tag_of_the_config() -> None:
    agent = AgentFactory.create()
    before = config_for(agent.pk)
    ProgrammeRate.objects.create(programme="JKM", valid_from=date(2027, 1, 1), flat_amount=7_000)
    after = config_for(agent.pk)
    assert after.tag != before.tag
    flat = [row["flat_amount"] for row in after.sections["tariff"]["rates"]]
    assert 7_000 in flat
