"""Cases at a counter: who calls, and the amount word by word."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from payments.models import IdempotencyKey, Payment
from perisai.models import DeviceToken
from perisai.services.tokens import issue_terminal_token
from tests.factories.payments import NOW, bill_for, cared_for_member
from tests.factories.perisai import PASSWORD
from tests.fixtures import Caller
from tests.payments.counters import INQUIRIES, PAYMENTS, Counter, new_key, notice
from tests.payments.ledger import money_rows, months_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]
LOGIN = "/api/v1/pospay/login"


def quoted(counter: Counter) -> dict[str, Any]:
    """A bill that this counter asked for."""
    bill: dict[str, Any] = counter.inquire(kpj=cared_for_member().kpj).json()
    return bill


def answer_of(answer: Any) -> tuple[int, str]:
    """Status and code."""
    return answer.status_code, answer.json()["code"]


def faulty(answer: Any) -> list[str]:
    """Which members are at fault."""
    return [error["pointer"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("header", ["", "Token", "Token tidak-dikenal", "Bearer tidak-dikenal"])
def test_p7_token_absent_or_unknown(counter: Counter, header: str) -> None:
    body = notice(quoted(counter))
    counter.credentials(**({"HTTP_AUTHORIZATION": header} if header else {}))
    rows = money_rows()

    answers = [
        counter.pay(body),
        counter.inquire(kpj="26110000017"),
        counter.get(f"{PAYMENTS}?reference={body['reference']}"),
    ]

    assert [answer_of(answer) for answer in answers] == [(401, "unauthenticated")] * 3
    assert money_rows() == rows


def test_p7_token_that_has_ended(counter: Counter) -> None:
    body = notice(quoted(counter))
    rows = money_rows()
    DeviceToken.objects.filter(user=counter.outlet.user).update(expiry=NOW)

    assert answer_of(counter.pay(body)) == (401, "token_expired")

    assert money_rows() == rows
    counter.speak(issue_terminal_token(counter.outlet.user, "T-02")[0])
    assert counter.pay(body).status_code == 201


def test_p8_token_of_another_partner_opens_nothing_of_this_one(counter: Counter) -> None:
    """The token alone says who calls: no other word of the request does."""
    key, body = new_key(), notice(quoted(counter))
    paid = counter.pay(body, key).json()
    other, rows = Counter(), money_rows()
    posing = {"X-Partner-Id": counter.outlet.partner.code, "Idempotency-Key": key}

    unknown_bill = [
        other.post(PAYMENTS, body, headers=posing),
        other.post(INQUIRIES, {"bill_code": body["bill_code"]}, headers=posing),
    ]
    unknown_payment = [
        other.get(f"{PAYMENTS}{named}", headers=posing)
        for named in (f"/{paid['id']}", f"/{paid['id']}/receipt", f"?reference={body['reference']}")
    ]

    assert [answer_of(answer) for answer in unknown_bill] == [(404, "bill_not_found")] * 2
    assert [answer_of(answer) for answer in unknown_payment] == [(404, "payment_not_found")] * 3
    text = " ".join(answer.content.decode() for answer in unknown_bill + unknown_payment)
    hidden = (paid["id"], paid["receipt_no"], paid["member"]["name"], paid["member"]["kpj"])
    assert [word for word in hidden if word in text] == []
    assert money_rows() == rows


def test_p15_broken_json_with_a_good_token_and_with_a_bad_one(counter: Counter) -> None:
    def sent(caller: Caller) -> Any:
        headers = {"Idempotency-Key": new_key()}
        body = '{"bill_code": "9900009000000003", "amount": 8400'
        return caller.generic(
            "POST", PAYMENTS, body, content_type="application/json", headers=headers
        )

    assert answer_of(sent(counter)) == (400, "bad_json")
    assert answer_of(sent(Caller("tidak-dikenal"))) == (401, "unauthenticated")
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize(
    "amount",
    ["8400", "8400.0", "8,400.00", "8.400", "Rp8400", " 8400.00", "8400 ", "84e2", "-8400", ""],
)
def test_p19_amount_in_words_is_no_amount(counter: Counter, amount: str) -> None:
    body = notice(quoted(counter))
    assert body["amount"] == 8_400
    rows = money_rows()

    answer = counter.pay(body | {"amount": amount})

    assert answer_of(answer) == (422, "invalid_field")
    assert faulty(answer) == ["/amount"]
    assert money_rows() == rows


@pytest.mark.parametrize("amount", [0.0, 8400.0, 8400.5, -8400.0])
def test_p20_amount_with_a_fraction_is_no_amount(counter: Counter, amount: float) -> None:
    body = notice(quoted(counter))
    rows = money_rows()

    answer = counter.pay(body | {"amount": amount})

    assert answer_of(answer) == (422, "invalid_field")
    assert faulty(answer) == ["/amount"]
    assert money_rows() == rows


@pytest.mark.parametrize("amount", [0, -8_400])
def test_p20_nothing_and_less_are_another_amount(counter: Counter, amount: int) -> None:
    body = notice(quoted(counter))
    rows = money_rows()

    answer = counter.pay(body | {"amount": amount})

    assert answer_of(answer) == (422, "amount_mismatch")
    assert money_rows() == rows


def test_p21_one_rupiah_less_one_more_and_twice_the_bill(counter: Counter) -> None:
    body = notice(quoted(counter))
    rows = money_rows()

    answers = [counter.pay(body | {"amount": amount}) for amount in (8_399, 8_401, 16_800)]

    assert [answer_of(answer) for answer in answers] == [(422, "amount_mismatch")] * 3
    assert money_rows() == rows
    assert counter.pay(body).status_code == 201


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (99_999_999_999_999, "amount_mismatch"),
        (10**16, "invalid_field"),
        (10**17 - 1, "invalid_field"),
        (2**63, "invalid_field"),
        (-(10**16), "invalid_field"),
    ],
)
def test_p22_amount_of_seventeen_digits(counter: Counter, amount: int, code: str) -> None:
    body = notice(quoted(counter))
    rows = money_rows()

    assert answer_of(counter.pay(body | {"amount": amount})) == (422, code)
    assert money_rows() == rows


@pytest.mark.parametrize("currency", ["IDR", "USD", "idr", ""])
def test_p23_there_is_no_currency_but_rupiah(counter: Counter, currency: str) -> None:
    body = notice(quoted(counter))
    rows = money_rows()

    beside = counter.pay(body | {"currency": currency})
    inside = counter.pay(body | {"amount": {"value": "8400.00", "currency": currency}})

    assert faulty(beside) == ["/currency"]
    assert faulty(inside) == ["/amount"]
    assert answer_of(beside) == (422, "unknown_field")
    assert answer_of(inside) == (422, "invalid_field")
    assert money_rows() == rows


@pytest.mark.parametrize("name", ["total_amount", "totalAmount", "paidAmount", "fee", "admin_fee"])
def test_p24_there_is_no_second_amount(counter: Counter, name: str) -> None:
    body = notice(quoted(counter))
    rows = money_rows()

    answer = counter.pay(body | {name: 8_400})

    assert answer_of(answer) == (422, "unknown_field")
    assert faulty(answer) == [f"/{name}"]
    assert money_rows() == rows


def test_p33_bill_that_this_counter_never_asked_for(counter: Counter) -> None:
    """Three months of an agent's bill: the right price of the asked months, and that of others."""
    member = cared_for_member()
    bill = bill_for(member, months=3)
    assert bill.payable == 33_600
    body = notice({"bill_code": bill.code, "payable": bill.payable})
    rows = money_rows()

    wrong = [counter.pay(body | {"amount": amount}) for amount in (8_400, 25_200, 50_400)]
    by_kpj = counter.pay(body | {"bill_code": member.kpj})
    assert [answer_of(answer) for answer in wrong] == [(422, "amount_mismatch")] * 3
    assert answer_of(by_kpj) == (422, "invalid_field")
    assert faulty(by_kpj) == ["/bill_code"]
    assert money_rows() == rows

    assert counter.pay(body).status_code == 201
    assert months_of(member) == ["2026-11", "2026-12", "2027-01"]


@pytest.mark.parametrize("first", [True, False])
def test_p35_same_key_and_body_without_advice_replays(counter: Counter, first: bool) -> None:  # noqa: FBT001  a parameter
    key, body = new_key(), notice(quoted(counter))
    posted = counter.pay(body | {"advice": first}, key)
    rows = money_rows()

    again = counter.pay(body | {"advice": False}, key)

    assert (posted.status_code, again.status_code) == (201, 200)
    assert again["Idempotency-Replayed"] == "true"
    assert again.json() == posted.json()
    assert money_rows() == rows


def test_p36_same_key_and_another_amount_after_success(counter: Counter) -> None:
    key, body = new_key(), notice(quoted(counter))
    posted = counter.pay(body, key)
    rows = money_rows()

    answers = [counter.pay(body | {"amount": amount}, key) for amount in (1, 8_399, 16_800)]

    assert posted.status_code == 201
    assert [answer_of(answer) for answer in answers] == [(422, "key_reused")] * 3
    assert money_rows() == rows
    assert Payment.objects.get().amount == 8_400


def test_p57_same_advice_again_and_again_changes_nothing(counter: Counter) -> None:
    """What a partner is not sure of it sends until it is answered: in any order, any day."""
    bodies = [(new_key(), notice(quoted(counter), advice=True)) for _ in range(3)]
    first = {key: counter.pay(body, key).json() for key, body in bodies}
    rows = money_rows()

    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        later = Counter(counter.outlet)
        again = {key: later.pay(body, key) for key, body in reversed(bodies)}

    assert {answer.status_code for answer in again.values()} == {200}
    assert {key: answer.json() for key, answer in again.items()} == first
    assert money_rows() == rows


def test_p70_terminals_that_log_in_and_pay_as_real_ones_do(counter: Counter) -> None:
    """Many terminals of one login, each with its token; the last token of each terminal holds."""
    login = {"username": counter.outlet.user.username, "password": PASSWORD}
    terminals = [f"POS-{number:02d}" for number in range(5)]
    tokens = {
        terminal: Caller().post(LOGIN, login | {"terminal_id": terminal}).json()["token"]
        for terminal in terminals * 2
    }

    paid = []
    for terminal, token in tokens.items():
        at_it = Caller(token)
        bill = at_it.post(INQUIRIES, {"kpj": cared_for_member().kpj}).json()
        headers = {"Idempotency-Key": new_key(), "X-Device-Id": "", "Channel-Id": "SDK"}
        body = notice(bill, terminal_id=terminal)
        paid.append(at_it.post(PAYMENTS, body, headers=headers).status_code)

    assert paid == [201] * 5
    assert sorted(Payment.objects.values_list("terminal", flat=True)) == terminals
