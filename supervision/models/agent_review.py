"""Reviews of agents: what a supervisor decided about one who brought nothing (R31)."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from perisai.ids import new_id
from perisai.models import Agent, User


class ReviewDecision(models.TextChoices):
    """The agent goes on, rests for months, or has ended for ever because of fraud."""

    KEPT = "kept"
    DEACTIVATED = "deactivated"
    FRAUD = "fraud"


class KeptBecause(models.TextChoices):
    """Why an agent without results goes on; a word, so that it says nothing of her health."""

    ON_LEAVE = "on_leave"
    ACTIVE_AGAIN = "active_again"
    WORK_NOT_SEEN = "work_not_seen"
    LEAN_SEASON = "lean_season"
    OTHER_DUTIES = "other_duties"


class AgentReviewQuerySet(models.QuerySet["AgentReview"]):
    """Sentences about reviews."""

    def visible_to(self, user: User) -> Self:
        """National roles see all, a supervisor those of his branch's agents, others none."""
        return self.filter(agent__in=Agent.objects.visible_to(user))


class AgentReview(models.Model):
    """One decision about one agent, in the month of the review. Append-only.

    That she was to be reviewed is derived (`idle_agents`) and stands nowhere.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    month = models.DateField(help_text="Of the review, its first day.")
    decision = models.CharField(max_length=11, choices=ReviewDecision)
    kept_because = models.CharField(
        max_length=13, choices=KeptBecause, blank=True, default="", help_text="Of a kept one."
    )
    active_on = models.DateField(
        null=True, blank=True, help_text="Last day of a result or a beginning; of fraud: null."
    )
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = AgentReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "month"],
                condition=~Q(decision=ReviewDecision.FRAUD),
                name="agent_review_once_per_month",
            ),
            models.UniqueConstraint(
                fields=["agent"],
                condition=Q(decision=ReviewDecision.FRAUD),
                name="agent_review_one_fraud",
            ),
            models.CheckConstraint(
                condition=Q(decision__in=ReviewDecision.values),
                name="agent_review_decision_is_known",
            ),
            models.CheckConstraint(
                condition=Q(decision=ReviewDecision.KEPT, kept_because__in=KeptBecause.values)
                | (~Q(decision=ReviewDecision.KEPT) & Q(kept_because="")),
                name="agent_review_kept_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(decision=ReviewDecision.FRAUD, active_on__isnull=True)
                | (~Q(decision=ReviewDecision.FRAUD) & Q(active_on__isnull=False)),
                name="agent_review_knows_the_last_result",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1), name="agent_review_month_is_first_day"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="agent_review_is_append_only",
                operation=pgtrigger.Update | pgtrigger.Delete,
            )
        ]

    def __str__(self) -> str:
        return f"{self.decision} {self.pk}"
