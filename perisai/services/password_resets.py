"""A new password by a code to the agent's own phone, or for a counter's terminal, shown once."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from django.http import HttpRequest

from perisai.deadlines import Deadline, atomic_within
from perisai.models import Agent, AgentEventKind, User
from perisai.services import messages
from perisai.services.agents import Decision, must_be_strong, note_event
from perisai.services.logins import LoginTry, check_password
from perisai.services.tokens import end_sessions

log = structlog.get_logger(__name__)
PASSWORD_RESET: Final = "agent.password_reset"  # noqa: S105  the kind of a message


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPassword:
    """Who wants one, with the code that proves it."""

    attempt: LoginTry
    password: str = field(repr=False)


def reset_password(request: HttpRequest, new: NewPassword, *, now: datetime) -> None:
    """Replace an agent's password, end all of her sessions, and tell her; opens transactions.

    Whether the password is strong is judged before the code, so that a weak one costs no code
    and tells nothing. Raises Invalid, and what check_password raises.
    """
    must_be_strong(new.password, new.attempt.login)
    user = check_password(request, new.attempt)
    _replace(user, new.password, now=now)


@atomic_within(Deadline.PAGE)
def _replace(user: User, password: str, *, now: datetime) -> None:
    agent = Agent.objects.select_for_update(no_key=True).get(user=user)
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sessions(user)
    event = note_event(agent, AgentEventKind.PASSWORD_RESET, Decision(by=None, at=now))
    messages.queue(PASSWORD_RESET, event.pk)
    log.info("password_reset", agent=str(agent.pk))
