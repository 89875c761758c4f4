"""How fresh the second factor of this browser is: some acts want it younger than a quarter hour."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

FRESH_FOR: Final = timedelta(minutes=15)
SESSION_KEY: Final = "second_factor_at"


def has_stepped_up(request: HttpRequest) -> bool:
    """Whether a code was proved in this session less than a quarter of an hour ago."""
    proved_at = request.session.get(SESSION_KEY)
    if not isinstance(proved_at, int | float):
        return False
    return 0 <= timezone.now().timestamp() - proved_at < FRESH_FOR.total_seconds()


def note_second_factor(request: HttpRequest) -> None:
    """Remember in the session, under a new id, that a code was proved just now."""
    request.session.cycle_key()
    request.session[SESSION_KEY] = timezone.now().timestamp()


def step_up_url(*, next_url: str) -> str:
    """Where a code is asked for before going on to a page of ours."""
    return f"{reverse('admin:step_up')}?{urlencode({'next': next_url})}"
