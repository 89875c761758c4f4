"""Papers of receipts, numbered: who was given which, at which terminal."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from payments.errors import PaymentNotFound
from payments.models import Payment, ReceiptPrint
from payments.services.receipts import Receipt, receipt_of
from perisai.deadlines import Deadline, atomic_within


@dataclass(frozen=True, slots=True, kw_only=True)
class Printer:
    """Who asks for the paper, and where it comes out."""

    user_id: int
    terminal: str


@atomic_within(Deadline.PAGE)
def print_receipt(payments: QuerySet[Payment], *, printer: Printer, now: datetime) -> Receipt:
    """One more paper of the one payment that the caller may see; its receipt says which.

    Two terminals that print at once wait for each other at the payment: no number comes twice and
    none is left out. Raises PaymentNotFound.
    """
    payment = payments.select_for_update(no_key=True, of=("self",)).first()
    if payment is None:
        raise PaymentNotFound
    ReceiptPrint.objects.create(
        payment=payment,
        copy_no=payment.prints.count() + 1,
        by_id=printer.user_id,
        terminal=printer.terminal,
        printed_at=now,
    )
    return receipt_of(Payment.objects.filter(pk=payment.pk))
