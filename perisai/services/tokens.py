"""Tokens of devices and terminals. They keep the real clock, whatever the business clock says."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from knox.settings import knox_settings

from perisai.deadlines import Deadline, atomic_within
from perisai.models import Device, DeviceState, DeviceToken, User
from perisai.models.prepared import Prepared

TOKEN_OF_DIGEST: Final = Prepared(
    lambda digest: DeviceToken.objects.select_related("user", "device").filter(digest=digest),
    example="",
)


def token_of(digest: str) -> DeviceToken | None:
    """The token with this digest, live or not, with its user and device, by one statement."""
    return TOKEN_OF_DIGEST.first(digest)


@atomic_within(Deadline.PAGE)
def issue_terminal_token(user: User, terminal: str) -> tuple[str, datetime]:
    """A token of 12 hours for one counter; ends the earlier token of that user's terminal.

    Returns the token, which nobody can read again, and when it ends.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # one live token, also in a race
    DeviceToken.objects.filter(user=user, terminal=terminal).exclude(terminal="").delete()
    lasts: timedelta = settings.TERMINAL_TOKEN_TTL
    row, token = DeviceToken.objects.issue(user, lasts=lasts, terminal=terminal)
    return token, row.expiry


def issue_device_token(device: Device) -> tuple[str, datetime]:
    """A token of 14 days for one installation; the earlier one lives until this one is used."""
    lasts: timedelta = knox_settings.TOKEN_TTL
    row, token = DeviceToken.objects.issue(device.agent.user, lasts=lasts, device=device)
    return token, row.expiry


def end_token(token: DeviceToken) -> None:
    """End one token (logout); device and outbox stay."""
    DeviceToken.objects.filter(pk=token.pk).delete()


def end_sessions(user: User) -> None:
    """End every token of a user, but for those by which lost devices are told to wipe."""
    told = Device.objects.filter(agent__user=user, state=DeviceState.LOST)
    DeviceToken.objects.filter(user=user).exclude(device__in=told).delete()


def end_terminals(users: QuerySet[User]) -> None:
    """End every token of counters' logins, however many there are."""
    DeviceToken.objects.filter(user__in=users, device=None).delete()


def note_use(token: DeviceToken, *, now: datetime) -> None:
    """First use ends the device's earlier tokens; later ones renew token and lease, hourly.

    Renewal slides by 14 days and stops 90 days after the login. Most calls cost no statement, and
    a token that ends meanwhile stays ended. A terminal's token is never renewed.
    """
    if token.device is None:
        return
    if token.used_at is None:
        _begin(token, token.device, now=now)
    expiry = min(now + knox_settings.TOKEN_TTL, token.created + knox_settings.AUTO_REFRESH_MAX_TTL)
    if expiry - token.expiry > _hourly():
        DeviceToken.objects.filter(pk=token.pk).update(expiry=expiry)
        token.expiry = expiry
    if token.device.last_seen_at is None or now - token.device.last_seen_at > _hourly():
        _note_contact(token.device, now=now)


@atomic_within(Deadline.PAGE)
def _begin(token: DeviceToken, device: Device, *, now: datetime) -> None:
    """The device's row orders two first uses, so that they cannot block each other."""
    Device.objects.select_for_update(no_key=True).get(pk=device.pk)
    if DeviceToken.objects.filter(pk=token.pk, used_at=None).update(used_at=now):
        earlier = DeviceToken.objects.filter(device=device, created__lte=token.created)
        earlier.exclude(pk=token.pk).delete()


def _note_contact(device: Device, *, now: datetime) -> None:
    """Renew the lease of a device that may work; a lost one is only noted as seen."""
    working = {DeviceState.ACTIVE, DeviceState.LIMITED}
    lease = now + settings.DEVICE_LEASE if device.state in working else device.lease_until
    Device.objects.filter(pk=device.pk).update(last_seen_at=now, lease_until=lease)
    device.last_seen_at, device.lease_until = now, lease


def _hourly() -> timedelta:
    return timedelta(seconds=knox_settings.MIN_REFRESH_INTERVAL)
