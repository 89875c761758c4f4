"""Receipts as a terminal reads them."""

from typing import Any

import pytest

from payments.models import Payment, ReceiptPrint
from payments.services.links import verify_url
from perisai.ids import new_id
from tests.factories.payments import (
    NOW,
    PostAgentFactory,
    bill_for,
    cared_for_member,
)
from tests.factories.perisai import AgentFactory
from tests.payments.counters import PAYMENTS, Counter, comparable, notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]


def posted_by(counter: Counter, *, months: int = 1) -> dict[str, Any]:
    """A payment that a counter took of a member of its own."""
    bill = counter.inquire(kpj=cared_for_member().kpj, months=months).json()
    answer = counter.pay(notice(bill))
    assert answer.status_code == 201
    posted: dict[str, Any] = answer.json()
    return posted


def receipt_of(counter: Counter, posted: dict[str, Any]) -> Any:
    """The receipt's data."""
    return counter.get(f"{PAYMENTS}/{posted['id']}/receipt").json()


def test_receipt_says_what_the_money_bought(counter: Counter) -> None:
    posted = posted_by(counter, months=3)

    receipt = receipt_of(counter, posted)

    assert {name: receipt[name] for name in posted} == posted
    more = {name: value for name, value in receipt.items() if name not in posted}
    assert more == {
        "title": "Bukti pembayaran iuran BPU",
        "programmes": [{"code": "JKK", "amount": 20_000}, {"code": "JKM", "amount": 13_600}],
        "credit": 0,
        "total_collected": 36_100,
        "legal_basis": "PP 50/2025",
        "protection_until": "2027-01-31",
        "next_due_on": "2027-02-15",
        "outlet": counter.outlet.outlet_code,
        "member_count": 1,
        "copy_no": 1,
        "verify_url": verify_url(posted["receipt_no"]),
        "help": "Simpan bukti ini. Pertanyaan: hubungi agen Perisai atau kantor cabang Anda.",
    }


def test_receipt_of_a_collective_bill_counts_and_names_nobody(counter: Counter) -> None:
    agent = AgentFactory.create()
    people = [cared_for_member(agent, full_name="Siti Aminah") for _ in range(3)]
    bill = bill_for(*people, months=2)
    posted = counter.pay(notice({"bill_code": bill.code, "payable": bill.payable})).json()

    receipt = receipt_of(counter, posted)

    assert (receipt["member"], receipt["member_count"]) == (None, 3)
    assert receipt["programmes"] == [
        {"code": "JKK", "amount": 30_000},
        {"code": "JKM", "amount": 20_400},
    ]
    assert (receipt["first_month"], receipt["last_month"]) == ("2026-11", "2026-12")
    assert (receipt["protection_until"], receipt["next_due_on"]) == (None, None)


def test_receipt_of_money_that_was_given_back_promises_no_day(counter: Counter) -> None:
    posted = posted_by(counter)
    Payment.objects.update(reversed_at=NOW)

    receipt = receipt_of(counter, posted)

    assert receipt["reversed_at"] is not None
    assert (receipt["protection_until"], receipt["next_due_on"]) == (None, None)


@pytest.mark.parametrize("end", ["/receipt", "/receipt.html"])
def test_p50_receipts_of_others_are_as_unknown_as_none(counter: Counter, end: str) -> None:
    theirs = posted_by(Counter())
    colleague = posted_by(Counter(PostAgentFactory.create(partner=counter.outlet.partner)))

    asked = (theirs["id"], colleague["id"], new_id())
    answers = [comparable(counter.get(f"{PAYMENTS}/{one}{end}")) for one in asked]

    assert answers == [answers[0]] * 3
    assert (answers[0][0], answers[0][1]["code"]) == (404, "payment_not_found")
    assert (Payment.objects.count(), ReceiptPrint.objects.count()) == (2, 0)
