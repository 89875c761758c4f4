"""What was changed of a member, by whom: the audit of edits and the memory of merges in one."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from enrollment.models.member import Member
from perisai.ids import new_id
from perisai.models import Agent, Device, User
from perisai.privacy import EncryptedJSONField, EncryptedTextField


class FieldGroup(models.TextChoices):
    """Which part of a member an edit is about; the first four are those of a correction."""

    IDENTITY = "identity"
    CONTACT = "contact"
    WORK = "work"
    PROGRAMME = "programme"
    HEIRS = "heirs"
    CLOSING = "closing"
    REGISTRATION = "registration"  # a whole form: opened again, or joined with another one


class MemberChange(models.Model):
    """One applied edit of one member: the revision it made, and which fields it changed.

    The values are in the operation that it names. An edit of the office names none, so its row
    keeps the reason and the values that it replaced.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="changes")
    rev = models.PositiveIntegerField(help_text="Of the member, as this edit left it.")
    group = models.CharField(max_length=12, choices=FieldGroup)
    fields = ArrayField(models.CharField(max_length=30), help_text="By the names of the form.")
    soft_checks = ArrayField(
        models.CharField(max_length=20), default=list, help_text="NIK doubts confirmed (R22)."
    )
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    device = models.ForeignKey(
        Device, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    op_id = models.UUIDField(null=True, blank=True)
    changed_at = models.DateTimeField(help_text="When it was captured, corrected (R38).")
    reason = EncryptedTextField(label="member_change.reason", padded=True, null=True, blank=True)
    old_values = EncryptedJSONField(
        label="member_change.old_values", padded=True, null=True, blank=True
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "rev"], name="member_change_once_per_rev"),
            models.CheckConstraint(
                condition=Q(group__in=FieldGroup.values), name="member_change_group_is_known"
            ),
            models.CheckConstraint(
                condition=Q(agent__isnull=False) | Q(user__isnull=False),
                name="member_change_has_an_actor",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="member_change_is_append_only",
                operation=pgtrigger.Update | pgtrigger.Delete,
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.rev}"
