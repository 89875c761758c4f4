"""Who is calling, from the token: an agent's device and what it may still do."""

from rest_framework.request import Request

from perisai.errors import DeviceLimited, DeviceRevoked, NotFound
from perisai.models import Device, DeviceState, DeviceToken, User, WipeOrder


def current_user(request: Request) -> User:
    """The caller of a view that asks for a login. Raises NotFound where there is none."""
    user = request.user
    if not isinstance(user, User):
        raise NotFound
    return user


def current_token(request: Request) -> DeviceToken:
    """The caller's token. Raises NotFound where there is none."""
    token = request.auth
    if not isinstance(token, DeviceToken):
        raise NotFound
    return token


def current_device(request: Request, *, may_be_limited: bool = False) -> Device:
    """The calling device, with its agent's id.

    Raises DeviceRevoked with the wipe order for a lost one, DeviceLimited for one that may only
    send, unless that is what it does. A retired one does not get past authentication.
    """
    device = _device(request)
    _must_not_be_lost(device)
    if device.state == DeviceState.LIMITED and not may_be_limited:
        raise DeviceLimited
    return device


def pushing_device(request: Request) -> Device:
    """The calling device where it empties its outbox: limited ones may, and lost ones that drain.

    Raises DeviceRevoked for a lost one that must wipe at once.
    """
    device = _device(request)
    if device.wipe != WipeOrder.DRAIN_THEN_WIPE:
        _must_not_be_lost(device)
    return device


def _device(request: Request) -> Device:
    device: Device | None = current_token(request).device
    if device is None:
        raise NotFound
    return device


def _must_not_be_lost(device: Device) -> None:
    if device.state == DeviceState.LOST:
        raise DeviceRevoked(wipe=device.wipe)
