"""What a push of one operation about people asks of the database, at most."""

from typing import Any

import pytest

from enrollment.models import Member
from enrollment.services.regions import known_regions
from payments.services.rates import rate_book
from perisai.models import Agent
from tests.factories.enrollment import (
    EligibleAgentFactory,
    MemberFactory,
    in_book,
    registration_data,
)
from tests.factories.perisai import DeviceFactory
from tests.statements import counted
from tests.sync.phones import Phone, op, owner, phone_of

pytestmark = pytest.mark.django_db

OF_A_CALL = 2  # once for a batch: whose token it is, and where the outbox stands
HEIRS = [
    {"name": "Ani Contoh", "relation": "spouse", "birth_date": "1982-05-01"},
    {"name": "Adi Contoh", "relation": "child", "birth_date": "2012-05-01"},
]


def cost(phone: Phone, *ops: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Statements of a push, and the answer to its last operation."""
    with counted() as statements:
        answers = phone.push(*ops)
    return len(statements), answers[-1]


def own_member(phone: Phone) -> Member:
    agent = Agent.objects.get(pk=owner(phone))
    return in_book(MemberFactory.create(number=1, agent=agent))


@pytest.fixture
def phone(db: None) -> Phone:
    return phone_of(DeviceFactory.create(agent=EligibleAgentFactory.create()))


@pytest.mark.parametrize(
    ("group", "said"),
    [
        ("contact", {"rt": "009", "phone": "081311112222", "village_code": "1671011001"}),
        ("identity", {"full_name": "Budi Baru", "sex": "male"}),
        ("programme", {"programmes": ["JKK", "JKM", "JHT"]}),
    ],
)
def test_a_correction_costs_at_most_fifteen_statements(
    phone: Phone, group: str, said: dict[str, Any]
) -> None:
    member = own_member(phone)
    known_regions()  # read once per process
    data = {"group": group, "set": said}
    spent, answer = cost(phone, op(1, "member.correct", entity_id=member.pk, base_rev=1, data=data))
    assert answer["result"] == "applied"
    assert spent <= 15, spent


def test_a_registration_with_heirs_and_bill_costs_at_most_twenty_five(phone: Phone) -> None:
    known_regions()
    rate_book()  # both are read once per process
    data = registration_data(months=3, heirs=HEIRS)
    spent, answer = cost(phone, op(1, "member.register", data=data))
    assert answer["result"] == "applied"
    assert "warnings" not in answer
    assert spent <= 25 + OF_A_CALL, spent
