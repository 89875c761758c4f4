"""What one person proposes about the tariff or the calendar, and another decides."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from payments.models.frozen import Frozen
from payments.models.kept import Kept
from perisai.models import Role, User
from perisai.models.decided import Decided, confirmed_by_another, decided_by_somebody


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


class TariffProposal(Decided):
    """One proposal about dated rows; it holds from the second person's decision on.

    `details` are the JSON values of its kind (`payments/tariff_drafts.py`). Nothing personal.
    """

    kind = models.CharField(max_length=10, choices=TariffChangeKind)
    details = models.JSONField()
    source = models.TextField(help_text="The law or decree that says so.")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now(), editable=False)

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
            decided_by_somebody("tariff_proposal_decided_by_somebody"),
            confirmed_by_another("tariff_proposal_needs_second_person", asker="proposed_by"),
        ]
        triggers = [
            Kept(name="tariff_proposal_is_kept", operation=pgtrigger.Delete),
            Frozen(
                "decided_at", "decided_by_id", "decision", name="tariff_proposal_is_decided_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
