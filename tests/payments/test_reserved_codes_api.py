"""Reserved codes as phones and counters call for them."""

from typing import Any

import pytest

from payments.models import Payment
from tests.factories.enrollment import EligibleAgentFactory
from tests.factories.payments import NOW
from tests.factories.perisai import DeviceFactory
from tests.fixtures import AgentClient, Caller
from tests.payments.codes import code_of, hold, register
from tests.payments.counters import Counter, comparable, notice
from tests.payments.test_public_pages import path_of
from tests.sync.phones import Phone, phone_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]
POOL = "/api/v1/bill-codes"


@pytest.fixture
def phone() -> Phone:
    return phone_of(DeviceFactory.create(agent=EligibleAgentFactory.create()))


def test_phone_fills_its_pool(agent_client: AgentClient) -> None:
    first = agent_client.post(POOL, {"months": 1, "count": 2})
    again = agent_client.post(POOL, {"months": 1, "count": 2})

    assert (first.status_code, again.json()) == (200, first.json())
    assert [one["months"] for one in first.json()["codes"]] == [1, 1]
    assert {one["expires_at"] for one in first.json()["codes"]} == {"2027-02-18T10:00:00.000+07:00"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"months": 4, "count": 1}, 422, "months_not_allowed"),
        ({"months": 1, "count": 51}, 422, "invalid_field"),
        ({"months": 1, "count": 0}, 422, "invalid_field"),
        ({"months": 1}, 422, "missing_field"),
        ({"months": 1, "count": 1, "all": True}, 422, "unknown_field"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_pool_order_is_strict(
    agent_client: AgentClient, body: dict[str, Any], status: int, code: str
) -> None:
    answer = agent_client.post(POOL, body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_pool_beyond_fifty_is_refused(agent_client: AgentClient) -> None:
    agent_client.post(POOL, {"months": 1, "count": 50})

    answer = agent_client.post(POOL, {"months": 3, "count": 1})

    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_codes")
    assert answer.json()["retry"] == "never"


def test_agent_sees_what_came_of_her_codes(agent_client: AgentClient) -> None:
    agent_client.post(POOL, {"months": 1, "count": 1})
    held = agent_client.get(POOL).json()["results"][0]["code"]
    other = code_of(DeviceFactory.create())
    Counter().pay(notice({"bill_code": held, "payable": 8_400}))

    (shown,) = agent_client.get(POOL).json()["results"]

    assert other.code != shown["code"] == held
    assert (shown["state"], shown["member_id"], shown["paid_months"]) == ("held", None, 0)
    assert shown["paid"] == {"amount": 8_400, "paid_at": "2026-11-20T10:00:00+07:00"}


def test_counter_quotes_takes_and_shows_held_money(counter: Counter, phone: Phone) -> None:
    code = code_of(phone.device, months=3).code
    quote = counter.inquire(bill_code=code).json()
    assert (quote["state"], quote["payable"], quote["months"]) == ("reserved", 33_600, 3)
    assert quote["member"] == {"name": "CALON PESERTA", "kpj": None}
    assert (quote["kind"], quote["expires_at"]) == ("first", "2026-11-30T23:59:59+07:00")

    answer = counter.pay(notice(quote))
    paid = answer.json()
    assert (answer.status_code, paid["state"], paid["bill_code"]) == (201, "held", code)
    assert (paid["first_month"], paid["last_month"]) == ("2026-11", "2027-01")
    assert counter.get(answer["Location"]).json() == paid
    register(phone, code, income_monthly=2_000_000)

    later = counter.get(answer["Location"]).json()
    assert later == paid | {"state": "posted"}
    assert counter.inquire(bill_code=code).json()["code"] == "already_paid"


def test_receipt_of_held_money_promises_no_cover(counter: Counter, phone: Phone) -> None:
    code = code_of(phone.device).code
    quote = counter.inquire(bill_code=code).json()
    paid = counter.pay(notice(quote))

    receipt = counter.get(f"{paid['Location']}/receipt").json()
    page = counter.get(f"{paid['Location']}/receipt.html").content.decode()

    assert receipt["title"] == "Titipan iuran calon peserta"
    assert (receipt["protection_until"], receipt["programmes"]) == (None, [])
    assert receipt["total_collected"] == 10_900
    assert "Titipan iuran calon peserta" in page
    assert "Iuran dibayar sampai dengan" not in page


def test_code_never_issued_is_as_unknown_as_any_number(counter: Counter) -> None:
    reserved = counter.inquire(bill_code="9931419926535894")
    drawn = counter.inquire(bill_code="9900009000000003")

    assert comparable(reserved) == comparable(drawn)
    answer = counter.pay(notice({"bill_code": "9931419926535894", "payable": 8_400}))
    assert (answer.status_code, answer.json()["code"]) == (404, "bill_not_found")


def test_report_and_day_of_the_terminal_count_held_money(counter: Counter, phone: Phone) -> None:
    code = code_of(phone.device).code
    counter.pay(notice({"bill_code": code, "payable": 8_400}))

    day = counter.get("/api/v1/pospay/terminal/day").json()

    assert day["paid"] == {"count": 1, "amount": 8_400, "fee": 2_500}
    assert day["last"]["state"] == "held"


def test_counter_of_another_partner_sees_nothing_of_held_money(
    counter: Counter, phone: Phone
) -> None:
    payment = hold(code_of(phone.device), 8_400)

    answer = counter.get(f"/api/v1/pospay/payments/{payment.pk}")

    assert answer.status_code == 404
    assert Payment.objects.get().posted_at == NOW


def test_proof_of_held_money_says_that_it_is_no_cover_yet(counter: Counter, phone: Phone) -> None:
    code = code_of(phone.device).code
    paid = counter.pay(notice(counter.inquire(bill_code=code).json()))
    url = counter.get(f"{paid['Location']}/receipt").json()["verify_url"]
    words = "Titipan ini belum menjadi perlindungan"

    assert words in Caller().get(path_of(url)).content.decode()
    register(phone, code)

    assert words not in Caller().get(path_of(url)).content.decode()
