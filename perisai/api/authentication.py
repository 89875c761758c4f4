"""Tokens: found by their digest in one statement, with device and user."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed

from perisai.errors import TokenEnded
from perisai.models import DeviceState, DeviceToken, User
from perisai.services.tokens import note_use, token_of


class DeviceTokenAuthentication(TokenAuthentication):  # type: ignore[misc]  # knox is untyped
    """knox's header, with one look-up, our renewal, and no sweep of other tokens per request."""

    def __init__(self, look_up: Callable[[str], DeviceToken | None] = token_of) -> None:
        self._look_up = look_up

    def authenticate_credentials(self, token: bytes) -> tuple[User, DeviceToken]:
        """The user and the token row.

        Raises TokenEnded for a token that was ours, AuthenticationFailed for any other.
        """
        now = timezone.now()
        row = self.found(_digest(token))
        if row is None or not _may_still_be(row):
            raise AuthenticationFailed
        if not _is_live(row, now):
            raise TokenEnded
        note_use(row, now=now)
        return row.user, row

    def found(self, digest: str) -> DeviceToken | None:
        """The token with this digest, live or not, with its user and device."""
        return self._look_up(digest)


def _may_still_be(row: DeviceToken) -> bool:
    is_retired = row.device is not None and row.device.state == DeviceState.RETIRED
    return row.user.is_active and not is_retired


def _is_live(row: DeviceToken, now: datetime) -> bool:
    return row.expiry is not None and row.expiry > now


def _digest(token: bytes) -> str:
    try:
        return str(hash_token(token.decode("ascii")))
    except (UnicodeDecodeError, ValueError) as fault:
        raise AuthenticationFailed from fault


class DeviceTokenScheme(OpenApiAuthenticationExtension):
    """How the schema names this header."""

    target_class = "perisai.api.authentication.DeviceTokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """`Authorization: Token <token>`."""
        return {"type": "apiKey", "in": "header", "name": "Authorization"}
