"""Office logins: proposed by one person, decided by another; a lost factor, reset by a second one.

Everything that changes what a login may do ends its sessions in the same transaction.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog

from perisai.deadlines import Deadline, atomic_within
from perisai.errors import (
    ApprovedByOneself,
    FieldError,
    Invalid,
    NotFound,
    UserChangeDecided,
    UserChangeOpen,
    UsernameTaken,
    refusing,
)
from perisai.models import (
    Branch,
    Decision,
    FactorReset,
    Role,
    User,
    UserChange,
    UserChangeKind,
)
from perisai.services.factors import forget_factor
from perisai.services.one_time import one_time_password
from perisai.services.sessions import end_sessions

log = structlog.get_logger(__name__)

HOLDS_A_LOGIN = {UserChangeKind.CHANGE, UserChangeKind.DEACTIVATE, UserChangeKind.REACTIVATE}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDraft:
    """What is proposed; role and branch where the kind has them."""

    kind: UserChangeKind
    username: str
    reason: str
    role: Role | None = None
    branch: Branch | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Confirmed:
    """The login as it is now; a new one's first password, shown here and never again."""

    user: User
    password: str = ""


@atomic_within(Deadline.PAGE)
def propose_user_change(draft: UserDraft, *, by: User) -> UserChange:
    """Note a proposal; nothing changes yet.

    Raises UserChangeOpen while another one about this login waits, UsernameTaken, NotFound for a
    login that is no office's and for who has no say, ApprovedByOneself for the own login, and
    Invalid where role and branch do not fit.
    """
    _must_have_a_say(by)
    username = draft.username.strip()
    _must_fit(draft)
    if draft.kind in HOLDS_A_LOGIN and _office_login(username) == by:
        raise ApprovedByOneself
    if draft.kind == UserChangeKind.CREATE and User.objects.filter(username=username).exists():
        raise UsernameTaken
    with refusing(user_change_once_open_per_login=UserChangeOpen):
        change = UserChange.objects.create(
            kind=draft.kind,
            username=username,
            role=draft.role or "",
            branch=draft.branch,
            reason=draft.reason,
            proposed_by=by,
        )
    log.info("user_change_proposed", change=str(change.pk), kind=draft.kind, by=by.pk)
    return change


@atomic_within(Deadline.PAGE)
def confirm_user_change(change: UserChange, *, by: User, now: datetime) -> Confirmed:
    """Carry a proposal out; its sessions end with what the login was.

    Raises ApprovedByOneself for who proposed it and for whom it is about, UserChangeDecided,
    UsernameTaken, NotFound.
    """
    locked = _decided(change, Decision.CONFIRMED, by=by, now=now)
    if locked.kind == UserChangeKind.CREATE:
        return _created(locked)
    user = _office_login(locked.username)
    if user == by:
        raise ApprovedByOneself
    if locked.kind == UserChangeKind.CHANGE:
        user.role, user.branch = locked.role, locked.branch
    else:
        user.is_active = locked.kind == UserChangeKind.REACTIVATE
    user.save(update_fields=["role", "branch", "is_active"])
    end_sessions(user)
    return Confirmed(user=user)


@atomic_within(Deadline.PAGE)
def refuse_user_change(change: UserChange, *, by: User, now: datetime) -> UserChange:
    """Put a proposal aside; who made it may do so too. Raises UserChangeDecided."""
    return _decided(change, Decision.REFUSED, by=by, now=now)


@atomic_within(Deadline.PAGE)
def reset_factor(user: User, *, by: User, reason: str, now: datetime) -> FactorReset:
    """Take a lost app from a user: sessions end, and the next login sets up a new one.

    By a national user, or a supervisor of the same branch, who saw the owner in person. Raises
    ApprovedByOneself for the own one, NotFound for somebody else's user and where there is none.
    """
    if user.pk == by.pk:
        raise ApprovedByOneself
    if not may_reset(user, by=by) or not forget_factor(user):
        raise NotFound
    end_sessions(user)
    reset = FactorReset.objects.create(user=user, by=by, reason=reason, at=now)
    log.warning("factor_reset", user=user.pk, by=by.pk)
    return reset


def may_reset(user: User, *, by: User) -> bool:
    """Whether this person may take a lost app from this user: never his own."""
    if user.pk == by.pk or user.role not in User.OFFICE_ROLES:
        return False
    is_colleague = user.role == by.role == Role.SUPERVISOR and user.branch_id == by.branch_id
    return by.role == Role.NATIONAL or is_colleague


def _must_have_a_say(by: User) -> None:
    """Users and roles are the national office's matter. Raises NotFound for everybody else."""
    if by.role != Role.NATIONAL:
        raise NotFound


def _must_fit(draft: UserDraft) -> None:
    has_role = draft.kind in {UserChangeKind.CREATE, UserChangeKind.CHANGE}
    if has_role and draft.role not in User.OFFICE_ROLES:
        raise Invalid(errors=(FieldError(pointer="/role", code="invalid"),))
    if (draft.role == Role.SUPERVISOR) != (draft.branch is not None):
        raise Invalid(errors=(FieldError(pointer="/branch", code="branch_of_a_supervisor"),))


def _office_login(username: str) -> User:
    locked = User.objects.select_for_update(no_key=True)
    user = locked.filter(username=username, role__in=User.OFFICE_ROLES).first()
    if user is None:
        raise NotFound
    return user


def _decided(change: UserChange, decision: Decision, *, by: User, now: datetime) -> UserChange:
    """The proposal with its decision, which a second one finds made."""
    _must_have_a_say(by)
    locked = UserChange.objects.select_for_update(no_key=True).get(pk=change.pk)
    if locked.decided_at is not None:
        raise UserChangeDecided
    locked.decision, locked.decided_by, locked.decided_at = decision, by, now
    with refusing(user_change_confirmed_by_another=ApprovedByOneself):
        locked.save(update_fields=["decision", "decided_by", "decided_at"])
    log.info("user_change_decided", change=str(locked.pk), decision=decision, by=by.pk)
    return locked


def _created(change: UserChange) -> Confirmed:
    password = one_time_password()
    with refusing(perisai_user_username_key=UsernameTaken):
        user = User.objects.create_user(
            change.username, role=Role(change.role), password=password, branch=change.branch
        )
    return Confirmed(user=user, password=password)
