"""Payments and the months they cover."""

from datetime import datetime
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from enrollment.models import Member
from payments.models.bill import Bill, BillLine
from payments.models.frozen import Frozen
from payments.models.kept import Kept
from payments.models.partner import PaymentPartner, PostAgent
from payments.models.reserved_code import ReservedCode
from perisai.ids import new_id
from perisai.models import Agent, Role, User


class Channel(models.TextChoices):
    """The way money came."""

    REST = "rest"
    SNAP = "snap"
    SETTLEMENT = "settlement"
    CREDIT = "credit"
    OFFICE = "office"


WITHOUT_PARTNER = [Channel.CREDIT, Channel.OFFICE]


def waits_for_a_person(now: datetime) -> Q:
    """Of held money: paid before its form was written, or longer ago than a rule may bind (R10)."""
    too_long_ago = now - settings.EARLY_BIND_WITHIN
    return Q(paid_at__lt=F("reservation__captured_at")) | Q(paid_at__lt=too_long_ago)


class PaymentQuerySet(models.QuerySet["Payment"]):
    """Sentences about payments."""

    def visible_to(self, user: User) -> Self:
        """An agent's own members', a supervisor's branch's, all for money roles.

        What is held for a code is its agent's, and her branch's.
        """
        if user.role in {Role.NATIONAL, Role.AUDITOR, Role.FINANCE}:
            return self
        members = Member.objects.visible_to(user).filter(pk=OuterRef("member"))
        lines = BillLine.objects.filter(Exists(members), bill=OuterRef("bill"))
        codes = ReservedCode.objects.visible_to(user).filter(pk=OuterRef("reservation"))
        # Asked of each payment: as lists, all lines of a branch would be read for one of them.
        return self.filter(Exists(lines) | Exists(codes))

    def standing(self) -> Self:
        """Not taken back."""
        return self.filter(reversed_at__isnull=True)

    def held(self) -> Self:
        """For a code whose member has not come yet, or whose bill cannot be made."""
        released = Exists(
            self.model.objects.filter(pk=OuterRef("pk"), entries__kind="release").values("pk")
        )
        return self.standing().filter(~released, bill__isnull=True)

    def held_for_a_person(self, now: datetime) -> Self:
        """Held money that no rule may bind, or that waits too long."""
        return self.held().filter(waits_for_a_person(now))

    def at_outlet(self, outlet: PostAgent) -> Self:
        """What one counter took; of a partner's own login, what all its counters took."""
        if outlet.is_counter:
            return self.filter(outlet=outlet)
        return self.filter(partner=outlet.partner_id)

    def known_at(self, outlet: PostAgent) -> Self:
        """What one counter may name: its own, and late money of its partner."""
        return self.known_to(outlet.partner_id, outlet.pk if outlet.is_counter else None)

    def known_to(self, partner_id: int, outlet_id: int | None) -> Self:
        """The same by ids; all of a partner's without a counter.

        Of late money nobody says which counter took it: the one that asks may be the one.
        """
        known = self.filter(partner=partner_id)
        if outlet_id is None:
            return known
        return known.filter(Q(outlet=outlet_id) | Q(outlet__isnull=True, late_post=True))


class Payment(models.Model):
    """Money that was taken for one whole bill, or before its bill, for a reserved code (R10)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    receipt_no = models.CharField(max_length=16, unique=True)
    bill = models.ForeignKey(
        Bill,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        help_text="Null while the money is held for a code.",
    )
    reservation = models.ForeignKey(
        ReservedCode,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="held",
        db_index=False,
        help_text="The code that it was paid under, before there was a bill.",
    )
    quoted_month = models.DateField(
        null=True, blank=True, help_text="The first month that the counter was told."
    )
    channel = models.CharField(max_length=10, choices=Channel)
    # No foreign key in the database: each payment would take a share lock on the same few rows.
    partner = models.ForeignKey(
        PaymentPartner,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        db_constraint=False,
    )
    reference = models.CharField(max_length=128, help_text="The partner's own id.")
    outlet = models.ForeignKey(
        PostAgent,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        db_constraint=False,
    )
    terminal = models.CharField(max_length=20, blank=True, default="")
    amount = models.PositiveBigIntegerField(help_text="Rupiah, without fee.")
    fee = models.PositiveIntegerField(default=0, help_text="Rupiah; information only.")
    paid_at = models.DateTimeField(help_text="The partner's time.")
    posted_at = models.DateTimeField(help_text="Ours.")
    settlement_date = models.DateField()
    late_post = models.BooleanField(default=False, help_text="Came from a settlement file.")
    reversed_at = models.DateTimeField(null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bill"], name="payment_once_per_bill"),
            models.UniqueConstraint(
                fields=["reservation"],
                condition=Q(reversed_at__isnull=True, reservation__isnull=False),
                name="payment_once_per_reservation",
            ),
            models.CheckConstraint(
                condition=Q(bill__isnull=False) | Q(reservation__isnull=False),
                name="payment_has_bill_or_reservation",
            ),
            models.CheckConstraint(
                condition=Q(reservation__isnull=True, quoted_month__isnull=True)
                | Q(reservation__isnull=False, quoted_month__day=1),
                name="payment_for_a_code_names_its_month",
            ),
            models.UniqueConstraint(
                fields=["partner", "reference"], name="payment_reference_once_per_partner"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="payment_channel_is_known"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0) | Q(channel=Channel.CREDIT),
                name="payment_zero_only_by_credit",
            ),
            models.CheckConstraint(
                condition=Q(partner__isnull=True, channel__in=WITHOUT_PARTNER)
                | (Q(partner__isnull=False) & ~Q(channel__in=WITHOUT_PARTNER)),
                name="payment_partner_except_credit_and_office",
            ),
        ]
        indexes = [
            models.Index(fields=["posted_at", "id"], name="payment_in_order"),
            models.Index(fields=["outlet", "posted_at"], name="payment_by_outlet"),
            models.Index(
                fields=["reversed_at"],
                condition=Q(reversed_at__isnull=False),
                name="payment_reversed",
            ),
        ]
        triggers = [
            Kept(name="payment_is_kept", operation=pgtrigger.Delete),
            Frozen("reversed_at", first=("bill_id",), name="payment_is_append_only"),
        ]

    def __str__(self) -> str:
        return self.receipt_no

    @property
    def paid_bill(self) -> Bill:
        """The bill of a payment that has one."""
        if self.bill is None:
            raise AssertionError("held money has no bill")
        return self.bill


class CoverMonth(models.Model):
    """The fact that a payment covered a member for a month (bulan iuran)."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="cover_months")
    jkk = models.PositiveIntegerField(help_text="Rupiah.")
    jkm = models.PositiveIntegerField(help_text="Rupiah.")
    jht = models.PositiveIntegerField(help_text="Rupiah.")
    credit = models.PositiveIntegerField(default=0, help_text="Rupiah of carry.")
    episode_no = models.PositiveSmallIntegerField()
    agent = models.ForeignKey(
        Agent,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who is credited (R32), frozen at posting.",
    )
    agent_month_no = models.PositiveIntegerField(
        help_text="Ordinal among the member's months credited to that agent (R30)."
    )
    regency_code = models.CharField(max_length=4)
    counted_on = models.DateField(help_text="Day that incentives and figures count it on.")
    reversed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "month"],
                condition=Q(reversed_at__isnull=True),
                name="cover_month_once_per_member",
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="cover_month_is_first_day"),
            models.CheckConstraint(
                condition=Q(episode_no__gte=1), name="cover_month_episode_from_one"
            ),
        ]
        indexes = [
            models.Index(fields=["payment"], name="cover_month_by_payment"),
            models.Index(fields=["agent", "counted_on"], name="cover_month_by_agent"),
        ]
        triggers = [
            Kept(name="cover_month_is_kept", operation=pgtrigger.Delete),
            Frozen("reversed_at", name="cover_month_is_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.month:%Y-%m}"


class IdempotencyKey(models.Model):
    """The first word on a caller's key, for ever."""

    caller = models.CharField(
        max_length=60, help_text="agent:<id>, partner:<id>, user:<id> or system."
    )
    operation = models.CharField(max_length=10, help_text="bill, pay, reverse.")
    key = models.CharField(max_length=128)
    fingerprint = models.BinaryField(max_length=32)
    outcome = models.CharField(max_length=40, blank=True, default="", help_text="Outcome code.")
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    bill = models.ForeignKey(
        Bill, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    context = models.JSONField(default=dict, blank=True, help_text="Of refusals; nothing personal.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["caller", "operation", "key"], name="idempotency_key_once_per_caller"
            ),
        ]
        triggers = [
            Kept(name="idempotency_key_is_kept", operation=pgtrigger.Delete),
            # A refusal may give way to taken money (R12); what names a payment is final.
            Kept(
                name="idempotency_key_of_a_payment_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__payment__isnull=False)
                | pgtrigger.Q(old__caller__df=pgtrigger.F("new__caller"))
                | pgtrigger.Q(old__operation__df=pgtrigger.F("new__operation"))
                | pgtrigger.Q(old__key__df=pgtrigger.F("new__key"))
                | pgtrigger.Q(old__created_at__df=pgtrigger.F("new__created_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.caller} {self.operation}"
