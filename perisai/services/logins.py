"""Logins: one answer and one amount of work for every wrong one, and a lock-out that heals.

Failures are counted in PostgreSQL by axes, per login, however it is spelt, and per device, or
terminal of a counter, under digests: what people type into a login field may be a phone number, or
a password.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import structlog
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off, get_failure_limit
from axes.models import AccessAttempt
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from perisai.deadlines import Deadline, limit
from perisai.errors import InvalidCredentials, PhoneInvalid, RateLimited
from perisai.models import Agent, AgentState, Device, LoginResult, LoginStep, Role, User
from perisai.phones import normalise_phone
from perisai.privacy import blind_index
from perisai.services.login_codes import use_code
from perisai.services.login_events import LoginNote, note_login

log = structlog.get_logger(__name__)

Bearer = Literal["device", "terminal"]
MOMENT = 1  # seconds to wait while the same login is being tried elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginTry:
    """One try: what was typed, by whom it may be, and from which device or terminal.

    `also`: roles that log in the same way. With a `code`, that is tried, and the password is not
    looked at.
    """

    login: str
    password: str
    role: Role
    bearer: Bearer
    bearer_id: str
    code: str = ""
    also: tuple[Role, ...] = ()

    def counters(self) -> list[dict[str, str]]:
        """What failures are counted under, in the order in which the counters are taken."""
        is_terminal = self.bearer == "terminal"
        bearer_id = terminal_at(self.login, self.bearer_id) if is_terminal else self.bearer_id
        return [{"username": self.login}, {self.bearer: bearer_id}]


def check_password(request: HttpRequest, attempt: LoginTry) -> User:
    """The user of a right login; a right one forgets that login's failures.

    `login` is a user name or, for agents, the login phone. Wrong, unknown, ended and of another
    role are one refusal after equal work. Raises InvalidCredentials; RateLimited after five
    failures of this login or this bearer within fifteen minutes, whether or not it exists, and
    while the same login is being tried beside this one. Opens its own transaction.
    """
    AxesProxyHandler.update_request(request)
    try:
        with transaction.atomic(durable=True):  # a failure is counted: nothing may roll it back
            limit(Deadline.PAGE)
            for counter in attempt.counters():
                hold(request, counter)
            user = _user_of(attempt)
            _count(request, attempt, has_failed=user is None)
            _note(request, attempt, LoginResult.RIGHT if user else LoginResult.WRONG, user)
    except RateLimited:
        _note(request, attempt, LoginResult.LOCKED, None)
        raise
    if user is None:
        raise InvalidCredentials
    return user


def note_password(request: HttpRequest, login: str, *, user: User | None = None) -> None:
    """One row for a password typed on the offices' page; without a user it was wrong or locked."""
    is_locked = bool(getattr(request, "axes_locked_out", False))
    wrong = LoginResult.LOCKED if is_locked else LoginResult.WRONG
    note = LoginNote(
        step=LoginStep.OFFICE,
        result=wrong if user is None else LoginResult.RIGHT,
        user=user,
        login_digest=login_digest(login),
    )
    note_login(request, note)


def _note(request: HttpRequest, attempt: LoginTry, result: LoginResult, user: User | None) -> None:
    """One row for this try; a right one names the device, if it was here before."""
    is_agent = attempt.role == Role.AGENT
    device = None
    if user is not None and is_agent:
        own = Device.objects.filter(agent__user=user, installation_id=attempt.bearer_id)
        device = own.first()
    note = LoginNote(
        step=LoginStep.AGENT if is_agent else LoginStep.TERMINAL,
        result=result,
        user=user,
        device=device,
        login_digest=login_digest(attempt.login),
    )
    note_login(request, note)


def counted_as(_request: HttpRequest | None, credentials: Mapping[str, Any] | None) -> str:
    """The name that axes counts failures under (AXES_USERNAME_CALLABLE); the admin's too."""
    for kind in ("device", "terminal", "factor"):
        if credentials and kind in credentials:
            return bearer_digest(kind, str(credentials[kind]))
    login = (credentials or {}).get("username") or ""
    return login_digest(str(login))


def bearer_digest(kind: str, bearer_id: str) -> str:
    """What stands for a device or a terminal in counters."""
    return _digest(kind, bearer_id)


def terminal_at(login: str, terminal: str) -> str:
    """A terminal of one counter: partners call theirs T-1 as they like, and each has one login.

    The login as typed names the counter, whether there is such a one or not.
    """
    return f"{login_digest(login)}/{terminal}"


def login_digest(login: str) -> str:
    """What stands for a typed login in counters and cache keys: nobody reads it back.

    One for every spelling that finds the same account, or each would bring five tries of its own.
    """
    try:
        return _digest("login", normalise_phone(login))
    except PhoneInvalid:
        return _digest("login", login.strip().upper().casefold())


def _digest(kind: str, text: str) -> str:
    return salted_hmac(f"perisai.logins.{kind}", text, algorithm="sha256").hexdigest()[:32]


def hold(request: HttpRequest, counter: Mapping[str, str]) -> None:
    """Hold one counter until commit, so that parallel tries cannot outrun it. Raises RateLimited.

    Who holds it already is not waited for: a flood of tries must not take every connection.
    """
    name = counted_as(request, counter)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        if cursor.fetchone() != (True,):
            raise RateLimited(retry_after=MOMENT)
    handler = AxesProxyHandler.get_implementation()
    if handler.get_failures(request, counter) >= get_failure_limit(request, counter):
        log.warning("login_locked", counter=next(iter(counter)))
        raise RateLimited(retry_after=_seconds_locked(name))


def _seconds_locked(name: str) -> int:
    """Seconds until every failure of this counter is forgotten, at least one."""
    cool_off = get_cool_off() or timedelta()
    attempts = AccessAttempt.objects.filter(username=name)
    latest: datetime | None = attempts.values_list("attempt_time", flat=True).first()
    left = (latest or timezone.now()) + cool_off - timezone.now()
    return max(1, int(left.total_seconds()) + 1)


def _user_of(attempt: LoginTry) -> User | None:
    """The user, after one look-up and one hash in every case."""
    roles = (attempt.role, *attempt.also)
    found = User.objects.filter(_named(attempt), role__in=roles, is_active=True).first()
    if attempt.code:
        return found if use_code(found, attempt.code, now=timezone.now()) else None
    if found is None:
        make_password(attempt.password)  # the work that a known login costs
        return None
    return found if found.check_password(attempt.password) else None


def _named(attempt: LoginTry) -> Q:
    if attempt.role != Role.AGENT:
        return Q(username=attempt.login.strip())
    return Q(agent__in=Agent.objects.filter(agent_named(attempt.login)))


def agent_named(login: str) -> Q:
    """Agents whose number or login phone was typed; nobody's phone is that of who stopped."""
    by_number = Q(number=login.strip().upper()) & ~Q(state=AgentState.ENDED)
    return by_number | Q(state=AgentState.ACTIVE, phone_index=_phone_index(login))


def _phone_index(login: str) -> bytes:
    """The blind index of a login phone; of the text itself, which no phone has, otherwise."""
    try:
        return blind_index("phone", normalise_phone(login))
    except PhoneInvalid:
        return blind_index("phone", login)


def _count(request: HttpRequest, attempt: LoginTry, *, has_failed: bool) -> None:
    """Note a failure for login and bearer; a success forgets the login's alone.

    The bearer's stay: who owns one account must not reset his tries on others with it.
    """
    handler = AxesProxyHandler.get_implementation()
    if not has_failed:
        handler.reset_user_attempts(request, attempt.counters()[0])
        return
    log.info("login_failed", role=attempt.role)
    for counter in attempt.counters():
        handler.user_login_failed(None, counter, request)
