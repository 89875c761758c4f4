"""Two terminals that print one receipt at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from payments.models import Payment, ReceiptPrint
from payments.services.receipt_prints import Printer, print_receipt
from tests.factories.payments import NOW, PostAgentFactory, cared_for_member, paid

pytestmark = pytest.mark.django_db(transaction=True)
PAPERS = 8


def test_papers_printed_at_once_have_numbers_of_their_own() -> None:
    outlet = PostAgentFactory.create()
    payment = paid(cared_for_member(), outlet)
    printer = Printer(user_id=outlet.user_id, terminal="POS-1")

    def one(_: int) -> int:
        try:
            taken = Payment.objects.filter(pk=payment.pk)
            return print_receipt(taken, printer=printer, now=NOW).copy_no
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as pool:
        numbers = sorted(pool.map(one, range(PAPERS)))

    assert numbers == list(range(1, PAPERS + 1))
    assert ReceiptPrint.objects.count() == PAPERS
