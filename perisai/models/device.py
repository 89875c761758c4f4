"""Installations of the app, and the tokens that are bound to them or to a counter's terminal."""

from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from knox.models import AbstractAuthToken, get_digest_token
from knox.settings import CONSTANTS

from perisai.ids import new_id
from perisai.models.agent import Agent
from perisai.models.user import User


class DeviceState(models.TextChoices):
    """What a device may do: all, push only, nothing but its wipe order, nothing."""

    ACTIVE = "active"
    LIMITED = "limited"
    LOST = "lost"
    RETIRED = "retired"


class WipeOrder(models.TextChoices):
    """What a lost device is told."""

    NONE = "none"
    DRAIN_THEN_WIPE = "drain_then_wipe"
    WIPE = "wipe"


class RevokedReason(models.TextChoices):
    """Why an agent or a supervisor took a device out of use."""

    LOST = "lost"
    STOLEN = "stolen"
    REPLACED = "replaced"
    LEFT = "left"


class Platform(models.TextChoices):
    """What the app runs on."""

    ANDROID = "android"
    IOS = "ios"
    WEB = "web"


class DeviceQuerySet(models.QuerySet["Device"]):
    """Sentences about devices."""

    def of_agent(self, agent_id: UUID) -> Self:
        """One agent's own installations."""
        return self.filter(agent=agent_id)

    def holding(self, now: datetime) -> Self:
        """Those that may still hold a book: not wiped, and not locked by the end of their lease."""
        return self.filter(wiped_at__isnull=True, lease_until__gt=now)


class Device(models.Model):  # type: ignore[django-manager-missing]  # knox is untyped
    """One installation of the app by one agent (instalasi)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="devices")
    installation_id = models.UUIDField()
    label = models.CharField(max_length=60, blank=True, default="")
    platform = models.CharField(max_length=10, choices=Platform)
    model = models.CharField(max_length=60, blank=True, default="")
    app_version = models.CharField(max_length=20)
    schema = models.PositiveSmallIntegerField(help_text="Newest row schema the app reads.")
    state = models.CharField(max_length=10, choices=DeviceState, default=DeviceState.ACTIVE)
    wipe = models.CharField(max_length=16, choices=WipeOrder, default=WipeOrder.NONE)
    lost_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(
        max_length=10, choices=RevokedReason, blank=True, default="", db_default=""
    )
    lease_until = models.DateTimeField()
    wiped_at = models.DateTimeField(
        null=True, blank=True, help_text="When it acknowledged that it holds nothing any more."
    )
    last_seen_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "installation_id"], name="device_once_per_installation"
            ),
            models.CheckConstraint(
                condition=Q(state__in=DeviceState.values), name="device_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(wipe__in=WipeOrder.values), name="device_wipe_is_known"
            ),
            models.CheckConstraint(
                condition=Q(platform__in=Platform.values), name="device_platform_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=DeviceState.RETIRED)
                | Q(state=DeviceState.LOST, lost_at__isnull=False)
                | (~Q(state=DeviceState.LOST) & Q(lost_at__isnull=True)),
                name="device_lost_with_an_instant",  # which it keeps when it is retired
            ),
            models.CheckConstraint(
                condition=Q(wiped_at__isnull=True) | Q(state=DeviceState.RETIRED),
                name="device_retired_once_wiped",
            ),
            models.CheckConstraint(
                condition=Q(revoked_reason__in=["", *RevokedReason.values]),
                name="device_revoked_reason_is_known",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class DeviceTokenManager(models.Manager["DeviceToken"]):
    """Makes tokens; knox keeps their digests alone."""

    def issue(
        self, user: User, *, lasts: timedelta, device: Device | None = None, terminal: str = ""
    ) -> tuple["DeviceToken", str]:
        """A row, and the token that nobody can read from it."""
        digest, token = get_digest_token()
        row = self.create(
            digest=digest,
            token_key=token[: CONSTANTS.TOKEN_KEY_LENGTH],
            user=user,
            expiry=timezone.now() + lasts,
            device=device,
            terminal=terminal,
        )
        return row, token


class DeviceToken(AbstractAuthToken):  # type: ignore[misc]  # knox is untyped
    """The digest of one token, bound to an agent's device or to a counter's terminal."""

    device = models.ForeignKey(
        Device, on_delete=models.PROTECT, null=True, blank=True, related_name="tokens"
    )
    terminal = models.CharField(max_length=20, blank=True, default="")
    used_at = models.DateTimeField(
        null=True, blank=True, help_text="First use; it ends the device's earlier tokens."
    )

    objects = DeviceTokenManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(device__isnull=False, terminal="")
                | (Q(device__isnull=True) & ~Q(terminal="")),
                name="device_token_has_one_bearer",
            ),
        ]

    def __str__(self) -> str:
        return str(self.token_key)
