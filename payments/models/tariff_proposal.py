"""What one person proposes about the tariff or the calendar, and another decides."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from payments.models.frozen import Frozen
from payments.models.kept import Kept
from perisai.models import Role, User
from perisai.models.user_change import Decision


class TariffChangeKind(models.TextChoices):
    """What is to become of dated rows."""

    BRACKETS = "brackets"  # a whole table of brackets from a month on
    RATE = "rate"
    DISCOUNT = "discount"
    WITHDRAWAL = "withdrawal"  # of rows that no bill was priced by
    HOLIDAYS = "holidays"


class TariffProposalQuerySet(models.QuerySet["TariffProposal"]):
    """Sentences about proposals."""

    def visible_to(self, user: User) -> Self:
        """All office roles read the tariff, and what is proposed about it."""
        readers = {Role.SUPERVISOR, Role.FINANCE, Role.NATIONAL, Role.AUDITOR}
        return self if user.role in readers else self.none()

    def open(self) -> Self:
        """Not decided yet."""
        return self.filter(decided_at__isnull=True)


class TariffProposal(models.Model):
    """One proposal about dated rows; it holds from the second person's decision on.

    `details` are the JSON values of its kind (`payments/tariff_drafts.py`). Nothing personal.
    """

    kind = models.CharField(max_length=10, choices=TariffChangeKind)
    details = models.JSONField()
    source = models.TextField(help_text="The law or decree that says so.")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now(), editable=False)
    decision = models.CharField(max_length=10, choices=Decision, blank=True, default="")
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = TariffProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=TariffChangeKind.values),
                name="tariff_proposal_kind_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(source=""), name="tariff_proposal_names_its_source"
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_by__isnull=True, decided_at__isnull=True)
                | Q(
                    decision__in=Decision.values,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
                name="tariff_proposal_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(decision=Decision.CONFIRMED) | ~Q(decided_by=F("proposed_by")),
                name="tariff_proposal_needs_second_person",
            ),
        ]
        triggers = [
            Kept(name="tariff_proposal_is_kept", operation=pgtrigger.Delete),
            Frozen(
                "decided_at", "decided_by_id", "decision", name="tariff_proposal_is_decided_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
