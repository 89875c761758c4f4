"""Payments that were taken back whole."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from payments.models.correction import Correction
from payments.models.kept import Kept
from payments.models.partner import PaymentPartner, PostAgent
from payments.models.payment import Payment


class ReversalReason(models.TextChoices):
    """Why a payment is taken back; `correction` by two persons of the office."""

    WRONG_MEMBER = "wrong_member"
    WRONG_AMOUNT = "wrong_amount"
    CUSTOMER_CANCELLED = "customer_cancelled"
    TERMINAL_FAULT = "terminal_fault"
    TIMEOUT = "timeout"
    CORRECTION = "correction"


class Reversal(models.Model):
    """The fact that a payment was taken back (R12). Append-only.

    Without a payment it is a tombstone: the reversal came first, and the payment of that reference
    is refused when it comes to the same counter; to any of the partner's, if no counter said so.
    """

    partner = models.ForeignKey(
        PaymentPartner,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
    )
    reference = models.CharField(max_length=128, help_text="Of the payment.")
    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="reversal"
    )
    key = models.CharField(max_length=128, blank=True, default="", help_text="Idempotency-Key.")
    reason = models.CharField(max_length=20, choices=ReversalReason)
    outlet = models.ForeignKey(
        PostAgent,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
    )
    correction = models.OneToOneField(
        Correction, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "reference", "outlet"],
                condition=Q(payment__isnull=True),
                nulls_distinct=False,
                name="reversal_tombstone_once_per_counter",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=ReversalReason.values), name="reversal_reason_is_known"
            ),
            models.CheckConstraint(
                condition=Q(reason=ReversalReason.CORRECTION, correction__isnull=False)
                | (~Q(reason=ReversalReason.CORRECTION) & Q(correction__isnull=True)),
                name="reversal_of_a_correction_names_it",
            ),
            models.CheckConstraint(
                condition=Q(payment__isnull=False) | Q(partner__isnull=False),
                name="reversal_without_payment_is_a_partners",
            ),
        ]
        indexes = [models.Index(fields=["partner", "reference"], name="reversal_by_reference")]
        triggers = [
            Kept(name="reversal_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return str(self.pk)
