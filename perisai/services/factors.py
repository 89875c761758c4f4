"""The second factor of office logins: an authenticator app, and codes on paper beside it.

A code is good once. Wrong ones are counted in PostgreSQL, per user, and five of them within fifteen
minutes lock the second step until those minutes have passed. All instants are those of the real
clock.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog
from axes.handlers.proxy import AxesProxyHandler
from django.db import transaction
from django.http import HttpRequest

from perisai import totp
from perisai.deadlines import Deadline, atomic_within, limit
from perisai.errors import FactorCodeWrong, NotFound, RateLimited
from perisai.models import LoginResult, LoginStep, RecoveryCode, TotpDevice, User
from perisai.privacy import blind_index
from perisai.services.login_events import LoginNote, note_login
from perisai.services.logins import hold

log = structlog.get_logger(__name__)

T = TypeVar("T")

RECOVERY_CODES = 10
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # nothing that looks like another letter
GROUPS, GROUP = 3, 4  # 59 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What an authenticator app must be told, as text to type and as what the QR code says."""

    secret: str
    address: str


def forget_factor(user: User) -> bool:
    """Take app and codes from a user, who sets up anew; joins the caller's transaction.

    Returns whether there was anything to take.
    """
    RecoveryCode.objects.filter(user=user).delete()
    taken, _rows = TotpDevice.objects.filter(user=user).delete()
    return bool(taken)


def has_factor(user: User) -> bool:
    """Whether this user's app was confirmed by a code."""
    return TotpDevice.objects.filter(user=user, confirmed_at__isnull=False).exists()


@atomic_within(Deadline.PAGE)
def begin_factor(user: User) -> Enrolment:
    """The secret that this user's app must learn; the same until its first code is typed.

    Raises NotFound once that has happened: a secret in use is shown to nobody.
    """
    new = TotpDevice(user=user, secret=totp.new_secret())
    TotpDevice.objects.bulk_create([new], ignore_conflicts=True)
    device = TotpDevice.objects.get(user=user)
    if device.confirmed_at is not None:
        raise NotFound
    address = totp.enrolment_address(device.secret, account=user.username)
    return Enrolment(secret=device.secret, address=address)


def confirm_factor(request: HttpRequest, user: User, code: str, *, now: datetime) -> list[str]:
    """Take an app into use by its first code; returns the recovery codes, shown here alone.

    Raises FactorCodeWrong, RateLimited, and NotFound for an app in use.
    """

    def confirm() -> list[str] | None:
        device = _locked(user, is_confirmed=False)
        if device is None:
            raise NotFound
        if not _spend(device, code, now=now):
            return None
        device.confirmed_at = now
        device.save(update_fields=["confirmed_at", "last_step"])
        log.info("factor_confirmed", user=user.pk)
        return new_recovery_codes(user)

    return _counted(request, user, LoginStep.FACTOR, confirm)


def check_code(request: HttpRequest, user: User, code: str, *, now: datetime) -> None:
    """Spend a code of the user's app.

    Raises FactorCodeWrong for a code that is wrong, spent or of another minute; RateLimited after
    five of them within fifteen minutes, and while another one is being tried beside this one.
    """

    def spend() -> TotpDevice | None:
        device = _locked(user, is_confirmed=True)
        if device is None or not _spend(device, code, now=now):
            return None
        device.save(update_fields=["last_step"])
        return device

    _counted(request, user, LoginStep.FACTOR, spend)


def spend_recovery_code(request: HttpRequest, user: User, code: str, *, now: datetime) -> int:
    """Spend a code on paper; returns how many are left. Refuses as `check_code` does."""

    def spend() -> int | None:
        own = RecoveryCode.objects.filter(user=user, used_at=None)
        if not own.filter(digest=_digest(user, code)).update(used_at=now):
            return None
        log.info("recovery_code_used", user=user.pk)
        return own.count()

    return _counted(request, user, LoginStep.PAPER, spend)


def _counted(
    request: HttpRequest, user: User, step: LoginStep, attempt: Callable[[], T | None]
) -> T:
    """One try under the user's counter: None is a failure; a success forgets earlier ones."""
    counter = {"factor": str(user.pk)}
    AxesProxyHandler.update_request(request)
    handler = AxesProxyHandler.get_implementation()
    try:
        with transaction.atomic(durable=True):  # a failure is counted: nothing may roll it back
            limit(Deadline.PAGE)
            hold(request, counter)
            found = attempt()
            if found is None:
                handler.user_login_failed(None, counter, request)
            else:
                handler.reset_user_attempts(request, counter)
            result = LoginResult.WRONG if found is None else LoginResult.RIGHT
            note_login(request, LoginNote(step=step, result=result, user=user))
    except RateLimited:
        note_login(request, LoginNote(step=step, result=LoginResult.LOCKED, user=user))
        raise
    if found is None:
        log.info("factor_failed", user=user.pk)
        raise FactorCodeWrong
    return found


def _locked(user: User, *, is_confirmed: bool) -> TotpDevice | None:
    """The user's app, held so that one code cannot be spent twice at once."""
    own = TotpDevice.objects.select_for_update(no_key=True).filter(user=user)
    return own.filter(confirmed_at__isnull=not is_confirmed).first()


def _spend(device: TotpDevice, code: str, *, now: datetime) -> bool:
    """Whether the code is good; it and those before it are spent then. The caller saves."""
    step = totp.matching_step(device.secret, code, now=now, after=device.last_step)
    if step is None:
        return False
    device.last_step = step
    return True


def new_recovery_codes(user: User) -> list[str]:
    """Codes for paper, in place of all earlier ones; joins the caller's transaction."""
    RecoveryCode.objects.filter(user=user).delete()
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=_digest(user, code)) for code in codes
    )
    return codes


def _recovery_code() -> str:
    letters = "".join(secrets.choice(LETTERS) for _ in range(GROUPS * GROUP))
    return "-".join(letters[start : start + GROUP] for start in range(0, len(letters), GROUP))


def _digest(user: User, code: str) -> bytes:
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return blind_index("recovery", f"{user.pk}|{plain}")
