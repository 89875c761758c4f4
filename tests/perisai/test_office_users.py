"""Office logins change by two persons; a lost factor is reset by a second one."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.test import Client
from django.utils import timezone

from perisai.errors import (
    ApprovedByOneself,
    Invalid,
    NotFound,
    UserChangeDecided,
    UserChangeOpen,
    UsernameTaken,
)
from perisai.factor_check import check_factors
from perisai.models import (
    FactorReset,
    RecoveryCode,
    Role,
    TotpDevice,
    User,
    UserChange,
    UserChangeKind,
)
from perisai.services.office_users import (
    UserDraft,
    confirm_user_change,
    propose_user_change,
    refuse_user_change,
    reset_factor,
)
from tests.factories.perisai import BranchFactory, TotpDeviceFactory, UserFactory
from tests.supervision.entering import open_office

pytestmark = pytest.mark.django_db

REASON = "pengawas baru di cabang"
NAME = "dewi.baru"


def draft(kind: UserChangeKind = UserChangeKind.CREATE, **fields: Any) -> UserDraft:
    asked = {"username": NAME, "reason": REASON}
    if kind == UserChangeKind.CREATE:
        asked |= {"role": Role.FINANCE}
    return UserDraft(kind=kind, **asked | fields)


def confirm(change: UserChange, by: User) -> Any:
    return confirm_user_change(change, by=by, now=timezone.now())


def is_in(browser: Client) -> bool:
    return browser.get("/admin/").status_code == 200


def test_a_login_is_made_by_two_persons() -> None:
    one, other = UserFactory.create(), UserFactory.create()
    change = propose_user_change(draft(), by=one)
    assert not User.objects.filter(username=NAME).exists()
    made = confirm(change, other)
    user = User.objects.get(username=NAME)
    assert (user.role, user.is_staff, user.branch) == (Role.FINANCE, True, None)
    assert user.check_password(made.password)
    assert made.password not in repr(made)


def test_four_eyes() -> None:
    one = UserFactory.create()
    change = propose_user_change(draft(), by=one)
    with pytest.raises(ApprovedByOneself):
        confirm(change, one)
    claim = "user_change_confirmed_by_another"
    with pytest.raises(IntegrityError, match=claim), transaction.atomic():
        UserChange.objects.filter(pk=change.pk).update(
            decision="confirmed", decided_by=one, decided_at=timezone.now()
        )
    change.refresh_from_db()
    assert change.decided_at is None
    assert not User.objects.filter(username=NAME).exists()


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.FINANCE, Role.AUDITOR])
def test_who_has_no_say_neither_proposes_nor_confirms(role: Role) -> None:
    branch = BranchFactory.create() if role == Role.SUPERVISOR else None
    other = UserFactory.create(role=role, branch=branch)
    with pytest.raises(NotFound):
        propose_user_change(draft(), by=other)
    assert not UserChange.objects.exists()
    change = propose_user_change(draft(), by=UserFactory.create())
    with pytest.raises(NotFound):
        confirm(change, other)
    change.refresh_from_db()
    assert change.decided_at is None
    assert not User.objects.filter(username=NAME).exists()


def test_nobody_changes_or_confirms_himself() -> None:
    one, other = UserFactory.create(), UserFactory.create()
    asked = draft(UserChangeKind.DEACTIVATE, username=other.username)
    with pytest.raises(ApprovedByOneself):
        propose_user_change(asked, by=other)
    change = propose_user_change(asked, by=one)
    with pytest.raises(ApprovedByOneself):
        confirm(change, other)
    other.refresh_from_db()
    change.refresh_from_db()
    assert other.is_active
    assert change.decided_at is None


@pytest.mark.parametrize("kind", [UserChangeKind.CHANGE, UserChangeKind.DEACTIVATE])
def test_a_new_role_and_an_end_end_all_sessions(kind: UserChangeKind) -> None:
    one, other, user = (UserFactory.create() for _ in range(3))
    browser = Client()
    open_office(browser, user)
    role = Role.AUDITOR if kind == UserChangeKind.CHANGE else None
    change = propose_user_change(draft(kind, username=user.username, role=role), by=one)
    assert is_in(browser)
    confirm(change, other)
    assert not is_in(browser)
    user.refresh_from_db()
    assert (user.role, user.is_active) == (role or Role.NATIONAL, role is not None)


def test_one_proposal_waits_at_a_time_and_is_decided_once() -> None:
    one, other = UserFactory.create(), UserFactory.create()
    change = propose_user_change(draft(), by=one)
    with pytest.raises(UserChangeOpen), transaction.atomic():
        propose_user_change(draft(), by=other)
    refuse_user_change(change, by=one, now=timezone.now())
    for decide in (confirm_user_change, refuse_user_change):
        with pytest.raises(UserChangeDecided):
            decide(change, by=other, now=timezone.now())
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        UserChange.objects.filter(pk=change.pk).update(role=Role.NATIONAL)
    assert not User.objects.filter(username=NAME).exists()


def test_what_does_not_fit_is_not_proposed() -> None:
    one, agent = UserFactory.create(), UserFactory.create(role=Role.AGENT)
    branch = BranchFactory.create()
    for fields in (
        {"role": Role.SUPERVISOR},
        {"role": Role.FINANCE, "branch": branch},
        {"role": Role.AGENT},
    ):
        with pytest.raises(Invalid):
            propose_user_change(draft(**fields), by=one)
    with pytest.raises(UsernameTaken):
        propose_user_change(draft(username=agent.username), by=one)
    with pytest.raises(NotFound):
        propose_user_change(draft(UserChangeKind.DEACTIVATE, username=agent.username), by=one)
    assert UserChange.objects.count() == 0


def test_reset_needs_second_person() -> None:
    device = TotpDeviceFactory.create()
    user = device.user
    strangers = [
        UserFactory.create(role=Role.SUPERVISOR),
        UserFactory.create(role=Role.FINANCE),
        UserFactory.create(role=Role.AUDITOR),
    ]
    with pytest.raises(ApprovedByOneself):
        reset_factor(user, by=user, reason=REASON, now=timezone.now())
    for stranger in strangers:
        with pytest.raises(NotFound):
            reset_factor(user, by=stranger, reason=REASON, now=timezone.now())
    claim = "factor_reset_by_somebody_else"
    with pytest.raises(IntegrityError, match=claim), transaction.atomic():
        FactorReset.objects.create(user=user, by=user, reason=REASON, at=timezone.now())
    assert TotpDevice.objects.filter(pk=device.pk).exists()
    assert FactorReset.objects.count() == 0


def test_a_supervisor_resets_a_colleague_of_his_branch_alone() -> None:
    branch = BranchFactory.create()
    mine, other = (UserFactory.create(role=Role.SUPERVISOR, branch=branch) for _ in range(2))
    far = UserFactory.create(role=Role.SUPERVISOR)
    for user in (other, far):
        TotpDeviceFactory.create(user=user)
    reset_factor(other, by=mine, reason=REASON, now=timezone.now())
    with pytest.raises(NotFound):
        reset_factor(far, by=mine, reason=REASON, now=timezone.now())
    assert list(FactorReset.objects.values_list("user", "by")) == [(other.pk, mine.pk)]


def test_reset_ends_sessions() -> None:
    device = TotpDeviceFactory.create()
    RecoveryCode.objects.create(user=device.user, digest=b"x" * 16)
    browser, bystander = Client(), Client()
    open_office(browser, device.user)
    second = UserFactory.create()
    open_office(bystander, second)
    reset_factor(device.user, by=second, reason=REASON, now=timezone.now())
    assert not is_in(browser)
    assert is_in(bystander)
    assert not TotpDevice.objects.filter(user=device.user).exists()
    assert not RecoveryCode.objects.filter(user=device.user).exists()
    reset = FactorReset.objects.get()
    assert reset.reason == REASON
    with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
        reset.delete()
    with pytest.raises(NotFound):
        reset_factor(device.user, by=second, reason=REASON, now=timezone.now())


def faults() -> list[str]:
    return [fault.id or "" for fault in check_factors(None, databases=["default"])]


def test_production_refuses_staff_without_an_app() -> None:
    user = UserFactory.create()
    User.objects.filter(pk=user.pk).update(created_at=timezone.now() - timedelta(days=8))
    assert faults() == ["perisai.E009"]
    TotpDeviceFactory.create(user=user)
    assert faults() == []


@pytest.mark.parametrize("change", ["new", "inactive", "no password", "agent", "reset"])
def test_who_cannot_enter_or_has_still_time_is_no_fault(change: str) -> None:
    user = UserFactory.create(role=Role.AGENT if change == "agent" else Role.NATIONAL)
    if change != "new":
        long_ago = timezone.now() - timedelta(days=8)
        User.objects.filter(pk=user.pk).update(created_at=long_ago)
    if change == "inactive":
        User.objects.filter(pk=user.pk).update(is_active=False)
    if change == "no password":
        user.set_unusable_password()
        user.save(update_fields=["password"])
    if change == "reset":
        by = UserFactory.create()
        FactorReset.objects.create(user=user, by=by, reason=REASON, at=timezone.now())
    assert faults() == []
