"""Papers of receipts."""

import pgtrigger
from django.db import models
from django.db.models import Q

from payments.models.kept import Kept
from payments.models.payment import Payment
from perisai.models import User


class ReceiptPrint(models.Model):
    """The fact that a terminal was given one paper of a receipt (salinan struk). Append-only.

    Number 1 is the original; every later one says on its face that it is a copy.
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="prints")
    copy_no = models.PositiveIntegerField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    terminal = models.CharField(max_length=20)
    printed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "copy_no"], name="receipt_print_once_per_copy"
            ),
            models.CheckConstraint(condition=Q(copy_no__gte=1), name="receipt_print_from_one"),
        ]
        triggers = [
            Kept(name="receipt_print_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.copy_no}"
