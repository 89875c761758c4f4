"""A session of an office: opened by both factors, over after eight hours or half an hour's rest.

Django renews a session whenever something is written to it, so its own age is no end: the instants
stand in it. They are those of the real clock.
"""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.utils import timezone

from perisai.models import User

OPENED_AT: Final = "opened_at"
SEEN_AT: Final = "seen_at"
REST: Final = timedelta(minutes=30)
NOTED_EVERY: Final = 60  # seconds: most visits write nothing
BACKEND: Final = "django.contrib.auth.backends.ModelBackend"


def may_enter(user: object) -> bool:
    """Active office staff alone: a flag by mistake lets no agent and no counter in."""
    return (
        isinstance(user, User)
        and user.is_active
        and user.is_staff
        and user.role in User.OFFICE_ROLES
    )


def open_session(request: HttpRequest, user: User) -> None:
    """Log in who proved both factors, under a new session id."""
    login(request, user, backend=BACKEND)
    request.session[OPENED_AT] = request.session[SEEN_AT] = _now()


def is_open(request: HttpRequest) -> bool:
    """Whether this session was opened by both factors and is not over."""
    age = _seconds_since(request, OPENED_AT)
    rest = _seconds_since(request, SEEN_AT)
    return 0 <= age < settings.SESSION_COOKIE_AGE and 0 <= rest < REST.total_seconds()


def note_visit(request: HttpRequest) -> None:
    """Somebody is at the screen."""
    if _seconds_since(request, SEEN_AT) >= NOTED_EVERY:
        request.session[SEEN_AT] = _now()


def _seconds_since(request: HttpRequest, name: str) -> int:
    """Seconds since an instant of the session; -1 if it is not there."""
    noted = request.session.get(name)
    return _now() - noted if isinstance(noted, int) else -1


def _now() -> int:
    return int(timezone.now().timestamp())
