"""Between the two steps of a login: whose password was right, and where he wants to go.

Nobody is logged in meanwhile, so that no page has to know that there are two steps.
"""

from datetime import timedelta
from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone

from perisai.models import User
from perisai.services.sessions import user_of_session
from supervision.admin.sessions import may_enter

PENDING: Final = "pending_login"
LASTS: Final = timedelta(minutes=10)


def begin_login(request: HttpRequest, user: User, *, next_url: str) -> None:
    """Remember whose password was right, in a session that is new."""
    request.session.flush()
    request.session[PENDING] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "at": int(timezone.now().timestamp()),
        "next": next_url,
    }


def pending_user(request: HttpRequest) -> User | None:
    """Whose second step this is; nobody once ten minutes or a changed password lie between."""
    pending = _pending(request)
    if not pending or timezone.now().timestamp() - pending["at"] >= LASTS.total_seconds():
        return None
    user = user_of_session(pending["user"], pending["hash"])
    return user if may_enter(user) else None


def pending_next(request: HttpRequest) -> str:
    """Where the login leads."""
    return str(_pending(request).get("next", ""))


def _pending(request: HttpRequest) -> dict[str, Any]:
    found = request.session.get(PENDING)
    return found if isinstance(found, dict) else {}
