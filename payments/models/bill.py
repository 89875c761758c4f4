"""Bills: frozen quotes of member-months."""

from datetime import datetime
from typing import Final, Self
from uuid import UUID

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from enrollment.cover import CoverKind
from enrollment.models import Member
from payments.models.correction import Correction
from payments.models.frozen import Frozen
from payments.models.kept import Kept
from payments.models.partner import PaymentPartner
from payments.models.payer import Payer
from payments.models.reserved_code import ReservedCode
from payments.tariff import PayerKind, Sector
from perisai.ids import new_id
from perisai.models import Agent, Role, User

A_RESERVED: Final = r"^.{7}9"
"""What tells a reserved code from a drawn one."""


class CancelReason(models.TextChoices):
    """Why the office took a bill back; an agent is not asked."""

    MISTAKE = "mistake"
    MEMBERS = "members"  # others should be in it
    PAYER = "payer"  # does not pay after all
    OTHER = "other"


class BillQuerySet(models.QuerySet["Bill"]):
    """Sentences about bills."""

    def visible_to(self, user: User) -> Self:
        """A supervisor's branch's, all for national roles; of an agent, those of her members alone.

        A collective bill that also holds members of others is not an agent's to read or take back.
        """
        if user.role in {Role.NATIONAL, Role.AUDITOR, Role.FINANCE}:
            return self
        if user.role == Role.AGENT:
            return self.wholly_visible_to(user)
        seen = Member.objects.visible_to(user)
        return self.filter(pk__in=BillLine.objects.filter(member__in=seen).values("bill"))

    def wholly_visible_to(self, user: User) -> Self:
        """Those of whose members the user may see every one."""
        seen = Member.objects.visible_to(user)
        of_others = BillLine.objects.filter(bill=OuterRef("pk")).exclude(member__in=seen)
        found = self.filter(pk__in=BillLine.objects.filter(member__in=seen).values("bill"))
        return found.exclude(Exists(of_others))

    def of_member(self, member_id: UUID) -> Self:
        """Bills that hold months of a member."""
        return self.filter(pk__in=BillLine.objects.filter(member=member_id).values("bill"))

    def payable_anywhere(self) -> Self:
        """Bills of agents and of the office; a partner's quote is known to that partner alone."""
        return self.filter(made_by_partner__isnull=True)

    def open(self, now: datetime) -> Self:
        """Neither paid nor cancelled nor expired."""
        return self.filter(payments__isnull=True, cancelled_at__isnull=True, expires_at__gte=now)

    def payable_at(self, partner: PaymentPartner) -> Self:
        """Bills that a partner may know of: its own quotes and all not made by a partner."""
        return self.filter(Q(made_by_partner=partner) | Q(made_by_partner__isnull=True))


class Bill(models.Model):
    """A frozen quote: what these months cost on the day it was made. It never changes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=16, unique=True)
    payer_kind = models.CharField(max_length=6, choices=PayerKind, default=PayerKind.SELF)
    payer = models.ForeignKey(
        Payer, on_delete=models.PROTECT, null=True, blank=True, related_name="bills"
    )
    made_by_agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    made_by_partner = models.ForeignKey(
        PaymentPartner, on_delete=models.PROTECT, null=True, blank=True, related_name="bills"
    )
    made_by_user = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    made_by_system = models.BooleanField(
        db_default=False, help_text="Nobody asked: for money that was there already."
    )
    title = models.CharField(
        max_length=100,
        blank=True,
        db_default="",
        help_text="What the payer calls a collective bill.",
    )
    bridge = models.OneToOneField(
        Correction,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="bill",
        help_text="The two persons who let a sponsor's late money go on with the episode (R18).",
    )
    # Once for each code, since it is the bill's own: no index of its own is needed.
    reservation = models.ForeignKey(
        ReservedCode,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="bills",
        db_index=False,
        help_text="The code, where a phone handed it out before the bill was made.",
    )
    total = models.PositiveBigIntegerField(help_text="Rupiah, sum of the lines.")
    credit = models.PositiveBigIntegerField(default=0, help_text="Rupiah taken from the carry.")
    payable = models.PositiveBigIntegerField(help_text="Rupiah to pay, without fee.")
    member_count = models.PositiveIntegerField()
    line_count = models.PositiveIntegerField()
    expires_at = models.DateTimeField()
    fingerprint = models.BinaryField(
        max_length=32, help_text="SHA-256 of payer kind, payer and the sorted lines."
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancel_reason = models.CharField(
        max_length=8, choices=CancelReason, blank=True, default="", db_default=""
    )
    created_at = models.DateTimeField(help_text="The instant that the prices were judged at.")

    objects = BillQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^99[0-9]{4}9[0-9]{9}$"), name="bill_code_has_its_shape"
            ),
            models.CheckConstraint(
                condition=Q(reservation__isnull=True) & ~Q(code__regex=A_RESERVED)
                | Q(reservation__isnull=False, reservation=F("code")),
                name="bill_code_is_reserved_or_drawn",
            ),
            models.CheckConstraint(
                condition=Q(payable=F("total") - F("credit")),
                name="bill_payable_is_total_minus_credit",
            ),
            models.CheckConstraint(condition=Q(payable__gte=0), name="bill_payable_not_negative"),
            models.CheckConstraint(
                condition=Q(payer_kind__in=PayerKind.values), name="bill_payer_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(payer_kind=PayerKind.SELF, payer__isnull=True)
                | (~Q(payer_kind=PayerKind.SELF) & Q(payer__isnull=False)),
                name="bill_payer_only_when_not_self",
            ),
            models.CheckConstraint(
                condition=Q(cancel_reason__in=["", *CancelReason.values]),
                name="bill_cancel_reason_is_known",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=False)
                | Q(cancelled_by__isnull=True, cancel_reason=""),
                name="bill_cancelled_by_somebody_only_when_cancelled",
            ),
            models.CheckConstraint(
                condition=Q(bridge__isnull=True)
                | Q(made_by_user__isnull=False, payer__isnull=False),
                name="bill_bridge_is_a_sponsors",
            ),
            models.CheckConstraint(
                condition=Q(
                    made_by_agent__isnull=False,
                    made_by_partner__isnull=True,
                    made_by_user__isnull=True,
                    made_by_system=False,
                )
                | Q(
                    made_by_agent__isnull=True,
                    made_by_partner__isnull=False,
                    made_by_user__isnull=True,
                    made_by_system=False,
                )
                | Q(
                    made_by_agent__isnull=True,
                    made_by_partner__isnull=True,
                    made_by_user__isnull=False,
                    made_by_system=False,
                )
                | Q(
                    made_by_agent__isnull=True,
                    made_by_partner__isnull=True,
                    made_by_user__isnull=True,
                    made_by_system=True,
                ),
                name="bill_has_one_maker",
            ),
        ]
        indexes = [
            models.Index(fields=["fingerprint", "expires_at"], name="bill_open_by_fingerprint"),
        ]
        triggers = [
            Kept(name="bill_is_kept", operation=pgtrigger.Delete),
            Frozen("cancelled_at", "cancelled_by_id", "cancel_reason", name="bill_is_frozen"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    def is_expired(self, now: datetime) -> bool:
        """Whether the quote's time is over (R10)."""
        return now > self.expires_at


class BillLine(models.Model):
    """One member-month of a bill, with what its price came from."""

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="lines")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    jkk = models.PositiveIntegerField(help_text="Rupiah.")
    jkm = models.PositiveIntegerField(help_text="Rupiah.")
    jht = models.PositiveIntegerField(help_text="Rupiah.")
    credit = models.PositiveIntegerField(default=0, help_text="Rupiah of carry; never pays JHT.")
    basis_paid_through = models.DateField(null=True, blank=True)
    basis_episode = models.PositiveSmallIntegerField()
    episode_no = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=CoverKind)
    base_income = models.PositiveBigIntegerField()
    sector = models.CharField(max_length=13, choices=Sector)
    discount_code = models.CharField(max_length=30, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bill", "member", "month"], name="bill_line_once_per_member_and_month"
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="bill_line_month_is_first_day"),
            models.CheckConstraint(
                condition=Q(jkk__gte=0, jkm__gte=0, jht__gte=0),
                name="bill_line_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(credit__lte=F("jkk") + F("jkm")),
                name="bill_line_credit_within_jkk_jkm",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=CoverKind.values), name="bill_line_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(sector__in=Sector.values), name="bill_line_sector_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["member", "bill"], name="bill_line_by_member"),
            BrinIndex(fields=["month"], name="bill_line_by_month"),  # a few pages in all
        ]
        triggers = [
            Kept(name="bill_line_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.bill_id} {self.month:%Y-%m}"
