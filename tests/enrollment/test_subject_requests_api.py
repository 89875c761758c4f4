"""An agent takes in what her member asks about the own data."""

from typing import Any

import pytest
import time_machine

from enrollment.models import SubjectRequest
from perisai.ids import new_id
from tests.factories.enrollment import MemberFactory
from tests.factories.perisai import AgentFactory
from tests.fixtures import AgentClient, Caller

pytestmark = pytest.mark.django_db


def address(member_id: object) -> str:
    """Where a member's requests are taken in."""
    return f"/api/v1/members/{member_id}/subject-requests"


def said(**changes: Any) -> dict[str, Any]:
    """A request for access, face to face."""
    return {"id": str(new_id()), "kind": "access", "identity_check": "in_person"} | changes


def test_a_request_is_taken_in_once_with_its_term(agent_client: AgentClient) -> None:
    member = MemberFactory.create(agent=agent_client.agent)
    body = said(words="minta salinan data")
    with time_machine.travel("2026-11-20T22:00:00+07:00", tick=False):
        first: Any = agent_client.post(address(member.pk), body)
    with time_machine.travel("2026-11-20T23:00:00+07:00", tick=False):
        again: Any = agent_client.post(address(member.pk), body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert (first.json()["id"], first.json()["kind"]) == (body["id"], "access")
    assert first.json()["due_at"].startswith("2026-11-23T")
    kept = SubjectRequest.objects.get()
    assert (kept.words, kept.agent_id) == ("minta salinan data", agent_client.agent.pk)


def test_a_foreign_member_is_as_unknown_as_none(agent_client: AgentClient) -> None:
    foreign = MemberFactory.create(agent=AgentFactory.create())
    answers = []
    for member_id in (foreign.pk, new_id()):
        answer: Any = agent_client.post(address(member_id), said())
        body = {k: v for k, v in answer.json().items() if k not in {"request_id", "instance"}}
        answers.append((answer.status_code, body))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert SubjectRequest.objects.count() == 0


@pytest.mark.parametrize(
    "change",
    [{"kind": "all"}, {"identity_check": "nik_and_birth_date"}, {"id": "x"}, {"words": "x" * 501}],
)
def test_a_request_without_its_shape_is_refused(
    change: dict[str, str], agent_client: AgentClient
) -> None:
    member = MemberFactory.create(agent=agent_client.agent)
    answer: Any = agent_client.post(address(member.pk), said(**change))
    assert answer.status_code == 422
    assert SubjectRequest.objects.count() == 0


def test_an_id_of_another_request_is_refused(agent_client: AgentClient) -> None:
    members = [MemberFactory.create(agent=agent_client.agent) for _ in range(2)]
    body = said()
    assert agent_client.post(address(members[0].pk), body).status_code == 201
    answer: Any = agent_client.post(address(members[1].pk), body)
    assert (answer.status_code, answer.json()["code"]) == (409, "request_id_taken")
    assert SubjectRequest.objects.get().member_id == members[0].pk


def test_nobody_else_takes_in_by_this_way(anonymous: Caller, post_agent_client: Caller) -> None:
    member = MemberFactory.create()
    assert anonymous.post(address(member.pk), said()).status_code == 401
    assert post_agent_client.post(address(member.pk), said()).status_code == 403
    assert SubjectRequest.objects.count() == 0
