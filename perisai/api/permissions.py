"""Who may call. The default refuses, so a view that states nothing answers nobody.

A lost device is refused here with its wipe order, whatever the view.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission

from perisai.models import DeviceToken, Role, User

if TYPE_CHECKING:  # DRF's views load this module while they are being loaded themselves
    from rest_framework.request import Request
    from rest_framework.views import APIView


class Refuse(BasePermission):
    """Deny by default."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Never."""
        return False


class Anyone(BasePermission):
    """Calls before a login."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Always; such a view throttles."""
        return True


class IsAgent(BasePermission):
    """An agent on a device that may do everything; the token names both."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True for an agent's device. Raises DeviceRevoked, DeviceLimited."""
        from perisai.api.callers import current_device  # noqa: PLC0415  see above

        return _is_agent(request) and bool(current_device(request))


class IsLimitedAgent(BasePermission):
    """An agent on a device that may be limited, for what is not a read of the book."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True for an agent's device. Raises DeviceRevoked."""
        from perisai.api.callers import current_device  # noqa: PLC0415  see above

        return _is_agent(request) and bool(current_device(request, may_be_limited=True))


class IsPushingAgent(BasePermission):
    """An agent's device that empties its outbox: also a limited one, and a lost one that drains."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True for an agent's device. Raises DeviceRevoked."""
        from perisai.api.callers import pushing_device  # noqa: PLC0415  see above

        return _is_agent(request) and bool(pushing_device(request))


class IsPostAgent(BasePermission):
    """A clerk at a counter's terminal."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True for a terminal's token."""
        return _is_terminal(request) and _role(request) == Role.POST_AGENT


class ReadsPayments(BasePermission):
    """A clerk at a counter's terminal, or a partner's own login, which takes no money."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True for a token that pospay/login gave."""
        return _is_terminal(request) and _role(request) in {Role.POST_AGENT, Role.PARTNER}


def _is_agent(request: Request) -> bool:
    token = request.auth
    has_device = isinstance(token, DeviceToken) and token.device_id is not None
    return has_device and _role(request) == Role.AGENT


def _is_terminal(request: Request) -> bool:
    token = request.auth
    return isinstance(token, DeviceToken) and token.terminal != ""


def _role(request: Request) -> str | None:
    return request.user.role if isinstance(request.user, User) else None
