"""Passwords of counters that were reset."""

import pgtrigger
from django.db import models

from payments.models.partner import PostAgent
from perisai.ids import new_id
from perisai.models import User
from perisai.privacy import EncryptedTextField


class TerminalReset(models.Model):
    """The fact that somebody gave a counter a new password, and why. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    outlet = models.ForeignKey(PostAgent, on_delete=models.PROTECT, related_name="resets")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = EncryptedTextField(label="terminal_reset.reason", padded=True)

    class Meta:
        triggers = [
            pgtrigger.Protect(
                name="terminal_reset_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
