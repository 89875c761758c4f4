"""Whoever copies an example out of the API's description gets an answer, not a refusal."""

from typing import Any

import pytest
import time_machine
from drf_spectacular.generators import SchemaGenerator

from config.examples import ATTEMPT, INQUIRY, MEMBER, PAYMENT, REGISTRATION, REQUESTS
from payments.models import Bill
from tests.factories.enrollment import EligibleAgentFactory
from tests.factories.payments import NOW, bill_for, cared_for_member
from tests.factories.perisai import DeviceFactory
from tests.payments.counters import Counter
from tests.sync.phones import phone_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_day(db: None) -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def test_batch_is_applied_and_bills_the_months() -> None:
    phone = phone_of(DeviceFactory.create(agent=EligibleAgentFactory.create()))
    results = phone.push(REGISTRATION, ATTEMPT)
    assert [result["result"] for result in results] == ["applied", "applied"]
    assert Bill.objects.get().payable == PAYMENT["amount"]
    phone.pull()
    assert ("member", MEMBER) in phone.rows


def test_inquiry_finds_the_member_of_its_number() -> None:
    cared_for_member(kpj=INQUIRY["kpj"])
    answer = Counter().inquire(**INQUIRY)
    assert (answer.status_code, answer.json()["payable"]) == (200, PAYMENT["amount"])


def test_payment_is_booked_for_the_bill_of_its_code() -> None:
    bill = bill_for(cared_for_member(), months=3)
    answer = Counter().pay(PAYMENT | {"bill_code": bill.code})
    assert (answer.status_code, answer.json()["amount"]) == (201, PAYMENT["amount"])
    assert Counter().pay(dict(PAYMENT)).json()["code"] == "bill_not_found"


def test_every_example_stands_in_the_description() -> None:
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    for call, body in REQUESTS.items():
        verb, _, address = call.partition(" ")
        content = schema["paths"][address][verb.lower()]["requestBody"]["content"]
        assert [media["example"] for media in content.values()] == [body] * len(content)
