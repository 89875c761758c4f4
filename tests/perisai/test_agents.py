"""Appointing agents."""

from datetime import date
from typing import Any

import pytest

from perisai.errors import DomainError
from perisai.models import Agent, AgentState, Role, User
from perisai.services.agents import AgentDraft, appoint_agent
from tests.factories.perisai import PASSWORD, AgentFactory, OfficeFactory, UserFactory, login_body
from tests.fixtures import Caller

pytestmark = pytest.mark.django_db


def draft(**changes: Any) -> AgentDraft:
    plain: dict[str, Any] = {
        "number": "PRS-1671-0007",
        "name": "Sari Contoh",
        "office": OfficeFactory.create(),
        "appointed_on": date(2026, 1, 5),
    }
    return AgentDraft(**plain | changes)


def test_appointed_agent_logs_in_with_number_and_phone(anonymous: Caller) -> None:
    villages = ("3515142002", "3515142001", "3515142001")
    agent = appoint_agent(draft(phone="0812-3456-7890", village_codes=villages), password=PASSWORD)

    for login in ("PRS-1671-0007", "+6281234567890"):
        answer = anonymous.post("/api/v1/auth/login", login_body(agent, login=login))
        assert answer.json()["agent"]["villages"] == ["3515142001", "3515142002"]
    stored = Agent.objects.get()
    assert (stored.name, stored.phone) == ("Sari Contoh", "+6281234567890")
    assert (stored.user.role, stored.user.is_staff) == (Role.AGENT, False)


@pytest.mark.parametrize(
    ("changes", "password", "code"),
    [
        ({"number": "prs-3515-9999"}, PASSWORD, "agent_number_taken"),
        ({"phone": "+62 811 1111 1111"}, PASSWORD, "agent_phone_taken"),
        ({"phone": "021-5551234"}, PASSWORD, "phone_invalid"),
        ({}, "pendek", "invalid"),
        ({}, "1234567890123", "invalid"),
    ],
)
def test_refused_appointment_leaves_nothing(
    changes: dict[str, str], password: str, code: str
) -> None:
    first = draft(number="PRS-3515-9999", phone="+6281111111111")
    appoint_agent(first, password=PASSWORD)
    with pytest.raises(DomainError) as refusal:
        appoint_agent(draft(**changes), password=password)
    assert refusal.value.code == code
    assert (Agent.objects.count(), User.objects.count()) == (1, 1)


def test_phone_of_an_ended_agent_is_free() -> None:
    appoint_agent(draft(number="PRS-1", phone="+6281111111111"), password=PASSWORD)
    Agent.objects.update(state=AgentState.ENDED, ended_on=date(2026, 6, 1))
    appoint_agent(draft(number="PRS-2", phone="+6281111111111"), password=PASSWORD)
    assert Agent.objects.count() == 2


def test_agents_are_visible_by_role_and_branch() -> None:
    mine, foreign = AgentFactory.create(), AgentFactory.create()
    supervisor = UserFactory.create(role=Role.SUPERVISOR, branch=mine.office.branch)
    seen = {
        role: set(Agent.objects.visible_to(UserFactory.create(role=role)))
        for role in (Role.NATIONAL, Role.AUDITOR, Role.FINANCE, Role.AGENT, Role.PARTNER)
    }
    assert set(Agent.objects.visible_to(supervisor)) == {mine}
    assert seen == {
        Role.NATIONAL: {mine, foreign},
        Role.AUDITOR: {mine, foreign},
        Role.FINANCE: set(),
        Role.AGENT: set(),
        Role.PARTNER: set(),
    }
