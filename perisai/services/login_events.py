"""The record of tries to log in: one row per try, without what was typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Final

from axes.handlers.proxy import AxesProxyHandler
from django.db.models import QuerySet
from django.http import HttpRequest

from perisai.models import Device, LoginEvent, LoginResult, LoginStep, User
from perisai.services.guards import guards_aside

LOGIN_EVENTS: Final = "login_events"
KEPT_BITS: Final = {4: 24, 6: 48}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginNote:
    """What is noted of one try; `login_digest` where no user is known."""

    step: LoginStep
    result: LoginResult
    user: User | None = None
    device: Device | None = None
    login_digest: str = ""


def note_login(request: HttpRequest, note: LoginNote) -> None:
    """Write the row of one try; joins the caller's transaction."""
    AxesProxyHandler.update_request(request)
    LoginEvent.objects.create(
        step=note.step,
        result=note.result,
        user=note.user,
        device=note.device,
        login_digest=note.login_digest,
        net=net_of(getattr(request, "axes_ip_address", None)),
    )


def events_before(before: datetime) -> QuerySet[LoginEvent]:
    """Tries that were made before an instant."""
    return LoginEvent.objects.filter(at__lt=before)


def end_events(keys: Sequence[int], now: datetime) -> int:
    """Delete these tries; how many there were."""
    del now
    with guards_aside(LoginEvent):
        deleted, _rows = LoginEvent.objects.filter(pk__in=keys).delete()
    return deleted


def net_of(address: str | None) -> str:
    """The net that an address lies in: 24 bits of it, or 48, say where from and not who."""
    try:
        known = ip_address(address or "")
    except ValueError:
        return ""
    return str(ip_network(f"{known}/{KEPT_BITS[known.version]}", strict=False))
