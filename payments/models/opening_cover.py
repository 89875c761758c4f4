"""Where the cover of an imported member stood when the rows were brought in."""

import pgtrigger
from django.db import models
from django.db.models import Q

from enrollment.models import Member
from payments.models.kept import Kept
from perisai.models import Agent, ImportRun


class OpeningCover(models.Model):
    """The fact that an imported member was covered through a month; no money stands behind it.

    Months up to it count as covered, and the fold of `paid_through` begins with it.
    """

    member = models.OneToOneField(
        Member, on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="+")
    paid_through = models.DateField(help_text="Last covered month, first day.")
    episode_no = models.PositiveSmallIntegerField()
    episode_started_on = models.DateField(null=True, blank=True)
    agent = models.ForeignKey(
        Agent,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Whose months_with_agent they are.",
    )
    months_with_agent = models.PositiveIntegerField(
        default=0, help_text="Months credited to the agent before the import (R30)."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(paid_through__day=1), name="opening_cover_paid_through_is_first_day"
            ),
            models.CheckConstraint(
                condition=Q(episode_no__gte=1), name="opening_cover_episode_from_one"
            ),
            models.CheckConstraint(
                condition=Q(agent__isnull=False) | Q(months_with_agent=0),
                name="opening_cover_months_of_an_agent",
            ),
        ]
        triggers = [
            Kept(
                name="opening_cover_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.paid_through:%Y-%m}"
