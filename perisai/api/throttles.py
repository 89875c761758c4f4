"""How often one caller may call: counted in the cache, per device, terminal or login.

Never per address, which a carrier's customers share. While the cache is down each process counts
for itself; what must hold exactly, the lock-out after wrong passwords, is counted in PostgreSQL.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from perisai.api.counting import calls
from perisai.models import DeviceToken
from perisai.services.logins import login_digest, terminal_at

if TYPE_CHECKING:  # DRF's views load this module while they are being loaded themselves
    from rest_framework.request import Request
    from rest_framework.views import APIView

SECONDS = {"s": 1, "min": 60, "hour": 3_600, "day": 86_400}


class WindowThrottle(BaseThrottle):
    """Counts calls in windows of fixed length; subclasses say under which keys."""

    wait_seconds = 0

    def scope(self, view: APIView) -> str:
        """Which of DEFAULT_THROTTLE_RATES holds."""
        raise NotImplementedError  # each subclass says it

    def keys(self, request: Request, view: APIView) -> Iterator[str]:
        """What this call is counted under; nothing: not counted."""
        raise NotImplementedError  # each subclass says it

    def allow_request(self, request: Request, view: APIView) -> bool:
        """False once a key has used up its window."""
        scope = self.scope(view)
        most, length = parsed_rate(scope)
        window, elapsed = divmod(int(time.time()), length)
        for key in self.keys(request, view):
            if calls(f"throttle:{scope}:{key}:{window}", length) > most:
                self.wait_seconds = length - elapsed
                return False
        return True

    def wait(self) -> float:
        """Seconds until the next window."""
        return float(self.wait_seconds)


class CallerThrottle(WindowThrottle):
    """Every call with a token; a view may name another scope as `throttle_scope`."""

    def scope(self, view: APIView) -> str:
        """The view's own, else that of agents."""
        return str(getattr(view, "throttle_scope", "agent"))

    def keys(self, request: Request, view: APIView) -> Iterator[str]:
        """The device, or the user and his terminal."""
        token = request.auth
        if isinstance(token, DeviceToken):
            yield str(token.device_id or f"{token.user_id}/{token.terminal}")


class PersonThrottle(CallerThrottle):
    """Every call of one person: who logs in on one more device gets no more of them."""

    def keys(self, request: Request, view: APIView) -> Iterator[str]:
        """The user."""
        token = request.auth
        if isinstance(token, DeviceToken):
            yield f"user/{token.user_id}"


class LoginThrottle(WindowThrottle):
    """Tries to log in, per login as typed and per installation or terminal, right or wrong."""

    def scope(self, view: APIView) -> str:
        """One rate for every login."""
        return "login"

    def keys(self, request: Request, view: APIView) -> Iterator[str]:
        """Digests of what the unchecked body names."""
        body = request.data if isinstance(request.data, dict) else {}
        device = body.get("device")
        login, terminal = body.get("login") or body.get("username"), body.get("terminal_id")
        is_of_counter = isinstance(login, str) and isinstance(terminal, str)
        named = {
            "login": login,
            "device": device.get("installation_id") if isinstance(device, dict) else None,
            "terminal": terminal_at(str(login), str(terminal)) if is_of_counter else None,
        }
        for kind, value in named.items():
            if isinstance(value, str):
                yield f"{kind}:{login_digest(value)}"


def parsed_rate(scope: str) -> tuple[int, int]:
    """Calls and seconds of a rate such as `30/min`."""
    most, _slash, unit = str(api_settings.DEFAULT_THROTTLE_RATES[scope]).partition("/")
    return int(most), SECONDS[unit]
