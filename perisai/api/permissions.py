"""Who may call. The default refuses, so a view that states nothing answers nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission

from perisai.models import Role

if TYPE_CHECKING:  # DRF's views load this module while they are being loaded themselves
    from rest_framework.request import Request
    from rest_framework.views import APIView


class Refuse(BasePermission):
    """Deny by default (security 3)."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Never."""
        return False


class Anyone(BasePermission):
    """Calls before a login."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Always; such a view throttles."""
        return True


class IsAgent(BasePermission):
    """An agent on a device; the token names both."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True for an agent's device token."""
        token = request.auth
        return token is not None and token.device_id is not None and _role(request) == Role.AGENT


class IsPostAgent(BasePermission):
    """A clerk at a counter's terminal."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True for a terminal's token."""
        token = request.auth
        return token is not None and token.terminal != "" and _role(request) == Role.POST_AGENT


def _role(request: Request) -> str | None:
    return getattr(request.user, "role", None)
