"""What anybody sees who holds a paper, and nobody else."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.test import Client
from pytest_django.fixtures import Settings
from structlog.testing import capture_logs

from payments.models import Payment
from payments.services.links import share_url, verify_url
from perisai.privacy import proof_of
from perisai.services.keys import activate_key, add_key
from tests.factories.payments import (
    NOW,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    paid,
    partner_maker,
)
from tests.payments.papers import is_passive, words
from tests.perisai.rings import lay, ring
from tests.statements import counted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]
MOST = 30


@pytest.fixture
def payment() -> Payment:
    """Three months of Siti Aminah."""
    member = cared_for_member(full_name="Siti Aminah")
    return paid(member, PostAgentFactory.create(), months=3)


def path_of(url: str) -> str:
    """A link without the host."""
    return url[url.index("/", len("https://")) :]


def opened(url: str, **headers: str) -> Any:
    """A page as anybody opens it: no session, no token."""
    return Client().get(path_of(url), headers=headers)


def comparable(answer: Any) -> tuple[int, bytes, dict[str, str]]:
    """All that an answer says, but for the number of the request."""
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}
    return answer.status_code, answer.content, headers


def test_genuine_receipt_is_confirmed(payment: Payment) -> None:
    answer = opened(verify_url(payment.receipt_no))

    assert answer.status_code == 200
    assert words(answer) == (
        "Perisai Iuran BPJS Ketenagakerjaan BPU "
        "Pemeriksaan struk ASLI Struk ini dari kami dan pembayarannya tercatat. "
        f"No. struk {payment.receipt_no} Dibayar 20 November 2026 Nama peserta S*** A***** "
        "Bulan iuran November 2026 – Januari 2027 (3 bulan) "  # noqa: RUF001
        "Jumlah iuran Rp33.600 "
        "Bandingkan dengan kertas Anda. Jika berbeda, jangan percaya kertasnya: "
        "hubungi kantor cabang."
    )


def test_reversed_payment_is_told(payment: Payment) -> None:
    Payment.objects.update(reversed_at=NOW)

    said = words(opened(verify_url(payment.receipt_no)))

    assert "ASLI" not in said
    assert "DIBATALKAN" in said
    assert "pembayarannya dibatalkan pada 20 November 2026" in said


def test_page_is_english_for_who_asks_so(payment: Payment) -> None:
    said = words(opened(verify_url(payment.receipt_no), **{"Accept-Language": "en"}))

    assert "Receipt check GENUINE This receipt is ours and its payment is on record." in said


def test_wrong_proof_and_unknown_number_have_one_answer(payment: Payment) -> None:
    unknown = "KP261120ZZZZZZZZ"
    links = [
        f"/k/{payment.receipt_no}.0000000000",
        f"/k/{payment.receipt_no}.{proof_of('bill', payment.receipt_no)}",
        f"/k/{payment.receipt_no}",
        path_of(verify_url(unknown)),
        f"/k/{unknown}.0000000000",
        f"/t/{payment.paid_bill.code}.0000000000",
        path_of(share_url("9900009000000003")),
        "/k/x",
    ]

    answers = [comparable(Client().get(link)) for link in links]

    assert answers[0][0] == 404
    assert answers == [answers[0]] * len(links)
    assert payment.receipt_no.encode() not in answers[0][1]


def test_unproven_number_is_not_looked_up(payment: Payment) -> None:
    code = payment.paid_bill.code
    with counted() as statements:
        Client().get(f"/k/{payment.receipt_no}.0000000000")
        Client().get(f"/t/{code}.0000000000")

    assert statements == []


def test_bill_of_a_partners_inquiry_is_not_shared() -> None:
    outlet = PostAgentFactory.create()
    quote = bill_for(cared_for_member(), maker=partner_maker(outlet))

    assert opened(share_url(quote.code)).status_code == 404


@pytest.mark.parametrize("kind", ["receipt", "bill", "unknown"])
def test_pages_are_kept_by_nobody_and_bring_nothing(payment: Payment, kind: str) -> None:
    bill = bill_for(cared_for_member())
    links = {
        "receipt": verify_url(payment.receipt_no),
        "bill": share_url(bill.code),
        "unknown": verify_url("KP261120ZZZZZZZZ"),
    }
    answer = opened(links[kind])

    assert is_passive(answer)
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert '<meta name="robots" content="noindex, nofollow">' in answer.content.decode()
    assert "Set-Cookie" not in answer.headers
    assert not answer.cookies


def test_thirty_pages_a_minute_and_address(payment: Payment) -> None:
    link = path_of(verify_url(payment.receipt_no))
    here, elsewhere = Client(REMOTE_ADDR="198.51.100.7"), Client(REMOTE_ADDR="198.51.100.8")

    statuses = [here.get(link).status_code for _ in range(MOST)]
    refused = here.get(link)
    shared = here.get(path_of(share_url(payment.paid_bill.code)))

    assert statuses == [200] * MOST
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert "Terlalu sering" in words(refused)
    assert "no-store" in refused["Cache-Control"]
    assert shared.status_code == 429
    assert elsewhere.get(link).status_code == 200


def test_pages_are_read_alone(payment: Payment) -> None:
    link = path_of(verify_url(payment.receipt_no))

    assert Client().post(link).status_code == 405
    assert Client().head(link).status_code == 200


def test_log_names_neither_number_nor_address(payment: Payment) -> None:
    structlog.contextvars.clear_contextvars()
    link = verify_url(payment.receipt_no)
    with capture_logs() as lines:
        opened(link)

    assert lines
    assert payment.receipt_no not in str(lines)
    assert "127.0.0.1" not in str(lines)


def test_paper_of_an_older_key_is_confirmed(
    payment: Payment, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("perisai.privacy.keyring.SECONDS_BETWEEN_LOOKS", 0.0)
    settings.PROOF_KEYS_FILE = lay(tmp_path / "proof.json", ring("proof"))
    printed = verify_url(payment.receipt_no)
    add_key("proof", created=date(2027, 11, 20))
    activate_key(2, purpose="proof")

    assert verify_url(payment.receipt_no) != printed
    assert opened(printed).status_code == 200
    assert opened(verify_url(payment.receipt_no)).status_code == 200
