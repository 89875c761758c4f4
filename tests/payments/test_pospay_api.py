"""Pospay over HTTP. Business time stands still at the worked examples' day."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from payments.models import JournalEntry, Payment
from perisai.ids import new_id
from sync.services.book import open_book
from tests.factories.payments import (
    NOW,
    PaymentPartnerFactory,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    paid,
    partner_maker,
)
from tests.factories.perisai import PASSWORD, AgentFactory
from tests.fixtures import AgentClient, Caller
from tests.payments.counters import (
    INQUIRIES,
    PAYMENTS,
    TERMINAL,
    Counter,
    comparable,
    notice,
)
from tests.statements import counted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]


def login(**changes: Any) -> Any:
    """A login at a terminal."""
    outlet = PostAgentFactory.create(**changes.pop("outlet", {}))
    body = {"username": outlet.user.username, "password": PASSWORD, "terminal_id": TERMINAL}
    return Caller().post("/api/v1/pospay/login", body | changes)


def test_clerk_logs_in_and_the_terminals_earlier_token_ends() -> None:
    outlet = PostAgentFactory.create()
    body = {"username": outlet.user.username, "password": PASSWORD, "terminal_id": TERMINAL}
    first, second = (Caller().post("/api/v1/pospay/login", body).json() for _ in range(2))

    asked = {"kpj": "26110000017"}
    assert first["expires_at"] == (NOW + timedelta(hours=12)).isoformat()
    assert Caller(first["token"]).post(INQUIRIES, asked).status_code == 401
    assert Caller(second["token"]).post(INQUIRIES, asked).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "salah-sama-sekali"},
        {"username": "tidak-ada"},
        {"outlet": {"is_active": False}},
        {"outlet": {"partner__is_active": False}},
    ],
    ids=["wrong password", "unknown", "counter off", "partner off"],
)
def test_every_failed_login_has_one_answer(changes: dict[str, Any]) -> None:
    answer = login(**changes)

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


def test_agents_do_not_log_in_at_counters() -> None:
    agent = AgentFactory.create()

    answer = login(username=agent.number)

    assert answer.json()["code"] == "invalid_credentials"


def test_r5_inquiry_by_kpj_shows_each_month_at_its_own_price(counter: Counter) -> None:
    member = cared_for_member(
        full_name="Siti Aminah",
        paid_through=date(2026, 10, 1),
        episode_started_on=date(2026, 1, 5),
    )

    answer = counter.inquire(kpj=member.kpj, months=3)

    body = answer.json()
    code, expires_at = body.pop("bill_code"), body.pop("expires_at")
    assert (answer.status_code, code[:2], expires_at) == (200, "99", "2026-11-23T10:00:00+07:00")
    assert body == {
        "state": "open",
        "payer_kind": "self",
        "member_count": 1,
        "member": {"name": "S*** A*****", "kpj": f"{member.kpj[:2]}******{member.kpj[-3:]}"},
        "kind": "continue",
        "first_month": "2026-11",
        "last_month": "2027-01",
        "months": 3,
        "arrears_months": 0,
        "lines": [
            {"month": "2026-11", "jkk": 5000, "jkm": 3400, "jht": 0, "discount": "pp50_2025_other"},
            {"month": "2026-12", "jkk": 5000, "jkm": 3400, "jht": 0, "discount": "pp50_2025_other"},
            {"month": "2027-01", "jkk": 10000, "jkm": 6800, "jht": 0, "discount": None},
        ],
        "total": 33_600,
        "credit": 0,
        "payable": 33_600,
        "admin_fee": 2_500,
        "to_collect": 36_100,
        "recent_payment": None,
    }


def test_inquiry_by_nik_and_by_code_find_the_same_bill(counter: Counter) -> None:
    member = cared_for_member()
    by_nik = counter.inquire(nik=member.nik, months=2).json()

    by_code = counter.inquire(bill_code=by_nik["bill_code"]).json()
    read = counter.get(f"/api/v1/pospay/bills/{by_nik['bill_code']}").json()

    assert by_nik["payable"] == 16_800
    assert by_nik == by_code == read
    assert member.nik not in str(by_nik)


def test_arrears_are_counted_and_a_recent_payment_is_shown(counter: Counter) -> None:
    member = cared_for_member(paid_through=date(2026, 8, 1), episode_started_on=date(2026, 1, 5))
    payment = paid(member, counter.outlet)

    body = counter.inquire(kpj=member.kpj, months=3).json()

    assert (body["first_month"], body["arrears_months"]) == ("2026-10", 1)
    assert body["recent_payment"] == {
        "receipt_no": payment.receipt_no,
        "first_month": "2026-09",
        "last_month": "2026-09",
        "paid_at": NOW.isoformat(),
    }


def test_another_partner_hears_nothing_of_a_recent_payment(counter: Counter) -> None:
    member = cared_for_member()
    paid(member, PostAgentFactory.create())

    assert counter.inquire(kpj=member.kpj).json()["recent_payment"] is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/non_field_errors"),
        ({"kpj": "26110000017", "nik": "3515141234560001"}, "/non_field_errors"),
        ({"kpj": "2611000001"}, "/kpj"),
        ({"kpj": 26110000017}, "/kpj"),
        ({"nik": "9931419592653586"}, "/nik"),
        ({"bill_code": "9931419592653585"}, "/bill_code"),
        ({"bill_code": "9931419592653586", "months": 1}, "/months"),
    ],
)
def test_p28_numbers_of_a_wrong_shape_are_wrong_fields(
    counter: Counter, body: dict[str, Any], pointer: str
) -> None:
    answer = counter.inquire(**body)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "invalid_field")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert problem["retry"] == "never"


@pytest.mark.parametrize("months", [0, 4, 13])
def test_p51_months_that_are_not_offered(counter: Counter, months: int) -> None:
    answer = counter.inquire(kpj=cared_for_member().kpj, months=months)

    body = answer.json()
    assert (answer.status_code, body["code"]) == (422, "months_not_allowed")
    assert body["allowed"] == [1, 2, 3, 6, 12]
    assert body["detail"] == "Pilihan jumlah bulan: 1, 2, 3, 6, 12."


@pytest.mark.parametrize("months", ["3", 1.5, True, None])
def test_p51_months_that_are_no_whole_number(counter: Counter, months: Any) -> None:
    answer = counter.inquire(kpj=cared_for_member().kpj, months=months)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")


def test_p30_inquiry_of_a_paid_bill_and_of_one_whose_months_were_paid(counter: Counter) -> None:
    member = cared_for_member()
    one, two = bill_for(member), bill_for(member, maker=partner_maker(counter.outlet))
    counter.pay(notice({"bill_code": one.code, "payable": one.payable}))

    answers = [counter.inquire(bill_code=bill.code) for bill in (one, two)]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (409, "already_paid")
    ] * 2
    assert answers[0].json()["retry"] == "ask_status"


def test_p29_inquiry_for_a_closed_member(counter: Counter) -> None:
    member = cared_for_member(closed_on=date(2026, 11, 10), closed_reason="deceased")

    answer = counter.inquire(kpj=member.kpj)

    assert (answer.status_code, answer.json()["code"]) == (409, "member_closed")


def test_p63_november_bill_in_december_needs_a_new_quote(counter: Counter) -> None:
    member = cared_for_member()
    bill = counter.inquire(kpj=member.kpj).json()

    with time_machine.travel(NOW.replace(month=12, day=1), tick=False):
        counter = Counter(counter.outlet)
        later = NOW.replace(month=12, day=1).isoformat()
        refused = counter.pay(notice(bill, paid_at=later))
        anew = counter.inquire(kpj=member.kpj).json()

    assert (refused.status_code, refused.json()["code"]) == (409, "bill_expired")
    assert refused.json()["retry"] == "new_key"
    assert (anew["first_month"], anew["payable"]) == ("2026-12", 8_400)
    assert Payment.objects.count() == 0


def test_p50_foreign_and_unknown_numbers_have_one_answer(counter: Counter) -> None:
    theirs = Counter()
    quote = theirs.inquire(kpj=cared_for_member().kpj).json()
    payment_id = theirs.pay(notice(quote, reference="RAHASIA-1")).json()["id"]
    colleague = Counter(PostAgentFactory.create(partner=counter.outlet.partner))
    bill = colleague.inquire(kpj=cared_for_member().kpj).json()
    elsewhere = colleague.pay(notice(bill, reference="RAHASIA-2")).json()["id"]

    statuses = [
        comparable(counter.get(f"{PAYMENTS}/{one}{end}"))
        for end in ("", "/receipt")
        for one in (payment_id, elsewhere, new_id())
    ]
    references = [
        comparable(counter.get(f"{PAYMENTS}?reference={one}"))
        for one in ("RAHASIA-1", "RAHASIA-2", "TIDAK-ADA")
    ]
    codes = [quote["bill_code"], "9900009000000003"]
    bills = [comparable(counter.get(f"/api/v1/pospay/bills/{code}")) for code in codes]
    asked = [comparable(counter.inquire(bill_code=code)) for code in codes]
    payments = [
        comparable(counter.pay(notice({"bill_code": code, "payable": 8_400}))) for code in codes
    ]

    for answers in (statuses, references, bills, asked, payments):
        assert answers == [answers[0]] * len(answers)
        assert answers[0][0] == 404
    assert JournalEntry.objects.count() == 2


def test_status_by_id_and_by_reference_says_what_the_payment_said(counter: Counter) -> None:
    bill = counter.inquire(kpj=cared_for_member().kpj).json()
    posted = counter.pay(notice(bill, reference="PSP-1")).json()

    assert counter.get(f"{PAYMENTS}/{posted['id']}").json() == posted
    assert counter.get(f"{PAYMENTS}?reference=PSP-1").json() == posted


@pytest.mark.parametrize("reference", ["", "%00", "a%20b", "x" * 65])
def test_reference_that_nobody_can_have_is_unknown(counter: Counter, reference: str) -> None:
    answer = counter.get(f"{PAYMENTS}?reference={reference}")
    assert (answer.status_code, answer.json()["code"]) == (404, "payment_not_found")


def test_terminal_logs_in_although_it_still_sends_its_ended_token() -> None:
    outlet = PostAgentFactory.create()
    body = {"username": outlet.user.username, "password": PASSWORD, "terminal_id": TERMINAL}
    ended = Caller().post("/api/v1/pospay/login", body).json()["token"]
    Caller().post("/api/v1/pospay/login", body)

    assert Caller(ended).post("/api/v1/pospay/login", body).status_code == 200


def test_suspended_partner_is_told_so_whatever_it_asks(counter: Counter) -> None:
    bill = counter.inquire(kpj=cared_for_member().kpj).json()
    counter.outlet.partner.is_active = False
    counter.outlet.partner.save(update_fields=["is_active"])

    answers = [counter.inquire(bill_code=bill["bill_code"]), counter.pay(notice(bill))]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (403, "partner_suspended")
    ] * 2
    assert Payment.objects.count() == 0


def test_agents_and_strangers_do_not_reach_the_counter(agent_client: AgentClient) -> None:
    asked = [caller.post(INQUIRIES, {"kpj": "26110000017"}) for caller in (agent_client, Caller())]

    assert [answer.status_code for answer in asked] == [403, 401]


def test_payment_over_http_costs_eleven_statements(counter: Counter) -> None:
    agent = AgentFactory.create()
    open_book(agent.pk)
    bill = counter.inquire(kpj=cared_for_member(agent).kpj).json()

    with counted() as statements:
        answer = counter.pay(notice(bill))

    assert answer.status_code == 201
    assert len(statements) == 11, statements  # one of them is not the service's


def test_partner_sees_its_own_fee(counter: Counter) -> None:
    partner = PaymentPartnerFactory.create(admin_fee=1_000)
    cheap = Counter(PostAgentFactory.create(partner=partner))

    body = cheap.inquire(kpj=cared_for_member().kpj).json()

    assert (body["admin_fee"], body["to_collect"]) == (1_000, 9_400)
