"""What a discount, table or rate known later gave back of months that had been paid (R9)."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from enrollment.models import Member
from payments.models.journal import JournalEntry
from payments.models.kept import Kept
from payments.models.payment import CoverMonth


class CreditedMonth(models.Model):
    """The part of a covered month's price that went to the member's credit. Append-only.

    `discount_code` is that of the discount, or `table:2027-01`, or `rate:JKM:2027-01`.
    A month that is reversed gives its part back to the payables in the same transaction.
    """

    cover_month = models.ForeignKey(
        CoverMonth, on_delete=models.PROTECT, related_name="credited", db_index=False
    )
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="+")
    discount_code = models.CharField(max_length=30)
    jkk = models.PositiveIntegerField(help_text="Rupiah.")
    jkm = models.PositiveIntegerField(help_text="Rupiah.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cover_month", "discount_code"],
                name="credited_month_once_per_discount",
            ),
            models.CheckConstraint(
                condition=Q(jkk__gt=0) | Q(jkm__gt=0), name="credited_month_gives_something"
            ),
        ]
        indexes = [
            models.Index(fields=["discount_code", "member"], name="credited_month_by_discount"),
        ]
        triggers = [
            Kept(
                name="credited_month_is_append_only",
                operation=pgtrigger.Update | pgtrigger.Delete,
            )
        ]

    def __str__(self) -> str:
        return f"{self.discount_code} {self.cover_month_id}"


class CreditRun(models.Model):
    """How far the credit of a discount, table or rate is given; its entries are the facts.

    Members are walked by ascending id: first all are credited, then those whose credit pays whole
    months are covered by it.
    """

    code = models.CharField(max_length=30, unique=True)
    asked_at = models.DateTimeField()
    credited_to = models.UUIDField(null=True, blank=True, help_text="The last member looked at.")
    credited_at = models.DateTimeField(null=True, blank=True, help_text="All were looked at.")
    covered_to = models.UUIDField(null=True, blank=True, help_text="The last member looked at.")
    waiting = ArrayField(
        models.UUIDField(),
        default=list,
        db_default=[],
        blank=True,
        help_text="Members that somebody else held; they are tried again after the others.",
    )
    done_at = models.DateTimeField(null=True, blank=True)
    members = models.PositiveIntegerField(default=0, help_text="Who got credit.")
    amount = models.PositiveBigIntegerField(default=0, help_text="Rupiah of credit.")
    covered = models.PositiveIntegerField(default=0, help_text="Who were covered by it at once.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(credited_at__isnull=False),
                name="credit_run_done_after_credited",
            ),
        ]

    def __str__(self) -> str:
        return self.code
