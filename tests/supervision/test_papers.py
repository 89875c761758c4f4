"""Papers of money in the office: a bill's link, a receipt's proof and copies."""

from datetime import timedelta

import pytest
import time_machine

from payments.models import Bill, Payment
from payments.services.links import share_url, verify_url
from payments.services.receipt_prints import Printer, print_receipt
from perisai.models import Role
from tests.factories.payments import NOW, PostAgentFactory, bill_for, partner_maker
from tests.factories.perisai import UserFactory
from tests.payments.papers import modules_of, qr_modules, words
from tests.supervision.conftest import As
from tests.supervision.world import Corner

pytestmark = pytest.mark.django_db


def page_url(bill: Bill) -> str:
    return f"/admin/payments/bill/{bill.pk}/change/"


def test_open_bill_has_its_link_and_qr_code(corner: Corner, as_user: As) -> None:
    bill = bill_for(corner.member)

    answer = as_user(corner.supervisor).get(page_url(bill))

    assert f'href="{share_url(bill.code)}"' in answer.content.decode()
    assert qr_modules(answer) == modules_of(bill.code)


def test_bill_that_nobody_pays_with_a_link_has_none(corner: Corner, as_user: As) -> None:
    quote = bill_for(corner.member, maker=partner_maker(PostAgentFactory.create()))
    late = bill_for(corner.member)
    browser = as_user(corner.supervisor)

    pages = [browser.get(page_url(bill)) for bill in (corner.payment.paid_bill, quote)]
    with time_machine.travel(late.expires_at + timedelta(minutes=1), tick=False):
        pages.append(as_user(corner.supervisor).get(page_url(late)))

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert not [page for page in pages if "/t/" in page.content.decode()]
    assert not [page for page in pages if 'class="qr"' in page.content.decode()]


def test_payment_tells_every_paper_of_its_receipt(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    url = corner.detail_url("payments_payment")
    clerk = PostAgentFactory.create().user
    before = words(browser.get(url))
    for terminal in ("POS-1", "POS-2"):
        printer = Printer(user_id=clerk.pk, terminal=terminal)
        print_receipt(Payment.objects.filter(pk=corner.payment.pk), printer=printer, now=NOW)

    answer = browser.get(url)

    assert "Cetakan struk Belum ada." in before
    said = words(answer).partition("Cetakan struk")[2]
    assert f"POS-1 {clerk.username} 2 " in said
    assert f"POS-2 {clerk.username}" in said
    assert f'href="{verify_url(corner.payment.receipt_no)}"' in answer.content.decode()


def test_finance_who_reads_no_names_gets_no_link_to_initials(corner: Corner, as_user: As) -> None:
    browser = as_user(UserFactory.create(role=Role.FINANCE))
    bill = bill_for(corner.member)

    pages = [browser.get(page_url(bill)), browser.get(corner.detail_url("payments_payment"))]

    assert [page.status_code for page in pages] == [200, 200]
    assert not [page for page in pages if "/t/" in page.content.decode()]
    assert not [page for page in pages if "/k/" in page.content.decode()]
    assert qr_modules(pages[0]) == modules_of(bill.code)
