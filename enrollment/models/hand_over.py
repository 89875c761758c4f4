"""Hand-overs (alih binaan): members who went from one agent's care into another's."""

from datetime import datetime, timedelta
from typing import Final, Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from perisai.ids import new_id
from perisai.models import Agent, User
from perisai.privacy import EncryptedTextField

ALONE: Final = 500  # as many members one person may give away
SILENCE: Final = timedelta(minutes=15)


class HandOver(models.Model):
    """One decision to give members to an agent: to whom, by whom, why. Append-only.

    Who went, and from when, its assignments say.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    to_agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey("perisai.User", on_delete=models.PROTECT, related_name="+")
    reason = EncryptedTextField(label="hand_over.reason", padded=True)
    member_count = models.PositiveIntegerField()
    decided_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(member_count__gte=1), name="hand_over_moves_somebody"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="hand_over_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class HandOverProposalQuerySet(models.QuerySet["HandOverProposal"]):
    """Sentences about proposals."""

    def visible_to(self, user: User) -> Self:
        """National roles see all, a supervisor those of his branch, everyone else nobody's."""
        return self.filter(to_agent__in=Agent.objects.visible_to(user))

    def waiting(self, now: datetime) -> Self:
        """Confirmed, not ended, and in nobody's hands for a quarter of an hour."""
        is_quiet = Q(claimed_at=None) | Q(claimed_at__lte=now - SILENCE)
        is_meant = Q(confirmed_at__isnull=False, done_at=None, dropped_at=None)
        return self.filter(is_meant & is_quiet)

    def unsettled(self) -> Self:
        """Not ended: proposed, or meant and not yet carried out."""
        return self.filter(done_at=None, dropped_at=None)

    def dealt(self) -> Self:
        """Those that name their members and wait for a word."""
        return self.unsettled().filter(confirmed_at=None).exclude(members=[])


class HandOverProposal(models.Model):
    """Members whom somebody wants to give to another agent: of an agent (all, or of villages), one,
    or those who are named. Tried first; then confirmed, by a second person where they are many;
    then carried out.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    from_agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    villages = ArrayField(
        models.CharField(max_length=10), default=list, blank=True, help_text="Empty: all of them."
    )
    member = models.ForeignKey(
        "enrollment.Member", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    members = ArrayField(
        models.UUIDField(),
        default=list,
        db_default=[],
        blank=True,
        help_text="These; empty: as the others say.",
    )
    to_agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    reason = EncryptedTextField(label="hand_over_proposal.reason", padded=True)
    member_count = models.PositiveIntegerField(help_text="Who would move, when last counted.")
    proposed_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Null: the fair hand-out of the night.",
    )
    confirmed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True, help_text="Last taken up; moves.")
    done_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)
    refusal = models.CharField(
        max_length=40, blank=True, default="", help_text="Code of what stopped it once confirmed."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = HandOverProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(from_agent__isnull=False, member__isnull=True, members=[])
                | Q(from_agent__isnull=True, member__isnull=False, villages=[], members=[])
                | Q(member__isnull=True, villages=[], members__len__range=(1, ALONE)),
                name="hand_over_proposal_says_who_moves",
            ),
            models.CheckConstraint(
                condition=Q(proposed_by__isnull=False) | ~Q(members=[]),
                name="hand_over_proposal_of_nobody_names_members",
            ),
            models.CheckConstraint(
                condition=Q(member_count__gte=1), name="hand_over_proposal_moves_somebody"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="hand_over_proposal_confirmed_by_a_person",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True)
                | Q(member_count__lte=ALONE)
                | ~Q(confirmed_by=F("proposed_by")),
                name="hand_over_proposal_of_many_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True)
                | Q(confirmed_at__isnull=False, dropped_at__isnull=True),
                name="hand_over_proposal_done_once_confirmed",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="hand_over_proposal_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="hand_over_proposal_is_set_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__confirmed_at__isnull=False)
                & (
                    pgtrigger.Q(old__confirmed_at__df=pgtrigger.F("new__confirmed_at"))
                    | pgtrigger.Q(old__confirmed_by__df=pgtrigger.F("new__confirmed_by"))
                    | pgtrigger.Q(old__member_count__df=pgtrigger.F("new__member_count"))
                )
                | pgtrigger.Q(old__to_agent__df=pgtrigger.F("new__to_agent"))
                | pgtrigger.Q(old__from_agent__df=pgtrigger.F("new__from_agent"))
                | pgtrigger.Q(old__member__df=pgtrigger.F("new__member"))
                | pgtrigger.Q(old__villages__df=pgtrigger.F("new__villages"))
                | pgtrigger.Q(old__members__df=pgtrigger.F("new__members"))
                | pgtrigger.Q(old__proposed_by__df=pgtrigger.F("new__proposed_by")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_open(self) -> bool:
        """Whether it waits for somebody's word."""
        return self.confirmed_at is None and self.dropped_at is None
