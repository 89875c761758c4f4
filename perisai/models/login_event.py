"""Tries to log in, right and wrong: who was meant, from which net, and how it ended."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from perisai.models.device import Device
from perisai.models.user import User


class LoginStep(models.TextChoices):
    """What was tried."""

    AGENT = "agent"
    TERMINAL = "terminal"
    OFFICE = "office"
    FACTOR = "factor"
    PAPER = "paper"


class LoginResult(models.TextChoices):
    """How a try ended."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"


class LoginEvent(models.Model):
    """One try to log in. Append-only; nothing of what was typed is here, the net stands for who.

    A login that belongs to nobody has its digest alone, one for all spellings.
    """

    step = models.CharField(max_length=10, choices=LoginStep)
    result = models.CharField(max_length=10, choices=LoginResult)
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    device = models.ForeignKey(
        Device, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    login_digest = models.CharField(max_length=32, blank=True, default="")
    net = models.CharField(
        max_length=43, blank=True, default="", help_text="The first 24 or 48 bits of the address."
    )
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(step__in=LoginStep.values), name="login_event_step_is_known"
            ),
            models.CheckConstraint(
                condition=Q(result__in=LoginResult.values), name="login_event_result_is_known"
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False) | ~Q(login_digest=""),
                name="login_event_is_about_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["at"], name="login_event_by_age"),
            models.Index(
                fields=["user", "at"],
                condition=Q(user__isnull=False),
                name="login_event_of_a_user",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="login_event_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.result}"
