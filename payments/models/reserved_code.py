"""Codes that phones hand out before their bills exist (R10)."""

from datetime import datetime
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q

from enrollment.models import Member
from payments.models.frozen import Frozen
from payments.models.kept import Kept
from perisai.models import Agent, Device, Role, User
from perisai.models.scope import of_office


class ReservedCodeQuerySet(models.QuerySet["ReservedCode"]):
    """Sentences about reserved codes."""

    def visible_to(self, user: User) -> Self:
        """An agent's own, those of a supervisor's branch, all for money roles."""
        if user.role == Role.FINANCE:
            return self
        if user.role == Role.AGENT:
            return self.filter(agent__user=user)
        return of_office(self, user, branch="agent__office__branch")

    def free(self, now: datetime) -> Self:
        """Neither claimed nor paid, with time left."""
        return self.filter(~Exists(self._paid()), member__isnull=True, expires_at__gte=now)

    def waiting(self) -> Self:
        """Claimed by a member, for whom nothing could be made of it so far."""
        return self.filter(member__isnull=False, bound_at__isnull=True)

    def _paid(self) -> models.QuerySet["ReservedCode"]:
        """The code of an outer query, if money stands under it."""
        return self.model.objects.filter(
            pk=OuterRef("pk"), held__isnull=False, held__reversed_at__isnull=True
        )


class ReservedCode(models.Model):
    """A code of a phone's pool (kode cadangan).

    It names a member once a registration has brought it, and a bill once one bears it. Money that
    comes before that is held under it.
    """

    code = models.CharField(max_length=16, primary_key=True)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    months = models.PositiveSmallIntegerField(help_text="That are paid while there is no bill.")
    reserved_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    member = models.ForeignKey(
        Member,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Of the first accepted form that named it.",
    )
    wanted_months = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Months that the form asks for."
    )
    captured_at = models.DateTimeField(
        null=True, blank=True, help_text="When the form was, by the phone's adjusted clock."
    )
    bound_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When its bill was made, or its money became the member's credit.",
    )

    objects = ReservedCodeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^99[0-9]{4}99[0-9]{8}$"),
                name="reserved_code_has_its_shape",
            ),
            models.CheckConstraint(
                condition=Q(months__range=(1, 12)), name="reserved_code_months_up_to_a_year"
            ),
            models.CheckConstraint(
                condition=Q(member__isnull=True, wanted_months__isnull=True)
                & Q(captured_at__isnull=True)
                | Q(member__isnull=False, wanted_months__isnull=False)
                & Q(captured_at__isnull=False),
                name="reserved_code_claimed_by_a_form",
            ),
            models.CheckConstraint(
                condition=Q(bound_at__isnull=True) | Q(member__isnull=False),
                name="reserved_code_bound_to_a_member",
            ),
        ]
        indexes = [
            models.Index(
                fields=["code"],
                condition=Q(member__isnull=False, bound_at__isnull=True),
                name="reserved_code_waiting",
            ),
            models.Index(
                fields=["device", "code"],
                condition=Q(member__isnull=True),
                name="reserved_code_unclaimed",
            ),
        ]
        triggers = [
            Kept(name="reserved_code_is_kept", operation=pgtrigger.Delete),
            Frozen(
                "bound_at",
                first=("member_id", "wanted_months", "captured_at"),
                name="reserved_code_is_bound_once",
            ),
        ]

    def __str__(self) -> str:
        return self.code
