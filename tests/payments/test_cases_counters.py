"""Cases at a counter: bodies, numbers, bills, keys and clocks."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from enrollment.models import Member
from payments.models import IdempotencyKey, JournalEntry, Payment
from payments.services.checks import run_checks
from perisai.ids import new_id
from perisai.models import Role
from tests.factories.payments import (
    NOW,
    PaymentPartnerFactory,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    partner_maker,
)
from tests.factories.perisai import PASSWORD, UserFactory
from tests.fixtures import Caller
from tests.payments.counters import (
    INQUIRIES,
    PAYMENTS,
    TERMINAL,
    Counter,
    comparable,
    new_key,
    notice,
)
from tests.payments.ledger import money_rows, months_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]
CALLS = (INQUIRIES, PAYMENTS, "/api/v1/pospay/login", "/api/v1/pospay/reversals")


def sent(counter: Counter, address: str, body: str) -> Any:
    """Such bytes as the body of a POST."""
    headers = {"Idempotency-Key": new_key()}
    return counter.generic("POST", address, body, content_type="application/json", headers=headers)


def quoted(counter: Counter) -> dict[str, Any]:
    """A bill that this counter asked for."""
    bill: dict[str, Any] = counter.inquire(kpj=cared_for_member().kpj).json()
    return bill


def answer_of(answer: Any) -> tuple[int, str]:
    """Status and code."""
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("address", CALLS)
@pytest.mark.parametrize("body", ["[]", '"teks"', "null", "1", "", " ", "{", "{}x"])
def test_p16_body_that_is_no_object(counter: Counter, address: str, body: str) -> None:
    answer = sent(counter, address, body)

    assert answer_of(answer) == (400, "bad_json")
    assert answer.json()["retry"] == "never"
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        '{"kpj": "26110000017", "kpj": "26110000017"}',
        '{"a":' * 9 + "1" + "}" * 9,
        '{"months": NaN}',
        '{"months": Infinity}',
        '{"x": [' + "1," * 2_000 + "1]}",
        '{"months": ' + "9" * 5_000 + "}",
        b'{"kpj": "\xff"}'.decode("latin-1"),
    ],
    ids=["twice", "deep", "NaN", "Infinity", "many", "huge", "latin"],
)
def test_p17_json_that_the_contract_refuses(counter: Counter, body: str) -> None:
    raw: Any = body.encode("latin-1")
    answer = counter.generic("POST", INQUIRIES, raw, content_type="application/json")

    assert answer_of(answer) == (400, "bad_json")


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (None, "missing_field"),
        ({}, "invalid_field"),
        ([8_400], "invalid_field"),
        (True, "invalid_field"),
        (16800.0, "invalid_field"),
        ("16800", "invalid_field"),
        (10**17, "invalid_field"),
        (-8_400, "amount_mismatch"),
        (0, "amount_mismatch"),
    ],
    ids=str,
)
def test_p18_amount_that_is_none(counter: Counter, amount: Any, code: str) -> None:
    body = notice(quoted(counter)) | {"amount": amount}
    rows = money_rows()

    answer = counter.pay(body)

    assert answer_of(answer) == (422, code)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/amount"]
    assert money_rows() == rows


def test_p18_amount_that_is_absent(counter: Counter) -> None:
    body = notice(quoted(counter))
    del body["amount"]

    assert answer_of(counter.pay(body)) == (422, "missing_field")


def test_p27_another_partners_quote_is_unknown(counter: Counter) -> None:
    theirs = quoted(Counter())

    paid_here = counter.pay(notice(theirs))
    asked_here = counter.inquire(bill_code=theirs["bill_code"])

    assert answer_of(paid_here) == answer_of(asked_here) == (404, "bill_not_found")


def test_p28_number_that_nobody_has(counter: Counter) -> None:
    asked = [counter.inquire(kpj="26110000017"), counter.inquire(nik="3515144107850003")]
    paid = counter.pay(notice({"bill_code": "9900009000000003", "payable": 8_400}))

    assert [answer_of(answer) for answer in asked] == [(404, "member_not_found")] * 2
    assert answer_of(paid) == (404, "bill_not_found")


@pytest.mark.parametrize("reason", ["deceased", "moved_to_pu", "claimed_out"])
def test_p29_member_was_closed_meanwhile(counter: Counter, reason: str) -> None:
    member = cared_for_member()
    bill = counter.inquire(kpj=member.kpj).json()
    Member.objects.filter(pk=member.pk).update(closed_on=date(2026, 11, 20), closed_reason=reason)
    rows = money_rows()

    answer = counter.pay(notice(bill))

    assert answer_of(answer) == (409, "member_closed")
    assert money_rows() == rows


def test_p30_bill_paid_and_months_covered_by_another(counter: Counter) -> None:
    member = cared_for_member()
    one, two = (
        notice({"bill_code": bill.code, "payable": bill.payable})
        for bill in (bill_for(member), bill_for(member, maker=partner_maker(counter.outlet)))
    )
    counter.pay(one)
    rows = money_rows()

    again, other = counter.pay(one), counter.pay(two | {"confirm_repeat": True})

    assert answer_of(again) == answer_of(other) == (409, "already_paid")
    assert other.json()["member_ids"] == [str(member.pk)]
    assert money_rows() == rows


def test_p31_expired_bill_without_advice(counter: Counter) -> None:
    bill = quoted(counter)
    late = NOW + timedelta(hours=72, seconds=1)

    with time_machine.travel(late, tick=False):
        answer = Counter(counter.outlet).pay(notice(bill, paid_at=NOW.isoformat()))
        just_so = Counter(counter.outlet).pay(notice(bill, paid_at=late.isoformat()))

    assert answer_of(answer) == (422, "invalid_field")  # paid_at lies more than 48 hours back
    assert answer_of(just_so) == (409, "bill_expired")
    assert Payment.objects.count() == 0


@pytest.mark.parametrize(
    ("off", "status"),
    [
        (timedelta(minutes=5), 201),
        (timedelta(minutes=5, seconds=1), 422),
        (-timedelta(hours=48), 201),
        (-timedelta(hours=48, seconds=1), 422),
    ],
    ids=str,
)
def test_paid_at_has_bounds(counter: Counter, off: timedelta, status: int) -> None:
    answer = counter.pay(notice(quoted(counter), paid_at=(NOW + off).isoformat()))

    assert answer.status_code == status
    if status == 422:
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/paid_at"]


def test_p49_status_of_what_was_only_asked_for_and_of_nothing(counter: Counter) -> None:
    code = quoted(counter)["bill_code"]

    answers = [
        counter.get(f"{PAYMENTS}?reference={code}"),
        counter.get(f"{PAYMENTS}?reference=tidak-ada"),
        counter.get(f"{PAYMENTS}/{new_id()}"),
    ]

    assert [answer_of(answer) for answer in answers] == [(404, "payment_not_found")] * 3


def test_p50_foreign_and_unknown_are_alike_to_the_last_byte(counter: Counter) -> None:
    theirs = Counter()
    bill = quoted(theirs)
    foreign = theirs.pay(notice(bill, reference="ASING-1")).json()["id"]
    colleague = Counter(PostAgentFactory.create(partner=counter.outlet.partner))
    elsewhere = colleague.pay(notice(quoted(colleague), reference="REKAN-1")).json()["id"]
    unknown = str(new_id())

    alike = [
        [f"{PAYMENTS}/{one}{end}" for one in (foreign, elsewhere, unknown)]
        for end in ("", "/receipt", "/receipt.html")
    ]
    alike.append([f"{PAYMENTS}?reference={one}" for one in ("ASING-1", "REKAN-1", "TAK-ADA")])
    codes = (bill["bill_code"], "9900009000000003")
    alike.append([f"/api/v1/pospay/bills/{code}" for code in codes])

    for addresses in alike:
        seen = {_bytes(counter.get(address)) for address in addresses}
        assert len(seen) == 1, addresses
        assert next(iter(seen))[0] == 404


def _bytes(answer: Any) -> tuple[int, bytes, tuple[tuple[str, str], ...]]:
    """Status, body and headers without the request's own name."""
    name = answer["X-Request-Id"]
    headers = {key: value for key, value in answer.headers.items() if value != name}
    return answer.status_code, answer.content.replace(name.encode(), b""), tuple(headers.items())


def test_p54_same_key_at_another_partner_is_another_key(counter: Counter) -> None:
    key, theirs = new_key(), Counter()

    here = counter.pay(notice(quoted(counter)), key)
    there = theirs.pay(notice(quoted(theirs)), key)

    assert (here.status_code, there.status_code) == (201, 201)
    assert here.json()["id"] != there.json()["id"]


def test_p54_reused_key_tells_nothing_of_the_first_payment(counter: Counter) -> None:
    key, first_body = new_key(), notice(quoted(counter))
    first = counter.pay(first_body, key).json()

    answer = counter.pay(notice(quoted(counter)), key)

    assert answer_of(answer) == (422, "key_reused")
    text = answer.content.decode()
    hidden = (first["id"], first["receipt_no"], first["reference"], first["bill_code"])
    assert [word for word in hidden if word in text] == []
    assert Payment.objects.count() == 1


def test_p55_clock_that_jumps_back_books_nothing_twice(counter: Counter) -> None:
    key, body = new_key(), notice(quoted(counter))
    with time_machine.travel(NOW.replace(hour=15, minute=5), tick=False):
        body["paid_at"] = NOW.replace(hour=15, minute=5).isoformat()
        first = Counter(counter.outlet).pay(body, key).json()
    assert first["settlement_date"] == "2026-11-21"

    with time_machine.travel(NOW.replace(hour=14, minute=55), tick=False):
        back = Counter(counter.outlet)
        again = back.pay(body, key)
        status = back.get(f"{PAYMENTS}/{first['id']}").json()
        next_one = back.pay(notice(quoted(back), paid_at=NOW.replace(hour=14).isoformat()))

    assert (again.status_code, again.json()) == (200, first)
    assert status == first
    assert next_one.json()["settlement_date"] == "2026-11-20"
    assert (Payment.objects.count(), JournalEntry.objects.count()) == (2, 2)
    assert [result.code for result in run_checks() if result.breaks] == []


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("address", [*CALLS, "/api/v1/pospay/terminal/day"])
def test_p60_methods_that_no_call_has(counter: Counter, method: str, address: str) -> None:
    answer = getattr(counter, method)(address, {})

    assert answer_of(answer) == (405, "method_not_allowed")


def test_p60_payments_have_no_get_for_inquiries(counter: Counter) -> None:
    assert answer_of(counter.get(INQUIRIES)) == (405, "method_not_allowed")


def test_p67_repeat_is_asked_about_at_the_same_counter_alone(counter: Counter) -> None:
    member = cared_for_member()
    counter.pay(notice(counter.inquire(kpj=member.kpj).json()))
    colleague = Counter(PostAgentFactory.create(partner=counter.outlet.partner))

    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        bill = counter.inquire(kpj=member.kpj).json()
        asked = counter.pay(notice(bill))
    with time_machine.travel(NOW + timedelta(minutes=10, seconds=1), tick=False):
        later = counter.pay(notice(counter.inquire(kpj=member.kpj).json()))
    elsewhere = colleague.pay(notice(colleague.inquire(kpj=member.kpj).json()))

    assert bill["recent_payment"]["last_month"] == "2026-11"
    assert answer_of(asked) == (409, "repeat_needs_confirmation")
    assert (later.status_code, elsewhere.status_code) == (201, 201)
    assert months_of(member) == ["2026-11", "2026-12", "2027-01"]


def test_p69_wrong_amount_first_then_the_right_one(counter: Counter) -> None:
    key, body = new_key(), notice(quoted(counter))

    wrong = counter.pay(body | {"amount": body["amount"] + 1}, key)
    same_key = counter.pay(body, key)
    right = counter.pay(body)

    assert answer_of(wrong) == (422, "amount_mismatch")
    assert answer_of(same_key) == (422, "key_reused")
    assert right.status_code == 201


@pytest.mark.parametrize("what", ["partner", "counter", "login"])
def test_switched_off_acts_on_running_tokens_at_once(counter: Counter, what: str) -> None:
    body = notice(quoted(counter))
    outlet = counter.outlet
    row: Any = {"partner": outlet.partner, "counter": outlet, "login": outlet.user}[what]
    row.is_active = False
    row.save(update_fields=["is_active"])

    answers = [
        counter.pay(body),
        counter.inquire(kpj="26110000017"),
        counter.get("/api/v1/pospay/terminal/day"),
    ]

    refused = (401, "unauthenticated") if what == "login" else (403, "partner_suspended")
    assert [answer_of(answer) for answer in answers] == [refused] * 3
    row.is_active = True
    row.save(update_fields=["is_active"])
    assert counter.pay(body).status_code == 201


def test_every_wrong_login_reads_the_same() -> None:
    partner_off = PostAgentFactory.create(partner=PaymentPartnerFactory.create(is_active=False))
    counter_off, right = PostAgentFactory.create(is_active=False), PostAgentFactory.create()
    nobody = UserFactory.create(role=Role.FINANCE)
    tries = [
        {"username": right.user.username, "password": "salah-sama-sekali"},
        {"username": "tidak-ada", "password": PASSWORD},
        {"username": partner_off.user.username, "password": PASSWORD},
        {"username": counter_off.user.username, "password": PASSWORD},
        {"username": nobody.username, "password": PASSWORD},
    ]

    answers = [
        Caller().post("/api/v1/pospay/login", one | {"terminal_id": f"{TERMINAL}{number}"})
        for number, one in enumerate(tries)
    ]

    first, *others = (comparable(answer) for answer in answers)
    assert (first[0], first[1]["code"]) == (401, "invalid_credentials")
    assert others == [first] * len(others)
