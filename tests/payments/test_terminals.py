"""A counter's password, renewed by two persons: one who looks after it, and another one."""

from datetime import UTC, datetime
from re import fullmatch

import pytest

from payments.models import PartnerChange, PartnerChangeKind, PostAgent, TerminalReset
from payments.services.partner_changes import (
    PartnerDraft,
    confirm_partner_change,
    propose_partner_change,
    refuse_partner_change,
)
from perisai.errors import ApprovedByOneself, NotFound
from perisai.models import DeviceToken, Role, User
from perisai.services.one_time import one_time_password
from perisai.services.tokens import issue_terminal_token
from tests.factories.payments import PostAgentFactory
from tests.factories.perisai import PASSWORD, BranchFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)


@pytest.fixture
def counter() -> PostAgent:
    """A counter of a branch, with a terminal at work."""
    outlet = PostAgentFactory.create(branch=BranchFactory.create())
    issue_terminal_token(outlet.user, "T-01")
    return outlet


@pytest.fixture
def second() -> User:
    """Somebody of the national office."""
    return UserFactory.create(role=Role.NATIONAL)


def supervisor_of(outlet: PostAgent) -> User:
    return UserFactory.create(role=Role.SUPERVISOR, branch=outlet.branch)


def ask(outlet: PostAgent, *, by: User) -> PartnerChange:
    """That the login get a new password."""
    draft = PartnerDraft(
        kind=PartnerChangeKind.NEW_PASSWORD, outlet=outlet, reason="sandi hilang kemarin"
    )
    return propose_partner_change(draft, by=by)


def must_be_as_before(outlet: PostAgent) -> None:
    outlet.user.refresh_from_db()
    assert outlet.user.check_password(PASSWORD)
    assert (DeviceToken.objects.count(), TerminalReset.objects.count()) == (1, 0)


def test_second_person_gets_the_password_and_sessions_end(counter: PostAgent, second: User) -> None:
    change = ask(counter, by=supervisor_of(counter))
    must_be_as_before(counter)

    carried = confirm_partner_change(change, by=second, now=NOW)

    counter.user.refresh_from_db()
    assert carried.username == counter.user.username
    assert counter.user.check_password(carried.password)
    assert DeviceToken.objects.count() == 0
    fact = TerminalReset.objects.get()
    assert (fact.outlet, fact.by, fact.at) == (counter, second, NOW)
    assert fact.reason == "sandi hilang kemarin"


@pytest.mark.parametrize("is_counter", [True, False], ids=["counter", "own login"])
def test_nobody_renews_a_password_alone(*, is_counter: bool, second: User) -> None:
    role = Role.POST_AGENT if is_counter else Role.PARTNER
    code = {} if is_counter else {"outlet_code": ""}
    outlet = PostAgentFactory.create(user__role=role, **code)
    issue_terminal_token(outlet.user, "T-01")
    change = ask(outlet, by=second)

    with pytest.raises(ApprovedByOneself):
        confirm_partner_change(change, by=second, now=NOW)

    must_be_as_before(outlet)


def test_colleague_of_the_branch_is_no_second_person(counter: PostAgent) -> None:
    change = ask(counter, by=supervisor_of(counter))

    with pytest.raises(NotFound):
        confirm_partner_change(change, by=supervisor_of(counter), now=NOW)

    must_be_as_before(counter)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.FINANCE, Role.AUDITOR, Role.PARTNER])
def test_nobody_else_asks_for_it(counter: PostAgent, role: Role) -> None:
    with pytest.raises(NotFound):
        ask(counter, by=UserFactory.create(role=role))

    assert PartnerChange.objects.count() == 0


def test_refused_renewal_leaves_the_password(counter: PostAgent, second: User) -> None:
    refuse_partner_change(ask(counter, by=supervisor_of(counter)), by=second, now=NOW)

    must_be_as_before(counter)


def test_one_time_passwords_are_easy_to_type_and_differ() -> None:
    made = {one_time_password() for _ in range(100)}
    assert len(made) == 100
    assert all(
        fullmatch(r"([a-hj-km-np-tw-z2-9]{4}-){3}[a-hj-km-np-tw-z2-9]{4}", one) for one in made
    )
