"""Paying at a counter over HTTP."""

from typing import Any

import pytest

from payments.models import CoverMonth, IdempotencyKey, Payment
from tests.factories.payments import (
    PostAgentFactory,
    bill_for,
    cared_for_member,
    paid,
)
from tests.factories.perisai import AgentFactory
from tests.payments.counters import (
    PAYMENTS,
    TERMINAL,
    Counter,
    new_key,
    notice,
)
from tests.payments.ledger import money_rows, months_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]


def test_payment_is_answered_as_the_contract_says(counter: Counter) -> None:
    member = cared_for_member(full_name="Siti Aminah")
    bill = counter.inquire(kpj=member.kpj, months=3).json()

    answer = counter.pay(notice(bill, reference="PSP-20261120-000001"))

    body = answer.json()
    payment = Payment.objects.get()
    assert answer.status_code == 201
    assert answer["Location"] == f"{PAYMENTS}/{payment.pk}"
    assert body == {
        "id": str(payment.pk),
        "state": "posted",
        "receipt_no": payment.receipt_no,
        "reference": "PSP-20261120-000001",
        "bill_code": bill["bill_code"],
        "amount": 33_600,
        "admin_fee": 2_500,
        "paid_at": "2026-11-20T10:00:00+07:00",
        "posted_at": "2026-11-20T10:00:00+07:00",
        "settlement_date": "2026-11-20",
        "first_month": "2026-11",
        "last_month": "2027-01",
        "member": {"name": "S*** A*****", "kpj": f"{member.kpj[:2]}******{member.kpj[-3:]}"},
        "late_post": False,
        "reversed_at": None,
        "settled": False,
    }
    assert payment.terminal == TERMINAL


def test_p34_same_payment_again_is_replayed_with_and_without_advice(counter: Counter) -> None:
    bill = counter.inquire(kpj=cared_for_member().kpj).json()
    key, body = new_key(), notice(bill)
    first = counter.pay(body, key)
    rows = money_rows()

    again = [counter.pay(body | {"advice": advice}, key) for advice in (True, False)]

    assert [answer.status_code for answer in (first, *again)] == [201, 200, 200]
    assert [answer["Idempotency-Replayed"] for answer in again] == ["true", "true"]
    assert first.json() == again[0].json() == again[1].json()
    assert not first.has_header("Idempotency-Replayed")
    assert money_rows() == rows


def test_first_answer_is_what_every_later_look_shows(counter: Counter) -> None:
    alone = counter.inquire(kpj=cared_for_member().kpj, months=3).json()
    agent = AgentFactory.create()
    two = bill_for(cared_for_member(agent), cared_for_member(agent))
    together = counter.inquire(bill_code=two.code).json()

    for bill in (alone, together):
        key, body = new_key(), notice(bill)
        first = counter.pay(body, key)
        looks = [
            counter.get(PAYMENTS, {"reference": body["reference"]}),
            counter.get(first["Location"]),
            counter.pay(body, key),
        ]

        assert first.status_code == 201
        assert [look.json() for look in looks] == [first.json()] * 3
        assert (first.json()["member"] is None) == (bill is together)


def test_p54_key_with_another_amount_shows_nothing_of_the_first(counter: Counter) -> None:
    bill = counter.inquire(kpj=cared_for_member().kpj).json()
    key, body = new_key(), notice(bill)
    first = counter.pay(body, key).json()
    rows = money_rows()

    answer = counter.pay(body | {"amount": 1}, key)

    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
    assert first["receipt_no"] not in answer.content.decode()
    assert money_rows() == rows


@pytest.mark.parametrize("off", [-1, 1, 8_400])
def test_p21_wrong_amount_names_the_right_one_and_books_nothing(counter: Counter, off: int) -> None:
    bill = counter.inquire(kpj=cared_for_member().kpj).json()
    rows = money_rows()

    answer = counter.pay(notice(bill, amount=bill["payable"] + off))

    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["retry"]) == (
        422,
        "amount_mismatch",
        "never",
    )
    assert problem["detail"] == "Jumlah harus Rp8.400."
    assert problem["errors"] == [
        {"pointer": "/amount", "code": "amount_mismatch", "detail": "expected 8400"}
    ]
    assert money_rows() == rows


@pytest.mark.parametrize("key", ["", "x" * 15, "x" * 65, "kunci dengan blank", "kunci-naïf-000001"])
def test_p53_keys_of_a_wrong_shape(counter: Counter, key: str) -> None:
    bill = counter.inquire(kpj=cared_for_member().kpj).json()

    answer = counter.pay(notice(bill), key)

    code = "idempotency_key_invalid" if key else "idempotency_key_missing"
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert Payment.objects.count() == 0
    assert not IdempotencyKey.objects.filter(operation="pay").exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": "8400"}, "invalid_field"),
        ({"amount": 8400.0}, "invalid_field"),
        ({"amount": True}, "invalid_field"),
        ({"amount": None}, "missing_field"),
        ({"amount": 10**17}, "invalid_field"),
        ({"paid_at": "2026-11-20T10:00:00"}, "invalid_field"),
        ({"paid_at": 1_700_000_000}, "invalid_field"),
        ({"paid_at": "2026-11-20T10:05:01+07:00"}, "invalid_field"),
        ({"paid_at": "2026-11-18T09:59:59+07:00"}, "invalid_field"),
        ({"bill_code": "9931419592653585"}, "invalid_field"),
        ({"reference": "ada blank"}, "invalid_field"),
        ({"reference": "x" * 65}, "invalid_field"),
        ({"terminal_id": "x" * 21}, "invalid_field"),
        ({"advice": "false"}, "invalid_field"),
        ({"status": "posted"}, "unknown_field"),
        ({"settlement_date": "2026-11-20"}, "unknown_field"),
    ],
    ids=str,
)
def test_p62_odd_bodies_are_refused_and_use_up_no_key(
    counter: Counter, change: dict[str, Any], code: str
) -> None:
    bill = counter.inquire(kpj=cared_for_member().kpj).json()

    answer = counter.pay(notice(bill) | change)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, code)
    assert [error["pointer"] for error in problem["errors"]] == [f"/{next(iter(change))}"]
    assert not IdempotencyKey.objects.filter(operation="pay").exists()


def test_reference_is_the_key_unless_named(counter: Counter) -> None:
    bill = counter.inquire(kpj=cared_for_member().kpj).json()
    key, body = new_key(), notice(bill)
    del body["reference"]

    assert counter.pay(body, key).json()["reference"] == key


def test_p60_payments_are_not_put(counter: Counter) -> None:
    assert counter.put(PAYMENTS, {}).status_code == 405


def test_p67_repeat_at_one_counter_asks_for_confirmation(counter: Counter) -> None:
    member = cared_for_member()
    for _ in range(2):
        bill = counter.inquire(kpj=member.kpj).json()
        answer = counter.pay(notice(bill))

    confirmed = counter.pay(notice(bill, confirm_repeat=True))

    assert (answer.status_code, answer.json()["code"]) == (409, "repeat_needs_confirmation")
    assert answer.json()["retry"] == "new_key"
    assert confirmed.status_code == 201
    assert months_of(member) == ["2026-11", "2026-12"]


def test_p64_collective_bill_names_the_member_who_paid_alone(counter: Counter) -> None:
    agent = AgentFactory.create()
    people = [cared_for_member(agent) for _ in range(5)]
    together = bill_for(*people)
    paid(people[0], PostAgentFactory.create())
    rows = money_rows()

    answer = counter.pay(notice({"bill_code": together.code, "payable": together.payable}))
    anew = bill_for(*people[1:])
    booked = counter.pay(notice({"bill_code": anew.code, "payable": anew.payable}))

    assert (answer.status_code, answer.json()["code"]) == (409, "already_paid")
    assert answer.json()["member_ids"] == [str(people[0].pk)]
    assert rows["Payment"] == 1
    assert (booked.status_code, booked.json()["member"]) == (201, None)
    assert CoverMonth.objects.count() == 5
