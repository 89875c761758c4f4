"""Counters: a new password for a login whose old one is lost."""

import structlog

from payments.models import PostAgent, TerminalReset
from perisai.errors import NotFound
from perisai.models import Role, User
from perisai.services.agents import Decision
from perisai.services.one_time import one_time_password
from perisai.services.tokens import end_sessions

log = structlog.get_logger(__name__)


def reset_terminal(outlet: PostAgent, decision: Decision) -> str:
    """A new password for the counter's login, returned once; every token of the old one ends.

    Joins the transaction in which a second person agreed. Raises NotFound for nobody's decision.
    """
    if decision.by is None:
        raise NotFound
    user = User.objects.select_for_update(no_key=True).get(pk=outlet.user_id)
    password = one_time_password()
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sessions(user)
    TerminalReset.objects.create(
        outlet=outlet, by=decision.by, at=decision.at, reason=decision.reason
    )
    log.info("terminal_reset", outlet=outlet.pk, by=decision.by.pk)
    return password


def looks_after(outlet: PostAgent, user: User) -> bool:
    """Whether a counter is this user's matter: its branch's supervisor, or the national office."""
    if user.role == Role.SUPERVISOR:
        return outlet.branch_id is not None and outlet.branch_id == user.branch_id
    return user.role == Role.NATIONAL
