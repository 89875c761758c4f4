"""A reveal beside others, and one whose asker hangs up."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from uuid import UUID

import pytest
from django.db import connection
from django.test import override_settings

from perisai import registry
from perisai.errors import RevealQuotaUsed
from perisai.models import RevealLog, RevealReason, Role, User
from perisai.services.reveals import RevealAsk, Revealer, reveal
from tests.factories.enrollment import MemberFactory
from tests.factories.perisai import BranchFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
PLACE = UUID("01a1949e-d680-7a10-8c00-0000000000aa")


def ask_for(entity: str, entity_id: UUID, field: str) -> RevealAsk:
    """A datum, for a reason."""
    return RevealAsk(
        entity=entity,
        entity_id=entity_id,
        field=field,
        reason=RevealReason.CONTACT,
        explanation="menghubungi peserta",
    )


def seen_by(user: User) -> Revealer:
    """A user at a desk."""
    return Revealer(user=user, request_id="req-1", session="0" * 32)


@pytest.fixture
def hung_up(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A field whose reader loses the line; what another connection saw in the log by then."""
    branch_id = BranchFactory.create().pk
    seen: list[int] = []

    def look() -> int:
        try:
            return RevealLog.objects.count()
        finally:
            connection.close()

    def lose(pebble_id: UUID) -> str | None:
        with ThreadPoolExecutor(max_workers=1) as pool:
            seen.append(pool.submit(look).result())
        raise BrokenPipeError

    monkeypatch.setitem(
        registry._revealables,
        ("pebble", "colour"),
        registry.Revealable(branch_of=lambda _id, _user: branch_id, read=lose),
    )
    return seen


def test_reveal_logged_even_if_client_hangs_up(hung_up: list[int]) -> None:
    user = UserFactory.create(role=Role.NATIONAL)
    with pytest.raises(BrokenPipeError):
        reveal(ask_for("pebble", PLACE, "colour"), by=seen_by(user), now=NOW)
    assert hung_up == [1]  # committed before the value was read
    assert RevealLog.objects.get().field == "colour"


@override_settings(REVEAL_QUOTA=3)
def test_reveals_beside_each_other_take_no_more_than_a_days_share() -> None:
    member = MemberFactory.create()
    user = UserFactory.create(role=Role.SUPERVISOR, branch=member.branch)
    start = Barrier(8)

    def show(_: int) -> str:
        try:
            start.wait(timeout=10)
            return reveal(ask_for("member", member.pk, "nik"), by=seen_by(user), now=NOW)
        except RevealQuotaUsed:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = sorted(pool.map(show, range(8)))

    assert answers == [""] * 5 + [member.nik] * 3
    assert RevealLog.objects.count() == 3
