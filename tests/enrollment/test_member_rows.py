"""What a phone may hold of a member (R37), and what it may not."""

import json
from datetime import date
from typing import Final
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import ClosedReason, Ecosystem, Purpose
from enrollment.operations import register
from enrollment.services.cover_days import due_days
from enrollment.services.member_rows import member_rows
from perisai import clock
from perisai.models import Agent
from sync.models import Conflict
from sync.registry import config_sections, read_rows
from tests.factories.enrollment import (
    ConsentFactory,
    EligibleAgentFactory,
    MemberFactory,
    MemberOccupationFactory,
    invented_nik,
    register_op,
    registration_data,
)
from tests.factories.perisai import AgentFactory

pytestmark = pytest.mark.django_db
WHOLE_ROW: Final = {
    "rev": 4,
    "nik": "3515************",
    "kpj_provisional": True,
    "name": "Budi Contoh",
    "sex": "male",
    "birth_year": 1980,
    "phone": "+6281234567890",
    "phone_owner": "self",
    "village_code": "3515142001",
    "address_line": "Dusun Contoh",
    "rt": "003",
    "rw": "001",
    "occupations": [{"code": "DES01", "is_main": True}],
    "ecosystem": "desa",
    "programmes": ["JKK", "JKM"],
    "registered_on": "2026-01-12",
    "episode": 1,
    "paid_through": "2026-08",
    "joined_on": "2026-01-14",
    "closed_on": None,
    "closed_reason": "",
    "missing": [],
    "files": [],
    "review": [],
    "reminders": True,
    "restricted": False,
    "scored": True,
}


@pytest.fixture
def agent() -> Agent:
    return EligibleAgentFactory.create()


def test_the_row_holds_exactly_what_enrollment_owns(agent: Agent) -> None:
    member = MemberFactory.create(
        number=12,
        agent=agent,
        paid_through=date(2026, 8, 1),
        episode_started_on=date(2026, 1, 14),
        registered_on=date(2026, 1, 12),
        rev=4,
    )
    ConsentFactory.create(member=member, agent=agent)
    rows = member_rows(agent.pk, [member.pk])
    assert rows == {member.pk: WHOLE_ROW | {"kpj": member.kpj}}


def test_r25_the_main_occupation_stands_first(agent: Agent) -> None:
    member = MemberFactory.create(agent=agent, occupation=None)
    for code, is_main in (("DES02", False), ("DES01", True)):
        MemberOccupationFactory.create(member=member, occupation_id=code, is_main=is_main)
    assert member_rows(agent.pk, [member.pk])[member.pk]["occupations"] == [
        {"code": "DES01", "is_main": True},
        {"code": "DES02", "is_main": False},
    ]


def test_a_draft_shows_what_it_lacks(agent: Agent) -> None:
    draft = MemberFactory.create(
        agent=agent,
        village_id=None,
        address_line=None,
        phone=None,
        ecosystem="",
        income_monthly=None,
        programmes=[],
        occupation=None,
    )
    row = member_rows(agent.pk, [draft.pk])[draft.pk]
    assert row["missing"] == [
        "village_code",
        "address_line",
        "phone",
        "occupations",
        "income_monthly",
        "programmes",
    ]
    assert (row["village_code"], row["occupations"], row["ecosystem"]) == (None, [], "")


def test_a_closed_member_stays_in_the_book_with_the_reason(agent: Agent) -> None:
    closed = MemberFactory.create(
        agent=agent, closed_on=date(2026, 11, 10), closed_reason=ClosedReason.DECEASED
    )
    row = member_rows(agent.pk, [closed.pk])[closed.pk]
    assert (row["closed_on"], row["closed_reason"]) == ("2026-11-10", "deceased")


def test_only_the_agents_present_members_have_rows(agent: Agent) -> None:
    own = MemberFactory.create(agent=agent)
    merged = MemberFactory.create(
        agent=agent,
        merged_into=own,
        closed_on=date(2026, 11, 10),
        closed_reason=ClosedReason.DUPLICATE,
    )
    foreign = MemberFactory.create(agent=AgentFactory.create())
    nobodys = MemberFactory.create()
    asked = [own.pk, merged.pk, foreign.pk, nobodys.pk, uuid4()]
    assert set(member_rows(agent.pk, asked)) == {own.pk}


def test_r36_reminders_only_with_that_consent(agent: Agent) -> None:
    member = MemberFactory.create(agent=agent)
    ConsentFactory.create(member=member, agent=agent, purposes=[Purpose.REGISTRATION])
    assert member_rows(agent.pk, [member.pk])[member.pk]["reminders"] is False


def test_review_names_the_open_cases_that_the_agent_caused(agent: Agent) -> None:
    member = MemberFactory.create(agent=agent)
    about = {"entity": "member", "entity_id": member.pk}
    Conflict.objects.create(kind="overlap", agent=agent, **about)
    Conflict.objects.create(kind="claim_help", agent=agent, **about)
    Conflict.objects.create(kind="duplicate_identity", agent=AgentFactory.create(), **about)
    assert member_rows(agent.pk, [member.pk])[member.pk]["review"] == ["claim_help", "overlap"]


def test_rows_cost_the_same_statements_for_any_number(agent: Agent) -> None:
    members = MemberFactory.create_batch(30, agent=agent)

    def statements(ids: list[UUID]) -> int:
        with CaptureQueriesContext(connection) as captured:
            found = member_rows(agent.pk, ids)
        assert len(found) == len(ids)
        return len(captured)

    assert statements([member.pk for member in members]) == 1
    assert statements([members[0].pk]) == 1


def test_book_holds_no_full_nik(agent: Agent) -> None:
    """R37: no digit of the serial, no birth date, of the member or of an heir, in any key."""
    heirs = [{"name": "Siti Contoh", "relation": "spouse", "nik": invented_nik(777)}]
    op = register_op(agent.pk, registration_data(5, heirs=heirs, mother_maiden_name="Ibu Contoh"))
    register(op)
    sent = json.dumps(read_rows("member", agent.pk, [op.entity_id])[op.entity_id])
    assert '"3515************"' in sent
    hidden = (invented_nik(5)[4:], invented_nik(777)[4:], "9905", "1980-01-01", "Ibu Contoh")
    assert [text for text in hidden if text in sent] == []


def test_the_phone_gets_the_limits_that_it_judges_by(agent: Agent) -> None:
    sections = config_sections(agent.pk)
    assert sections["registration"] == {"min_age": 18, "max_age_exclusive": 65}
    due_on = due_days(around=clock.today())
    assert sections["cover"] == {
        "lapse_after_ended_months": 3,
        "due_day": 15,
        "due_on": due_on,
        "official_zone": "Asia/Jakarta",
    }
    assert len(due_on) == 15


def test_the_ecosystem_is_that_of_the_main_occupation_unless_said(agent: Agent) -> None:
    plain = register_op(agent.pk, registration_data(1))
    said = register_op(agent.pk, registration_data(2, ecosystem="pasar"))
    for op in (plain, said):
        register(op)
    rows = member_rows(agent.pk, [plain.entity_id, said.entity_id])
    assert rows[plain.entity_id]["ecosystem"] == Ecosystem.DESA
    assert rows[said.entity_id]["ecosystem"] == Ecosystem.PASAR
