"""The second factor of office logins."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from perisai.ids import new_id
from perisai.models.user import User
from perisai.privacy import EncryptedTextField


class TotpDevice(models.Model):
    """The authenticator app of one office user: its secret, and how far its codes are spent."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="+")
    secret = EncryptedTextField(label="totp_device.secret")
    confirmed_at = models.DateTimeField(
        null=True, blank=True, help_text="When its first code was typed; empty: not yet in use."
    )
    last_step = models.BigIntegerField(
        default=0, db_default=0, help_text="The thirty seconds of the last code that was used."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(last_step__gt=0),
                name="totp_device_confirmed_by_a_code",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class RecoveryCode(models.Model):
    """A code on paper that stands for the authenticator app once."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    digest = models.BinaryField(max_length=16, help_text="Keyed; the code itself is nowhere.")
    used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once_per_user"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
