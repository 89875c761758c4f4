"""Money that a partner took and we heard of too late to be asked, and where it went."""

from typing import Any, Self

import pgtrigger
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan

from enrollment.models import Member
from payments.late_plan import SuspenseReason
from payments.models.correction import Correction
from payments.models.journal import JournalEntry, JournalLine
from payments.models.kept import Kept
from payments.models.partner import PaymentPartner
from payments.models.payment import Payment
from perisai.models import Role, User


class LateMoneyQuerySet(models.QuerySet["LateMoney"]):
    """Sentences about late money."""

    def visible_to(self, user: User) -> Self:
        """All for money roles; for a supervisor what is nobody's yet, and her branch's members'.

        While a rest has no owner, it is of no branch: she may know whose it is.
        """
        if user.role in {Role.FINANCE, Role.NATIONAL, Role.AUDITOR}:
            return self
        if user.role != Role.SUPERVISOR:
            return self.none()
        payments = Payment.objects.visible_to(user).filter(pk=OuterRef("payment"))
        seen = Member.objects.visible_to(user).filter(pk=OuterRef("member"))
        lines = JournalLine.objects.filter(Exists(seen), entry=OuterRef("surplus"))
        releases = Release.objects.filter(
            Exists(payments) | Exists(seen), suspense=OuterRef("suspense")
        )
        is_nobodys = GreaterThan(_rest(), 0)
        return self.filter(is_nobodys | Exists(payments) | Exists(lines) | Exists(releases))

    def with_rest(self) -> Self:
        """Annotated with `rest`: rupiah of it that are in suspense now."""
        return self.annotate(rest=_rest())

    def with_withdrawal(self) -> Self:
        """Annotated with `withdrawn_at`: when its suspense left the books; null: it did not."""
        return self.annotate(withdrawn_at=Subquery(_mirrors().values("posted_at")))

    def rest_of(self, money_id: int) -> int:
        """Rupiah of one row that are in suspense now."""
        row: Any = self.with_rest().get(pk=money_id)  # with the annotation
        return int(row.rest)

    def with_an_owner(self) -> Self:
        """Of which a rupiah is for a bill, a code or a member now."""
        live = Release.objects.standing().filter(suspense=OuterRef("suspense"))
        return self.filter(Q(suspended__lt=F("amount")) | Exists(live))

    def in_suspense(self) -> Self:
        """With a rest whose owner is not found yet."""
        return self.with_rest().filter(suspended__gt=0, rest__gt=0)

    def worth_another_try(self) -> Self:
        """Suspended whole, under a number that a member or a bill may have by now.

        What was released once and taken back stands where two persons put it: only they move it.
        """
        hopeless = [
            SuspenseReason.TAKEN_BACK,
            SuspenseReason.KEY_TAKEN,
            SuspenseReason.CREDIT_BACK,
        ]
        released = Release.objects.filter(suspense=OuterRef("suspense"))
        whole = self.filter(~Exists(released), suspended__gt=0, suspended=F("amount"))
        return whole.exclude(number="").exclude(why__in=hopeless).filter(~Exists(_mirrors()))


def _rest() -> Any:
    """What is left of suspense; nothing once it was withdrawn."""
    left = F("suspended") - Coalesce(_released(), 0)
    return Case(
        When(Exists(_mirrors()), then=0), default=left, output_field=models.BigIntegerField()
    )


def _mirrors() -> Any:
    """What took the suspense of an outer query's money off the books."""
    return JournalEntry.objects.filter(reverses=OuterRef("suspense"))


def _released() -> Any:
    """What found its owner; a release whose entry was mirrored fell back into suspense."""
    live = Release.objects.standing().filter(suspense=OuterRef("suspense"))
    sums = live.order_by().values("suspense").annotate(sum=Sum("amount"))
    return Subquery(sums.values("sum"), output_field=models.BigIntegerField())


class LateMoney(models.Model):
    """What a partner says of money that it took, and what became of each rupiah (R12).

    Posted late on a bill or under a reserved code, credited to members whose months were covered,
    or suspended. What becomes of suspended money later is a Release.
    """

    partner = models.ForeignKey(PaymentPartner, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=128, help_text="The partner's own id.")
    number = models.CharField(
        max_length=16, blank=True, default="", help_text="Bill code or KPJ; nothing else is kept."
    )
    amount = models.PositiveBigIntegerField(help_text="Rupiah, without fee.")
    fee = models.PositiveIntegerField(default=0, help_text="Rupiah; information only.")
    paid_at = models.DateTimeField(help_text="The partner's time.")
    terminal = models.CharField(max_length=20, blank=True, default="")
    settlement_date = models.DateField()
    late_posted = models.PositiveBigIntegerField(default=0, help_text="Rupiah for a bill.")
    credited = models.PositiveBigIntegerField(default=0, help_text="Rupiah on 2200.")
    suspended = models.PositiveBigIntegerField(default=0, help_text="Rupiah on 2300.")
    why = models.CharField(
        max_length=20, choices=SuspenseReason, blank=True, default="", help_text="It is suspended."
    )
    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="late_money"
    )
    surplus = models.OneToOneField(
        JournalEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    suspense = models.OneToOneField(
        JournalEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="late_money"
    )
    correction = models.OneToOneField(
        Correction, on_delete=models.PROTECT, null=True, blank=True, related_name="late_money"
    )
    posted_at = models.DateTimeField(help_text="Ours.")

    objects = LateMoneyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "reference"], name="late_money_once_per_reference"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="late_money_amount_positive"),
            models.CheckConstraint(
                condition=Q(amount=F("late_posted") + F("credited") + F("suspended")),
                name="late_money_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(number__regex=r"^([0-9]{11}|99[0-9]{4}9[0-9]{9})?$"),
                name="late_money_number_is_ours",
            ),
            models.CheckConstraint(
                condition=Q(late_posted=0, payment__isnull=True)
                | Q(late_posted__gt=0, payment__isnull=False),
                name="late_money_posted_names_its_payment",
            ),
            models.CheckConstraint(
                condition=Q(credited=0, surplus__isnull=True)
                | Q(credited__gt=0, surplus__isnull=False),
                name="late_money_credit_names_its_entry",
            ),
            models.CheckConstraint(
                condition=Q(suspended=0, suspense__isnull=True, why="")
                | Q(suspended__gt=0, suspense__isnull=False, why__in=SuspenseReason.values),
                name="late_money_suspense_names_its_entry",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(suspended__gt=0), name="late_money_suspended"),
        ]
        triggers = [
            Kept(name="late_money_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ReleaseQuerySet(models.QuerySet["Release"]):
    """Sentences about releases."""

    def standing(self) -> Self:
        """Whose money did not fall back into suspense."""
        mirrors = JournalEntry.objects.filter(reverses=OuterRef("entry"))
        return self.filter(~Exists(mirrors))

    def with_return(self) -> Self:
        """Annotated with `returned_at`: when it fell back into suspense; null: it stands."""
        mirrors = JournalEntry.objects.filter(reverses=OuterRef("entry"))
        return self.annotate(returned_at=Subquery(mirrors.values("posted_at")))

    def as_credit(self) -> Self:
        """That paid no month."""
        return self.filter(payment__isnull=True)


class Release(models.Model):
    """The fact that suspended money, or a part of it, found its owner (R12). Append-only.

    It paid a bill, or became a member's credit. Undone where its entry is mirrored: with the
    payment, or as credit that was given to the wrong member.
    """

    suspense = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="releases")
    entry = models.OneToOneField(JournalEntry, on_delete=models.PROTECT, related_name="release")
    amount = models.PositiveBigIntegerField(help_text="Rupiah.")
    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="release"
    )
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    correction = models.ForeignKey(
        Correction,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="releases",
        help_text="Null: its bill or member arrived, and no person was needed.",
    )
    posted_at = models.DateTimeField()

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="release_amount_positive"),
            models.CheckConstraint(
                condition=Q(payment__isnull=True, member__isnull=False)
                | Q(payment__isnull=False, member__isnull=True),
                name="release_to_a_bill_or_a_member",
            ),
        ]
        triggers = [
            Kept(name="release_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return str(self.pk)
