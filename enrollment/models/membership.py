"""Which member an agent is herself."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from enrollment.models.member import Member
from perisai.models import Agent
from perisai.models.tracked import tracked


class AgentMembershipQuerySet(models.QuerySet["AgentMembership"]):
    """Sentences about agents' own memberships."""

    def valid_on(self, day: date) -> Self:
        """Those whose days hold this one."""
        has_not_ended = Q(to_on__isnull=True) | Q(to_on__gte=day)
        return self.filter(has_not_ended, from_on__lte=day)


@tracked(without=["created_at"])
class AgentMembership(models.Model):
    """The fact that an agent is this member, so that her own cover can be judged (R29)."""

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True, help_text="Last day; null: still.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = AgentMembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent"],
                condition=Q(to_on__isnull=True),
                name="agent_membership_one_open_per_agent",
            ),
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(to_on__isnull=True),
                name="agent_membership_one_open_per_member",
            ),
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")),
                name="agent_membership_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.member_id}"
