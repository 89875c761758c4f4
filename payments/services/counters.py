"""Counters and their terminals."""

from dataclasses import dataclass
from datetime import datetime

from payments.models import PostAgent
from perisai.errors import InvalidCredentials
from perisai.models import User
from perisai.services.tokens import issue_terminal_token


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class IssuedToken:
    """A terminal's token, shown once, and when it ends."""

    token: str
    expires_at: datetime


def issue_counter_token(user: User, terminal: str) -> IssuedToken:
    """A token for a terminal of the clerk's counter; ends that terminal's earlier one.

    Raises InvalidCredentials, as a wrong password does, if the user has no counter or it, or its
    partner, is switched off.
    """
    if not PostAgent.objects.working().filter(user=user).exists():
        raise InvalidCredentials
    token, expires_at = issue_terminal_token(user, terminal)
    return IssuedToken(token=token, expires_at=expires_at)
