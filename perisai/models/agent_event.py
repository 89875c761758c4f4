"""What happened to agents: the facts behind the columns `state` and `office`."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from perisai.ids import new_id
from perisai.models.agent import Agent, AgentState
from perisai.models.branch import Office
from perisai.models.device import Device
from perisai.models.user import User
from perisai.privacy import EncryptedTextField


class AgentEventKind(models.TextChoices):
    """What an office user did to an agent's account."""

    APPOINTED = "appointed"
    MOVED = "moved"
    VILLAGES = "villages"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    ENDED = "ended"
    PHONE_LOST = "phone_lost"
    PASSWORD_RESET = "password_reset"  # noqa: S105  a word, no password


class AgentEvent(models.Model):
    """One step in an agent's life, by whom and why. Append-only.

    `old_state` and `old_office` hold what was true until `at`, so that every past instant can be
    judged from here, and the present from the agent's own row.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=14, choices=AgentEventKind)
    at = models.DateTimeField(help_text="From when on it holds.")
    old_state = models.CharField(
        max_length=10, choices=AgentState, blank=True, default="", help_text="Empty: none yet."
    )
    old_office = models.ForeignKey(
        Office, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    device = models.ForeignKey(
        Device, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    return_from = models.DateField(
        null=True, blank=True, help_text="Earliest day of a return after idleness (R31)."
    )
    by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Null: the agent herself, or an import.",
    )
    reason = EncryptedTextField(label="agent_event.reason", padded=True, null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=AgentEventKind.values), name="agent_event_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(old_state="") | Q(old_state__in=AgentState.values),
                name="agent_event_old_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(old_state="", old_office__isnull=True)
                | (~Q(old_state="") & Q(old_office__isnull=False)),
                name="agent_event_knows_what_was",
            ),
            models.CheckConstraint(
                condition=Q(kind=AgentEventKind.PHONE_LOST, device__isnull=False)
                | (~Q(kind=AgentEventKind.PHONE_LOST) & Q(device__isnull=True)),
                name="agent_event_names_the_lost_phone",
            ),
            models.CheckConstraint(
                condition=Q(return_from__isnull=True) | Q(kind=AgentEventKind.SUSPENDED),
                name="agent_event_returns_from_suspension",
            ),
        ]
        indexes = [models.Index(fields=["agent", "at"], name="agent_event_by_agent")]
        triggers = [
            pgtrigger.Protect(
                name="agent_event_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.kind}"
