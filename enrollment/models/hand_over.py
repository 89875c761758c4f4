"""Hand-overs (alih binaan): members who went from one agent's care into another's."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from perisai.ids import new_id
from perisai.models import Agent
from perisai.privacy import EncryptedTextField


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
