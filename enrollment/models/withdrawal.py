"""Consent that was taken back."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from enrollment.models.member import Member
from enrollment.models.registration import Purpose
from perisai.ids import new_id
from perisai.models import Agent
from perisai.privacy import EncryptedTextField


class ConsentWithdrawal(models.Model):
    """What a member no longer agrees to, and since when. Append-only; the latest fact counts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="withdrawals")
    purposes = ArrayField(models.CharField(max_length=16, choices=Purpose))
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(help_text="When the person said so.")
    note = EncryptedTextField(label="consent_withdrawal.note", padded=True, null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(purposes__contained_by=Purpose.values),
                name="consent_withdrawal_purposes_are_known",
            ),
            models.CheckConstraint(
                condition=Q(purposes__len__gt=0), name="consent_withdrawal_of_something"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="consent_withdrawal_is_append_only",
                operation=pgtrigger.Update | pgtrigger.Delete,
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
