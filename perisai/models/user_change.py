"""Who may log in to the office: what one person proposes and another decides; lost factors."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from perisai.ids import new_id
from perisai.models.branch import Branch
from perisai.models.decided import Decided, confirmed_by_another, decided_by_somebody
from perisai.models.user import Role, User
from perisai.privacy import EncryptedTextField

OFFICE = sorted(User.OFFICE_ROLES)


class UserChangeKind(models.TextChoices):
    """What is to become of a login."""

    CREATE = "create"
    CHANGE = "change"
    DEACTIVATE = "deactivate"
    REACTIVATE = "reactivate"


class UserChangeQuerySet(models.QuerySet["UserChange"]):
    """Sentences about proposals."""

    def visible_to(self, user: User) -> Self:
        """National roles see all, others none."""
        return self if user.role in {Role.NATIONAL, Role.AUDITOR} else self.none()

    def open(self) -> Self:
        """Not decided yet."""
        return self.filter(decided_at__isnull=True)


class UserChange(Decided):
    """One proposal about one office login; it holds from the second person's decision on."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=10, choices=UserChangeKind)
    username = models.CharField(max_length=60)
    role = models.CharField(
        max_length=12, choices=Role, blank=True, default="", help_text="The new one."
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = EncryptedTextField(label="user_change.reason", padded=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = UserChangeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=UserChangeKind.values), name="user_change_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["create", "change"], role__in=OFFICE)
                | Q(kind__in=["deactivate", "reactivate"], role="", branch__isnull=True),
                name="user_change_names_an_office_role",
            ),
            models.CheckConstraint(
                condition=Q(role__in=["", *Role.values]), name="user_change_role_is_known"
            ),
            models.CheckConstraint(
                condition=Q(role=Role.SUPERVISOR, branch__isnull=False)
                | (~Q(role=Role.SUPERVISOR) & Q(branch__isnull=True)),
                name="user_change_branch_of_a_supervisor",
            ),
            decided_by_somebody("user_change_decided_by_somebody"),
            confirmed_by_another("user_change_confirmed_by_another", asker="proposed_by"),
            models.UniqueConstraint(
                fields=["username"],
                condition=Q(decided_at__isnull=True),
                name="user_change_once_open_per_login",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="user_change_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="user_change_is_decided_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class FactorReset(models.Model):
    """A lost authenticator app was taken from a user by somebody else, in person. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = EncryptedTextField(label="factor_reset.reason", padded=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(by=F("user")), name="factor_reset_by_somebody_else"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="factor_reset_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
