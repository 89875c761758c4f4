"""A phone finds the same dearer months as the server, from its book and configuration (R35)."""

from datetime import date
from typing import Any

import pytest
import time_machine

from enrollment.models import Member, Occupation
from perisai.months import format_month
from retention.services.price_changes import price_changes
from sync.registry import read_rows
from sync.services.phone_config import config_for
from tests.factories.enrollment import MemberFactory, MemberOccupationFactory
from tests.factories.payments import MemberPayerFactory, PayerFactory
from tests.factories.perisai import AgentFactory
from tests.phone.prices import derived_rise

pytestmark = pytest.mark.django_db
WITH_JHT = ["JKK", "JKM", "JHT"]
PEOPLE: list[dict[str, Any]] = [
    {},
    {"programmes": WITH_JHT, "income_monthly": 3_456_000},
    {"income_monthly": 0},
    {"paid_through": None},
    {"paid_through": date(2026, 5, 1)},
    {"paid_through": date(2026, 8, 1)},
    {"paid_through": date(2027, 1, 1)},
    {"paid_through": date(2027, 6, 1)},
    {"address_line": None},
    {"closed_on": date(2026, 10, 5), "closed_reason": "withdrawn"},
]

CONTRACTS: list[dict[str, Any]] = [
    {},
    {"contract_to": date(2026, 11, 10)},  # in the middle of a month, which is not over on the 20th
    {"contract_from": date(2027, 6, 1)},
]


@pytest.mark.parametrize(
    ("day", "count"),
    [("2026-11-19", 0), ("2026-11-20", 6), ("2026-12-31", 5), ("2027-02-18", 4)],
)
def test_server_and_phone_find_the_same_rises(day: str, count: int) -> None:
    agent, today = AgentFactory.create(), date.fromisoformat(day)
    transport = list(Occupation.objects.filter(transport_sector=True).values_list("pk", flat=True))
    for columns in PEOPLE:
        said: dict[str, Any] = {"agent": agent, "paid_through": date(2026, 12, 1)} | columns
        MemberFactory.create(**said)
        driver = MemberFactory.create(occupation=None, **said)
        MemberOccupationFactory.create(member=driver, occupation_id=transport[0])
    for contract in CONTRACTS:
        paid_for = MemberFactory.create(agent=agent, paid_through=date(2026, 12, 1))
        payer = PayerFactory.create(office=agent.office, **contract)
        MemberPayerFactory.create(member=paid_for, payer=payer)
    ids = list(Member.objects.served_by(agent.pk).values_list("pk", flat=True))

    with time_machine.travel(f"{day}T09:00:00+07:00", tick=False):
        rows, config = read_rows("member", agent.pk, ids), config_for(agent.pk).sections
        on_the_phone = {
            key: derived_rise(row, config, today=today, transport=frozenset(transport))
            for key, row in rows.items()
        }
        on_the_server = {
            key: (format_month(step.month), step.was, step.becomes)
            for key, step in price_changes(ids, as_of=today).items()
        }
    assert {key: rise for key, rise in on_the_phone.items() if rise} == on_the_server
    assert len(on_the_server) == count
