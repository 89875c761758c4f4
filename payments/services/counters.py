"""Counters and their terminals."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS
from django.db.models import F, Q, QuerySet

from payments.models import PostAgent
from perisai.errors import InvalidCredentials
from perisai.models import DeviceToken, User
from perisai.models.prepared import Prepared
from perisai.services.tokens import issue_terminal_token

COLUMNS: Final = tuple(field.attname for field in DeviceToken._meta.concrete_fields)


def _with_token(digest: str) -> QuerySet[PostAgent]:
    token: dict[str, Any] = {name: F(f"user__auth_token_set__{name}") for name in COLUMNS}
    counters = PostAgent.objects.select_related("user", "partner")
    with_token = counters.annotate(**{f"token_{name}": column for name, column in token.items()})
    return with_token.filter(Q(token_digest=digest))


COUNTER_OF_DIGEST: Final = Prepared(_with_token, example="")


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


def token_of_counter(digest: str) -> tuple[DeviceToken, PostAgent] | None:
    """A counter's token, live or not, with its user; and the counter with its partner.

    One statement. None for a token of anybody else.
    """
    counter = COUNTER_OF_DIGEST.first(digest)
    if counter is None:
        return None
    values = [getattr(counter, f"token_{name}") for name in COLUMNS]
    token: DeviceToken = DeviceToken.from_db(DEFAULT_DB_ALIAS, COLUMNS, values)
    token.user = counter.user
    return token, counter
