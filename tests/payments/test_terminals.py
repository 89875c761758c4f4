"""A counter's password, reset by who looks after it."""

from datetime import UTC, datetime
from re import fullmatch

import pytest

from payments.models import PostAgent, TerminalReset
from payments.services.terminals import reset_terminal
from perisai.errors import NotFound
from perisai.models import DeviceToken, Role
from perisai.services.agents import Decision
from perisai.services.one_time import one_time_password
from perisai.services.tokens import issue_terminal_token
from tests.factories.payments import PostAgentFactory
from tests.factories.perisai import PASSWORD, BranchFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)


@pytest.fixture
def outlet() -> PostAgent:
    return PostAgentFactory.create(branch=BranchFactory.create())


def test_reset_ends_sessions(outlet: PostAgent) -> None:
    by = UserFactory.create(role=Role.SUPERVISOR, branch=outlet.branch)
    issue_terminal_token(outlet.user, "T-01")
    password = reset_terminal(outlet, Decision(by=by, at=NOW, reason="sandi hilang"))
    outlet.user.refresh_from_db()
    assert outlet.user.check_password(password)
    assert DeviceToken.objects.count() == 0
    fact = TerminalReset.objects.get()
    assert (fact.outlet, fact.by, fact.at, fact.reason) == (outlet, by, NOW, "sandi hilang")


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.FINANCE, Role.AUDITOR, Role.PARTNER])
def test_nobody_else_resets_it(outlet: PostAgent, role: Role) -> None:
    issue_terminal_token(outlet.user, "T-01")
    by = UserFactory.create(role=role)
    with pytest.raises(NotFound):
        reset_terminal(outlet, Decision(by=by, at=NOW))
    outlet.user.refresh_from_db()
    assert outlet.user.check_password(PASSWORD)
    assert (DeviceToken.objects.count(), TerminalReset.objects.count()) == (1, 0)


def test_one_time_passwords_are_easy_to_type_and_differ() -> None:
    made = {one_time_password() for _ in range(100)}
    assert len(made) == 100
    assert all(
        fullmatch(r"([a-hj-km-np-tw-z2-9]{4}-){3}[a-hj-km-np-tw-z2-9]{4}", one) for one in made
    )
