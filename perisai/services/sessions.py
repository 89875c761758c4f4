"""Sessions of office users: which user one belongs to, and their common end."""

from django.db.models import F
from django.utils.crypto import constant_time_compare

from perisai.models import DeviceToken, User


def user_of_session(user_id: int, session_hash: str) -> User | None:
    """The active user whose password and sessions are still those of a session's hash."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or not constant_time_compare(user.get_session_auth_hash(), session_hash):
        return None
    return user


def end_sessions(user: User) -> None:
    """End every session of a user, and a counter's tokens; joins the caller's transaction.

    The tokens of an agent's devices are `perisai.services.agents`' matter: a lost phone keeps its
    own, so that it can be told to wipe.
    """
    User.objects.filter(pk=user.pk).update(sessions_ended=F("sessions_ended") + 1)
    DeviceToken.objects.filter(user=user, device=None).delete()
