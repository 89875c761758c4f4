"""The ledger: append-only, in balance at every commit."""

from typing import Final, Self

import pgtrigger
from django.db import models
from django.db.models import OuterRef, Q, Subquery, Sum

from enrollment.models import Member
from payments.models.correction import Correction
from payments.models.kept import Kept
from payments.models.partner import PaymentPartner
from payments.models.payment import Payment
from perisai.models import Role, User


class Account(models.IntegerChoices):
    """The chart of accounts. Debit +, credit -."""

    PARTNER_RECEIVABLE = 1100
    BANK = 1200
    PAYABLE_JKK = 2100
    PAYABLE_JKM = 2110
    PAYABLE_JHT = 2120
    MEMBER_CREDIT = 2200
    SUSPENSE = 2300


class JournalAccount(models.Model):
    """The name of an account, for people who read the ledger."""

    code = models.PositiveSmallIntegerField(primary_key=True, choices=Account)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, help_text="asset or liability")

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["asset", "liability"]), name="journal_account_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.code)


A_MEMBER: Final = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
"""The id of a row, as a merge's entry names the one that ended."""


class EntryKind(models.TextChoices):
    """What happened to money."""

    ACCEPT = "accept"
    LATE_POST = "late_post"
    REVERSAL = "reversal"
    SURPLUS = "surplus"
    SUSPENSE = "suspense"
    RELEASE = "release"
    DISCOUNT_CREDIT = "discount_credit"
    MERGE = "merge"  # of a balance, to the row that counts for the same person (R23)


class JournalEntryQuerySet(models.QuerySet["JournalEntry"]):
    """Sentences about entries."""

    def visible_to(self, user: User) -> Self:
        """The whole ledger, for finance and auditors."""
        return self if user.role in {Role.FINANCE, Role.AUDITOR} else self.none()

    def with_debits(self) -> Self:
        """Annotated with `debits`: rupiah, which are what the credits are."""
        lines = JournalLine.objects.filter(entry=OuterRef("pk"), amount__gt=0).order_by()
        debits = lines.values("entry").annotate(sum=Sum("amount")).values("sum")
        return self.annotate(debits=Subquery(debits))


class JournalEntry(models.Model):
    """One event in the ledger; its lines sum to zero."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=16, choices=EntryKind)
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="entries"
    )
    reverses = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    correction = models.ForeignKey(
        Correction, on_delete=models.PROTECT, null=True, blank=True, related_name="entries"
    )
    settlement_date = models.DateField()
    posted_at = models.DateTimeField()
    reference = models.CharField(max_length=160, blank=True, default="")
    actor = models.CharField(max_length=60, help_text="partner:<id>, user:<id> or system.")

    objects = JournalEntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=EntryKind.values), name="journal_entry_kind_is_known"
            ),
            models.UniqueConstraint(fields=["reverses"], name="journal_entry_reverses_once"),
            models.UniqueConstraint(
                fields=["kind", "reference"],
                condition=~Q(reference=""),
                name="journal_entry_reference_once_per_kind",
            ),
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(kind__in=[EntryKind.ACCEPT, EntryKind.LATE_POST, EntryKind.RELEASE]),
                name="journal_entry_pays_once",
            ),
            models.CheckConstraint(
                condition=~Q(kind=EntryKind.MERGE)
                | Q(payment__isnull=True, reverses__isnull=True, correction__isnull=True)
                & ~Q(reference=""),
                name="journal_entry_of_a_merge_names_the_row",
            ),
            models.CheckConstraint(
                condition=~Q(kind=EntryKind.MERGE) | Q(reference__regex=A_MEMBER),
                name="journal_entry_of_a_merge_names_a_member",
            ),
            models.CheckConstraint(
                condition=~Q(kind=EntryKind.REVERSAL)
                | Q(payment__isnull=False)
                | Q(correction__isnull=False),
                name="journal_entry_of_a_reversal_has_a_cause",
            ),
        ]
        indexes = [
            # Seldom kinds among millions of payments, which do not pay for it.
            models.Index(
                fields=["kind", "id"],
                condition=~Q(kind=EntryKind.ACCEPT),
                name="journal_entry_beside_payments",
            ),
        ]
        triggers = [
            Kept(
                name="journal_entry_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            ),
            pgtrigger.Trigger(
                name="journal_entry_of_a_merge_moves_credit",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,  # judged at commit, when entry and member are whole
                condition=pgtrigger.Q(new__kind=EntryKind.MERGE),
                func="""
                    IF (SELECT count(*) <> 2
                            OR bool_or(l.account_id <> 2200)
                            OR bool_or(l.member_id IS DISTINCT FROM
                                       CASE WHEN l.amount > 0 THEN m.id ELSE m.merged_into_id END)
                        FROM payments_journalline l
                        LEFT JOIN enrollment_member m ON m.id = NEW.reference::uuid
                        WHERE l.entry_id = NEW.id) THEN
                        RAISE EXCEPTION 'merge % moves no credit to the row that counts', NEW.id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class JournalLine(models.Model):
    """One signed amount of an entry: debit +, credit -, whole rupiah."""

    pk = models.CompositePrimaryKey("entry_id", "line_no")
    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="lines")
    line_no = models.PositiveSmallIntegerField()
    # Accounts and partners are hot: no foreign key in the database.
    account = models.ForeignKey(
        JournalAccount, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    amount = models.BigIntegerField()
    partner = models.ForeignKey(
        PaymentPartner,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
    )
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="journal_line_amount_not_zero"),
            models.CheckConstraint(
                condition=Q(account__in=Account.values), name="journal_line_account_known"
            ),
            models.CheckConstraint(
                condition=~Q(account=Account.PARTNER_RECEIVABLE) | Q(partner__isnull=False),
                name="journal_line_1100_has_partner",
            ),
            models.CheckConstraint(
                condition=~Q(account=Account.MEMBER_CREDIT) | Q(member__isnull=False),
                name="journal_line_2200_has_member",
            ),
        ]
        indexes = [
            models.Index(
                fields=["member"],
                condition=Q(member__isnull=False),
                name="journal_line_by_member",
            ),
        ]
        triggers = [
            Kept(name="journal_line_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="journal_entry_sums_to_zero",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,  # judged at commit, when the entry is whole
                func="""
                    IF (SELECT sum(amount) FROM payments_journalline
                        WHERE entry_id = NEW.entry_id) <> 0 THEN
                        RAISE EXCEPTION 'journal entry % does not sum to zero', NEW.entry_id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id}/{self.line_no}"
