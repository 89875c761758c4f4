"""The receipt (bukti pembayaran iuran): the payment, and what it bought, in words a member reads.

It says through which month contributions are paid, and never that somebody in arrears is covered.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from enrollment.models import DueDate
from enrollment.programmes import Programme
from payments.models import BillLine, Discount, Payment, ReceiptPrint
from payments.services.links import verify_url
from payments.services.payments import PaymentView, view_payment
from perisai.months import add_months, last_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One receipt. Amounts in rupiah; `next_due_on` is None until that month's day is known.

    Of what was taken for a code it says no programme. A day until which anything is paid, and the
    next one, are said of one person's payment alone, and of none that was taken back.
    `copy_no`: of the newest paper; 1 is the original, printed or not yet.
    """

    payment: PaymentView
    programmes: tuple[tuple[str, int], ...]
    credit: int
    legal_basis: str | None
    protection_until: date | None
    next_due_on: date | None
    copy_no: int
    verify_url: str
    help: str

    @property
    def title(self) -> str:
        """What the paper is: money for a code is only kept until its member comes (R10)."""
        if self.payment.is_for_a_code:
            return _("Titipan iuran calon peserta")
        return _("Bukti pembayaran iuran BPU")

    @property
    def total_collected(self) -> int:
        """What the counter took, with its fee."""
        return self.payment.amount + self.payment.admin_fee


def receipt_of(payments: QuerySet[Payment]) -> Receipt:
    """The receipt of the one payment that the caller may see. Raises PaymentNotFound."""
    payment = view_payment(payments)
    bill_id = None if payment.is_for_a_code else payment.bill_id
    lines = BillLine.objects.filter(bill=bill_id)
    sums = lines.aggregate(JKK=Sum("jkk"), JKM=Sum("jkm"), JHT=Sum("jht"), credit=Sum("credit"))
    says_days = bill_id is not None and payment.member is not None and not payment.reversed_at
    after = DueDate.objects.filter(month=add_months(payment.last_month, 1))
    return Receipt(
        payment=payment,
        programmes=tuple((code, sums[code]) for code in Programme.values if sums[code]),
        credit=sums["credit"] or 0,
        legal_basis=_legal_basis(lines),
        protection_until=last_day(payment.last_month) if says_days else None,
        next_due_on=after.values_list("due_on", flat=True).first() if says_days else None,
        copy_no=max(1, ReceiptPrint.objects.filter(payment=payment.id).count()),
        verify_url=verify_url(payment.receipt_no),
        help=_("Simpan bukti ini. Pertanyaan: hubungi agen Perisai atau kantor cabang Anda."),
    )


def _legal_basis(lines: QuerySet[BillLine]) -> str | None:
    """The laws that made months cheaper; None at full price."""
    codes = lines.exclude(discount_code="").order_by().values("discount_code")
    bases = Discount.objects.filter(code__in=codes).order_by("legal_basis")
    return "; ".join(bases.values_list("legal_basis", flat=True).distinct()) or None
