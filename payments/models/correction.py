"""What one person asks for and another confirms: money that no rule may move by itself."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from enrollment.models import Member
from payments.models.frozen import Frozen
from payments.models.kept import Kept
from payments.models.reserved_code import ReservedCode
from perisai.ids import new_id
from perisai.models import Role, User
from perisai.models.decided import Decided, confirmed_by_another, decided_by_somebody
from perisai.privacy import EncryptedTextField


class CorrectionKind(models.TextChoices):
    """What is to become of money, or of months."""

    REVERSAL = "reversal"  # of a payment whose window is over (R12)
    LATE_POST = "late_post"  # of money that a partner took and we never heard of (R12)
    RELEASE = "release"  # of money in suspense whose owner was found (R12)
    BRIDGE = "bridge"  # of months that a sponsor pays too late (R18)
    BIND = "bind"  # of money that is held for a code to its member (R10)
    CREDIT = "credit"  # of money that became the credit of the wrong member (R12)
    WITHDRAW = "withdraw"  # of suspense that was entered wrongly or given back (R12)


class CorrectionQuerySet(models.QuerySet["Correction"]):
    """Sentences about corrections."""

    def visible_to(self, user: User) -> Self:
        """All for money roles; a supervisor's branch's: of its members, or asked for by it."""
        if user.role in {Role.NATIONAL, Role.AUDITOR, Role.FINANCE}:
            return self
        if user.role != Role.SUPERVISOR:
            return self.none()
        seen = Member.objects.visible_to(user)
        of_members = Correction.objects.filter(payment__bill__lines__member__in=seen)
        return self.filter(
            Q(pk__in=of_members.values("pk"))
            | Q(requested_by__branch=user.branch_id)
            | Q(payment__reservation__in=ReservedCode.objects.visible_to(user))
        )

    def open(self) -> Self:
        """Not decided yet."""
        return self.filter(decided_at__isnull=True)


class Correction(Decided):
    """One request about money; it holds from the second person's decision on, and is done in it.

    `details` are JSON values of its kind: ids, amounts, and the customer number (a bill code or a
    KPJ) that a partner named; no name and no NIK.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=10, choices=CorrectionKind)
    payment = models.ForeignKey(
        "payments.Payment", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    entry = models.ForeignKey(
        "payments.JournalEntry",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The suspense to release or withdraw, or what gave the credit.",
    )
    details = models.JSONField(default=dict, blank=True)
    reason = EncryptedTextField(label="correction.reason", padded=True)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=CorrectionKind.values), name="correction_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[CorrectionKind.REVERSAL, CorrectionKind.BIND],
                    payment__isnull=False,
                    entry__isnull=True,
                )
                | Q(
                    kind__in=[
                        CorrectionKind.RELEASE,
                        CorrectionKind.CREDIT,
                        CorrectionKind.WITHDRAW,
                    ],
                    payment__isnull=True,
                    entry__isnull=False,
                )
                | Q(
                    kind__in=[CorrectionKind.LATE_POST, CorrectionKind.BRIDGE],
                    payment__isnull=True,
                    entry__isnull=True,
                ),
                name="correction_names_its_target",
            ),
            decided_by_somebody("correction_decided_by_somebody"),
            confirmed_by_another("correction_needs_second_person", asker="requested_by"),
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(decided_at__isnull=True),
                name="correction_once_open_per_payment",
            ),
            models.UniqueConstraint(
                fields=["entry"],
                condition=Q(decided_at__isnull=True),
                name="correction_once_open_per_entry",
            ),
        ]
        triggers = [
            Kept(name="correction_is_kept", operation=pgtrigger.Delete),
            Frozen("decided_at", "decided_by_id", "decision", name="correction_is_decided_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
