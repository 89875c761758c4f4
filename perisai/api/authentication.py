"""Tokens: found by their digest in one statement, with device and agent."""

from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed

from perisai.models import DeviceToken, User


class DeviceTokenAuthentication(TokenAuthentication):
    """knox's header and renewal, with one look-up and no sweep of other tokens per request."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, DeviceToken]:
        """The user and the token row. Raises AuthenticationFailed for any other token."""
        found = (
            DeviceToken.objects.select_related("user", "device")
            .filter(digest=_digest(token), expiry__gt=timezone.now(), user__is_active=True)
            .first()
        )
        if found is None:
            raise AuthenticationFailed
        if found.device_id is not None:
            self.renew_token(found)
        return found.user, found


def _digest(token: bytes) -> str:
    try:
        return str(hash_token(token.decode("ascii")))
    except (UnicodeDecodeError, ValueError) as fault:
        raise AuthenticationFailed from fault


class DeviceTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # library
    """How the schema names this header."""

    target_class = "perisai.api.authentication.DeviceTokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """`Authorization: Token <token>`."""
        return {"type": "apiKey", "in": "header", "name": "Authorization"}
