"""A bill on a page: the agent's own, and its public twin."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from payments.models import Bill, Payment
from payments.services.billing import BillOrder, cancel_bill, make_bill
from payments.services.links import share_url, verify_url
from payments.services.makers import AgentMaker
from payments.services.outcomes import BillMade, Posted
from payments.services.posting import pay
from tests.factories.payments import (
    NOW,
    PayerFactory,
    PaymentPartnerFactory,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    command_for,
    office_maker,
    paid,
    partner_maker,
)
from tests.fixtures import AgentClient
from tests.payments.counters import comparable
from tests.payments.ledger import give_credit
from tests.payments.papers import is_passive, modules_of, qr_modules, words
from tests.payments.test_public_pages import path_of
from tests.statements import counted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]


@pytest.fixture
def bill(agent_client: AgentClient) -> Bill:
    """Three months of Siti Aminah, whom the agent looks after; one partner takes money."""
    PaymentPartnerFactory.create()
    member = cared_for_member(agent_client.agent, full_name="Siti Aminah")
    return bill_for(member, months=3)


def page_of(client: AgentClient, bill: Bill) -> Any:
    """The agent's page."""
    return client.get(f"/api/v1/bills/{bill.code}/page")


def shared(bill: Bill, **headers: str) -> Any:
    """The page of whoever was sent the link."""
    return Client().get(path_of(share_url(bill.code)), headers=headers)


def in_fours(code: str) -> str:
    return f"{code[:4]} {code[4:8]} {code[8:12]} {code[12:]}"


def test_open_bill_is_shown_with_all_that_a_counter_asks_for(
    agent_client: AgentClient, bill: Bill
) -> None:
    answer = page_of(agent_client, bill)

    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert words(answer) == (
        "Perisai Iuran BPJS Ketenagakerjaan BPU "
        f"Tagihan iuran BPU Kode bayar {in_fours(bill.code)} Nama peserta S*** A***** "
        "Bulan iuran November 2026 – Januari 2027 (3 bulan) "  # noqa: RUF001
        "Jumlah iuran Rp33.600 Biaya loket Rp2.500 Bayar di loket Rp36.100 "
        "Berlaku sampai 23 November 2026 10:00 WIB. "
        "Tunjukkan kode ini di loket Pospay. Minta struk dan simpan."
    )
    assert qr_modules(answer) == modules_of(bill.code)
    assert is_passive(answer)


def test_shared_page_is_the_same_page(agent_client: AgentClient, bill: Bill) -> None:
    own, public = page_of(agent_client, bill), shared(bill)

    assert (public.status_code, public.content) == (200, own.content)
    assert "Rp36.100" in words(shared(bill, **{"Accept-Language": "en"}))
    assert "To pay at the counter" in words(shared(bill, **{"Accept-Language": "en"}))


def paid_bill(bill: Bill) -> None:
    pay(command_for(bill, PostAgentFactory.create()), now=NOW)


def reversed_bill(bill: Bill) -> None:
    paid_bill(bill)
    Payment.objects.update(reversed_at=NOW)


def cancelled_bill(bill: Bill) -> None:
    cancel_bill(bill.code, bills=Bill.objects.all(), now=NOW)


@pytest.mark.parametrize(
    ("become", "said"),
    [
        (paid_bill, "LUNAS Dibukukan pada 20 November 2026. Jangan dibayar lagi."),
        (reversed_bill, "PEMBAYARAN DIBATALKAN Minta tagihan baru kepada agen Perisai."),
        (cancelled_bill, "DIBATALKAN Minta tagihan baru kepada agen Perisai."),
    ],
)
def test_bill_that_nobody_can_pay_says_why_and_shows_no_qr_code(
    agent_client: AgentClient, bill: Bill, become: Any, said: str
) -> None:
    become(bill)

    for answer in (page_of(agent_client, bill), shared(bill)):
        assert f"Tagihan iuran BPU {said} Kode bayar {in_fours(bill.code)}" in words(answer)
        assert "Berlaku sampai" not in words(answer)
        assert "<svg" not in answer.content.decode()


def test_expired_bill_says_so(bill: Bill) -> None:
    with time_machine.travel(bill.expires_at + timedelta(seconds=1), tick=False):
        answer = shared(bill)

    assert "KEDALUWARSA Berlaku sampai 23 November 2026 10:00 WIB." in words(answer)
    assert "<svg" not in answer.content.decode()


def test_credit_is_taken_off_before_the_eyes_of_who_pays(bill: Bill) -> None:
    member = cared_for_member()
    give_credit(member, 5_000, PaymentPartnerFactory.create())
    reduced = bill_for(member)

    said = words(shared(reduced))

    assert "Iuran Rp8.400 Dari saldo peserta −Rp5.000 Jumlah iuran Rp3.400" in said  # noqa: RUF001


def test_collective_bill_has_a_title_a_count_and_no_names(bill: Bill) -> None:
    people = [cared_for_member(full_name="Ani Rahayu") for _ in range(3)]
    many = bill_for(*people, maker=office_maker())

    said = words(shared(many))

    assert "Jumlah peserta 3 orang Bulan iuran November 2026 Jumlah iuran Rp25.200" in said
    assert "A***" not in said


def test_group_is_called_as_it_calls_itself_on_bill_and_receipt(agent_client: AgentClient) -> None:
    agent = agent_client.agent
    group = PayerFactory.create(kind="group", office=agent.office)
    people = tuple(cared_for_member(agent).pk for _ in range(2))
    made = make_bill(
        BillOrder(
            maker=AgentMaker(agent_id=agent.pk),
            member_ids=people,
            months=2,
            is_collective=True,
            payer_id=group.pk,
            title="Nelayan <Teluk> Dalam",
        ),
        now=NOW,
    )
    assert isinstance(made, BillMade)
    bill = Bill.objects.get(pk=made.bill_id)
    payment = pay(command_for(bill, PostAgentFactory.create()), now=NOW)
    assert isinstance(payment, Posted)

    number = Payment.objects.get(pk=payment.payment_id).receipt_no
    pages = [page_of(agent_client, bill), Client().get(path_of(verify_url(number)))]

    told = "Kelompok Nelayan <Teluk> Dalam Jumlah peserta 2 orang "
    told += "Bulan iuran November 2026 – Desember 2026 Jumlah iuran Rp33.600"  # noqa: RUF001
    assert [told in words(page) for page in pages] == [True, True]
    assert not [page for page in pages if b"<Teluk>" in page.content]


def test_counters_of_several_fees_are_named_with_the_least_and_the_most(bill: Bill) -> None:
    PaymentPartnerFactory.create(admin_fee=3_000)
    PaymentPartnerFactory.create(admin_fee=9_000, is_active=False)

    said = words(shared(bill))

    assert "Biaya loket Rp2.500 – Rp3.000 Bayar di loket mulai Rp36.100" in said  # noqa: RUF001


def test_bills_of_others_are_as_unknown_as_none(agent_client: AgentClient, bill: Bill) -> None:
    foreign = bill_for(cared_for_member())
    own_member = cared_for_member(agent_client.agent)
    quote = bill_for(own_member, maker=partner_maker(PostAgentFactory.create()))

    codes = (foreign.code, quote.code, "9900009000000003", "x")
    answers = [comparable(agent_client.get(f"/api/v1/bills/{code}/page")) for code in codes]

    assert answers == [answers[0]] * 4
    assert (answers[0][0], answers[0][1]["code"]) == (404, "bill_not_found")


@pytest.mark.parametrize("count", [1, 30])
def test_page_costs_the_same_for_any_number_of_members(count: int) -> None:
    people = [cared_for_member() for _ in range(count)]
    bill = bill_for(*people, maker=office_maker())

    with counted() as statements:
        shared(bill)

    assert len(statements) == (3 if count == 1 else 2)


def test_payment_of_another_bill_leaves_it_open(agent_client: AgentClient, bill: Bill) -> None:
    paid(cared_for_member(agent_client.agent), PostAgentFactory.create())

    assert "Berlaku sampai" in words(page_of(agent_client, bill))
