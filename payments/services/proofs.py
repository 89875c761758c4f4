"""Is this receipt genuine: what anybody may read who holds it."""

from payments.errors import PaymentNotFound
from payments.models import Payment
from payments.services.links import proven_receipt_no
from payments.services.payments import PaymentView, view_payment


def receipt_shown(shown: str) -> PaymentView | None:
    """The payment of `<receipt_no>.<proof>`, None unless we printed it."""
    number = proven_receipt_no(shown)
    if number is None:
        return None
    try:
        return view_payment(Payment.objects.filter(receipt_no=number))
    except PaymentNotFound:
        return None
