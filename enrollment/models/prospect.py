"""People who may become members, and what was said to them (R41)."""

from typing import Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from enrollment.models.member import Member
from enrollment.models.occupation import Ecosystem, Occupation
from perisai.ids import new_id
from perisai.models import Agent, Role, User, Village
from perisai.models.scope import of_office
from perisai.privacy import EncryptedTextField


class ProspectOutcome(models.TextChoices):
    """What a contact came to (R41)."""

    INTERESTED = "interested"
    LATER = "later"
    NO_NEED_FELT = "no_need_felt"
    NO_MONEY_NOW = "no_money_now"
    ALREADY_COVERED = "already_covered"
    MOVED = "moved"
    WRONG_SEGMENT = "wrong_segment"
    UNREACHABLE = "unreachable"


class ProspectQuerySet(models.QuerySet["Prospect"]):
    """Sentences about prospects."""

    def visible_to(self, user: User) -> Self:
        """National roles see all, a supervisor his branch, an agent her own, others nobody."""
        if user.role == Role.AGENT:
            return self.filter(agent__user=user)
        return of_office(self, user, branch="agent__office__branch")


class Prospect(models.Model):
    """One person whom an agent approached; no NIK before consent. Converted by a registration."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    rev = models.PositiveIntegerField(default=1, help_text="Raised by each contact.")
    name = EncryptedTextField(label="prospect.name", padded=True)
    phone = EncryptedTextField(label="prospect.phone", null=True, blank=True)
    village = models.ForeignKey(Village, on_delete=models.PROTECT, related_name="+")
    ecosystem = models.CharField(max_length=10, choices=Ecosystem)
    occupation = models.ForeignKey(Occupation, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="prospects"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ProspectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ecosystem__in=Ecosystem.values), name="prospect_ecosystem_is_known"
            ),
        ]
        indexes = [models.Index(fields=["agent", "id"], name="prospect_by_agent")]

    def __str__(self) -> str:
        return str(self.id)


class ProspectContact(models.Model):
    """One contact with a prospect: what it came to, and which fields it changed. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    prospect = models.ForeignKey(Prospect, on_delete=models.PROTECT, related_name="contacts")
    rev = models.PositiveIntegerField(help_text="Of the prospect, as this contact left it.")
    fields = ArrayField(
        models.CharField(max_length=30), default=list, help_text="Changed, by the form's names."
    )
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    op_id = models.UUIDField(unique=True)
    outcome = models.CharField(max_length=15, choices=ProspectOutcome)
    next_on = models.DateField(null=True, blank=True)
    note = EncryptedTextField(label="prospect_contact.note", padded=True, null=True, blank=True)
    contacted_at = models.DateTimeField(help_text="Corrected by the clock offset (R38).")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["prospect", "rev"], name="prospect_contact_once_per_rev"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=ProspectOutcome.values),
                name="prospect_contact_outcome_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(outcome=ProspectOutcome.LATER) | Q(next_on__isnull=False),
                name="prospect_contact_later_has_a_day",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="prospect_contact_is_append_only",
                operation=pgtrigger.Update | pgtrigger.Delete,
            )
        ]

    def __str__(self) -> str:
        return f"{self.prospect_id} {self.rev}"
