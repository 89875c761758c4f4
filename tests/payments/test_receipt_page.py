"""The receipt on paper: numbered copies, who was given which, and what it says."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from payments.models import Payment, ReceiptPrint
from payments.services.links import verify_url
from perisai.ids import new_id
from tests.factories.payments import NOW, bill_for, cared_for_member
from tests.factories.perisai import AgentFactory
from tests.payments.counters import PAYMENTS, TERMINAL, Counter, notice
from tests.payments.papers import is_passive, modules_of, qr_modules, words
from tests.statements import counted, run_sql

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]


@pytest.fixture
def posted(counter: Counter) -> dict[str, Any]:
    """Three months that the counter took of Siti Aminah."""
    member = cared_for_member(full_name="Siti Aminah", kpj="26110000017")
    bill = counter.inquire(kpj=member.kpj, months=3).json()
    answer: dict[str, Any] = counter.pay(notice(bill)).json()
    return answer


def printed(counter: Counter, payment_id: object, **headers: str) -> Any:
    """One paper."""
    return counter.get(f"{PAYMENTS}/{payment_id}/receipt.html", headers=headers)


def typed(payment: Payment) -> str:
    """The link as it stands on the paper, which may break before the number."""
    host, number = verify_url(payment.receipt_no).partition("://")[2].split("/k/")
    return f"{host}/k/ {number}"


def test_paper_says_what_was_paid_for_whom_and_how_far(
    counter: Counter, posted: dict[str, Any]
) -> None:
    answer = printed(counter, posted["id"])

    payment = Payment.objects.get()
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    code = payment.paid_bill.code
    assert words(answer) == (
        "Perisai Iuran BPJS Ketenagakerjaan BPU "
        "Bukti pembayaran iuran BPU "
        f"No. struk {payment.receipt_no} Dibayar 20 November 2026 10:00 WIB "
        f"Tempat bayar {counter.outlet.name} ({counter.outlet.outlet_code}) "
        f"Kode bayar {code[:4]} {code[4:8]} {code[8:12]} {code[12:]} "
        "Nama peserta S*** A***** Bulan iuran November 2026 – Januari 2027 (3 bulan) "  # noqa: RUF001
        "JKK Rp20.000 JKM Rp13.600 Jumlah iuran Rp33.600 Biaya loket Rp2.500 "
        "Total dibayar Rp36.100 "
        "Iuran dibayar sampai dengan 31 Januari 2027. "
        "Iuran berikutnya paling lambat 15 Februari 2027. "
        "Potongan iuran menurut PP 50/2025. "
        "Simpan bukti ini. Pertanyaan: hubungi agen Perisai atau kantor cabang Anda. "
        f"Pindai untuk memeriksa keaslian bukti ini, atau buka: {typed(payment)}"
    )


def test_paper_is_english_for_who_asks_so(counter: Counter, posted: dict[str, Any]) -> None:
    counter.language = "en"
    counter.speak(counter.token)

    said = words(printed(counter, posted["id"]))

    assert "Contributions are paid through 31 January 2027." in said
    assert "Total paid Rp36.100" in said
    assert "Iuran" not in said


def test_paper_brings_nothing_that_a_policy_refuses(
    counter: Counter, posted: dict[str, Any]
) -> None:
    answer = printed(counter, posted["id"])

    assert is_passive(answer)
    assert '<link rel="stylesheet" href="/static/payments/receipt.css">' in answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "style-src 'self'" in policy
    assert "script-src" not in policy
    assert "no-store" in answer["Cache-Control"]


def test_qr_code_is_that_of_the_link(counter: Counter, posted: dict[str, Any]) -> None:
    answer = printed(counter, posted["id"])

    assert qr_modules(answer) == modules_of(verify_url(posted["receipt_no"]))


def test_each_paper_is_numbered_and_later_ones_say_so(
    counter: Counter, posted: dict[str, Any]
) -> None:
    first, second, third = (words(printed(counter, posted["id"])) for _ in range(3))

    assert "SALINAN" not in first
    assert "SALINAN 2" in second
    assert "SALINAN 3" in third
    rows = ReceiptPrint.objects.order_by("copy_no")
    assert list(rows.values_list("copy_no", "by", "terminal", "printed_at")) == [
        (number, counter.outlet.user_id, TERMINAL, NOW) for number in (1, 2, 3)
    ]


def test_data_tell_the_number_of_the_newest_paper(counter: Counter, posted: dict[str, Any]) -> None:
    def copy_no() -> int:
        number: int = counter.get(f"{PAYMENTS}/{posted['id']}/receipt").json()["copy_no"]
        return number

    numbers = [copy_no()]
    for _ in range(3):
        printed(counter, posted["id"])
        numbers.append(copy_no())

    assert numbers == [1, 1, 2, 3]


def test_papers_of_two_payments_are_numbered_apart(
    counter: Counter, posted: dict[str, Any]
) -> None:
    bill = counter.inquire(kpj=cared_for_member().kpj).json()
    other = counter.pay(notice(bill)).json()

    printed(counter, posted["id"])
    said = words(printed(counter, other["id"]))

    assert "SALINAN" not in said


def test_reversed_payment_says_so_and_promises_nothing(
    counter: Counter, posted: dict[str, Any]
) -> None:
    Payment.objects.update(reversed_at=NOW)

    said = words(printed(counter, posted["id"]))

    assert "DIBATALKAN 20 November 2026 10:00 WIB Bukti ini tidak berlaku." in said
    assert "sampai dengan" not in said
    assert "Iuran berikutnya" not in said


def test_collective_bill_counts_and_names_nobody(counter: Counter) -> None:
    agent = AgentFactory.create()
    people = [cared_for_member(agent, full_name="Siti Aminah") for _ in range(3)]
    bill = bill_for(*people)
    posted = counter.pay(notice({"bill_code": bill.code, "payable": bill.payable})).json()

    said = words(printed(counter, posted["id"]))

    assert "Jumlah peserta 3 orang" in said
    assert "S***" not in said
    assert "sampai dengan" not in said


def test_unknown_payment_is_a_problem_document_whatever_is_asked_for(counter: Counter) -> None:
    answers = [
        printed(counter, new_id(), Accept=kind)
        for kind in ("text/html", "application/json", "image/png", "text/html,*/*;q=0.8")
    ]

    kinds = {(answer.status_code, answer["Content-Type"]) for answer in answers}
    assert {(status, kind.partition(";")[0]) for status, kind in kinds} == {
        (404, "application/problem+json")
    }
    assert ReceiptPrint.objects.count() == 0


def test_paper_is_a_page_whatever_is_asked_for(counter: Counter, posted: dict[str, Any]) -> None:
    kinds = {
        printed(counter, posted["id"], Accept=kind)["Content-Type"]
        for kind in ("text/html", "application/json", "image/png")
    }
    named = counter.get(f"{PAYMENTS}/{posted['id']}/receipt.html?format=json")

    assert kinds == {"text/html; charset=utf-8"}
    assert (named.status_code, named["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_head_counts_no_paper(counter: Counter, posted: dict[str, Any]) -> None:
    answer = counter.head(f"{PAYMENTS}/{posted['id']}/receipt.html")

    assert answer.status_code == 405
    assert ReceiptPrint.objects.count() == 0


@pytest.mark.parametrize("change", ["UPDATE {} SET terminal = 'LAIN'", "DELETE FROM {}"])
def test_papers_are_facts(counter: Counter, posted: dict[str, Any], change: str) -> None:
    printed(counter, posted["id"])

    with pytest.raises(IntegrityError, match="keeps its rows"), transaction.atomic():
        run_sql(change.format("payments_receiptprint"))

    assert ReceiptPrint.objects.get().terminal == TERMINAL


def test_paper_costs_a_fixed_number_of_statements(counter: Counter, posted: dict[str, Any]) -> None:
    with counted() as statements:
        printed(counter, posted["id"])

    assert len(statements) == 10, statements
