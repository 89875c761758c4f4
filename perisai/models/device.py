"""Installations of the app, and the tokens that are bound to them or to a counter's terminal."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from knox.models import AbstractAuthToken

from perisai.ids import new_id
from perisai.models.agent import Agent


class DeviceState(models.TextChoices):
    """What a device may do (sync 8): all, push only, nothing but its wipe order, nothing."""

    ACTIVE = "active"
    LIMITED = "limited"
    LOST = "lost"
    RETIRED = "retired"


class WipeOrder(models.TextChoices):
    """What a lost device is told."""

    NONE = "none"
    DRAIN_THEN_WIPE = "drain_then_wipe"
    WIPE = "wipe"


class Platform(models.TextChoices):
    """What the app runs on."""

    ANDROID = "android"
    IOS = "ios"
    WEB = "web"


class Device(models.Model):
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
    lease_until = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

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
                condition=Q(state=DeviceState.LOST, lost_at__isnull=False)
                | (~Q(state=DeviceState.LOST) & Q(lost_at__isnull=True)),
                name="device_lost_with_an_instant",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class DeviceToken(AbstractAuthToken):
    """The digest of one token, bound to an agent's device or to a counter's terminal."""

    device = models.ForeignKey(
        Device, on_delete=models.PROTECT, null=True, blank=True, related_name="tokens"
    )
    terminal = models.CharField(max_length=20, blank=True, default="")
    used_at = models.DateTimeField(
        null=True, blank=True, help_text="First use; it ends the device's earlier tokens."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(device__isnull=False, terminal="")
                | (Q(device__isnull=True) & ~Q(terminal="")),
                name="device_token_has_one_bearer",
            ),
        ]

    def __str__(self) -> str:
        return self.token_key
