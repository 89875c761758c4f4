"""Asking for a code: at most three an hour per number and per device, counted in PostgreSQL.

Every asking leaves a row and a message, whether or not somebody has the login; the message of
nobody's is given up when it is written. So nothing tells the two apart.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import connection
from django.db.models import Q

from perisai.deadlines import Deadline, atomic_within
from perisai.ids import new_id
from perisai.models import Agent, AgentState, LoginCode
from perisai.services import messages
from perisai.services.logins import agent_named, bearer_digest, login_digest

log = structlog.get_logger(__name__)
LOGIN_CODE: Final = "agent.login_code"
LASTS: Final = timedelta(minutes=5)
MOST_AN_HOUR: Final = 3
HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CodeRequest:
    """Who asks: a login as it was typed, and the installation, if it says which it is."""

    login: str
    installation_id: str = ""

    def digests(self) -> tuple[str, str]:
        """What stands for login and device; nobody reads them back."""
        device = bearer_digest("device", self.installation_id) if self.installation_id else ""
        return login_digest(self.login), device


@atomic_within(Deadline.PAGE)
def ask_for_code(request: CodeRequest, *, now: datetime) -> None:
    """Send a code to an active agent's own phone; never says whether there is one.

    Beyond three an hour, and beside an asking for the same number or device, nothing happens.
    """
    login, device = request.digests()
    if not all(_take(name) for name in (login, device) if name):
        return
    active = Agent.objects.filter(agent_named(request.login), state=AgentState.ACTIVE)
    agent = active.first()
    if not _take(f"agent {agent.pk if agent is not None else login}"):  # however she is named
        return
    of_number = Q(login_digest=login) | Q(agent=agent.pk if agent is not None else new_id())
    of_device = Q(device_digest=device or login)  # no device has a login's digest
    recent = LoginCode.objects.asked_since(now - HOUR)
    asked = [recent.filter(one).count() for one in (of_number, of_device)]
    if max(asked) >= MOST_AN_HOUR:
        log.info("login_code_refused")
        return
    code = LoginCode.objects.create(
        agent=agent,
        login_digest=login,
        device_digest=device,
        asked_at=now,
        expires_at=now + LASTS,
    )
    messages.queue(LOGIN_CODE, code.pk)
    log.info("login_code_asked", asking=str(code.pk))


@atomic_within(Deadline.BULK)
def purge_codes(*, before: datetime) -> int:
    """Delete askings that nothing counts any more; returns how many. Repeatable."""
    deleted, _ = LoginCode.objects.filter(asked_at__lt=before).delete()
    return deleted


def _take(name: str) -> bool:
    """Hold a counter until commit, so that askings beside each other cannot outrun it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 1))", [name])
        return bool(cursor.fetchone() == (True,))
