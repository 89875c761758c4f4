"""What apps teach the phone's contract: one teacher for each thing."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from perisai.ids import new_id
from sync import registry
from sync.registry import LateWork
from tests.factories.enrollment import MemberFactory, register_op
from tests.factories.perisai import AgentFactory, UserFactory

TWICE: list[Any] = [
    (registry.operation("member.register", v=1, on="member"), "member.register"),
    (registry.rows("member"), "member"),
    (registry.config("cover"), "cover"),
    (registry.seen_by("member"), "member"),
    (registry.attachable("member", on="member", names=lambda one: one), "member"),
]


@pytest.mark.parametrize(("register", "name"), TWICE)
def test_a_second_teacher_of_one_thing_stops_the_start(register: Any, name: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        register(lambda: None)


def test_a_second_ruling_on_one_kind_of_case_stops_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registry, "_rulings", {})
    registry.decides("pebble_taken")(lambda verdict: None)
    with pytest.raises(ImproperlyConfigured, match="pebble_taken"):
        registry.decides("pebble_taken")(lambda verdict: None)


@pytest.mark.django_db
def test_work_counts_on_ones_own_record_or_late() -> None:
    mine, foreign = AgentFactory.create().pk, new_id()
    op = register_op(mine, {})
    assert [op.may_work_on(holder) for holder in (mine, foreign, None)] == [True, False, False]
    late = register_op(mine, {}, late=LateWork(code="reassigned"))
    assert late.may_work_on(foreign)


@pytest.mark.django_db
def test_a_supervisor_sees_the_members_of_his_branch_and_of_no_other() -> None:
    agent = AgentFactory.create()
    near, far = MemberFactory.create(agent=agent), MemberFactory.create()
    user = UserFactory.create(role="supervisor", branch=agent.office.branch)
    assert registry.records_seen("member", user, [near.pk, far.pk]) == {near.pk}
    assert registry.records_seen("nothing", user, [near.pk]) is None
