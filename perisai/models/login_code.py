"""Codes that agents ask for, to log in or to choose a new password."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from perisai.ids import new_id
from perisai.models.agent import Agent

MOST_TRIES = 5


class LoginCodeQuerySet(models.QuerySet["LoginCode"]):
    """Sentences about codes."""

    def asked_since(self, instant: datetime) -> Self:
        """What was asked for after an instant."""
        return self.filter(asked_at__gt=instant)


class LoginCode(models.Model):
    """One asking for a code, whether or not somebody has the login. The code is stored nowhere."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agent = models.ForeignKey(
        Agent,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Null: nobody who may log in has this login.",
    )
    login_digest = models.CharField(max_length=32, help_text="Of what was typed.")
    device_digest = models.CharField(max_length=32, blank=True, default="")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0, help_text="Wrong ones.")
    used_at = models.DateTimeField(null=True, blank=True)

    objects = LoginCodeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tries__lte=MOST_TRIES), name="login_code_tries_end"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("asked_at")), name="login_code_days_in_order"
            ),
        ]
        indexes = [
            models.Index(fields=["login_digest", "asked_at"], name="login_code_by_login"),
            models.Index(fields=["device_digest", "asked_at"], name="login_code_by_device"),
            models.Index(fields=["agent", "asked_at"], name="login_code_by_agent"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    def is_usable(self, now: datetime) -> bool:
        """Whether it may still be tried: in time, not used, not tried too often."""
        return self.used_at is None and self.tries < MOST_TRIES and now < self.expires_at
