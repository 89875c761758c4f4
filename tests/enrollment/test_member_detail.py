"""One member whole: all that a form holds is read back by the agent and can be mended (R24)."""

from typing import Any

import pytest

from enrollment.models import Dukcapil, Member
from enrollment.operations import correct, register
from enrollment.services.quality import quality_flags
from perisai.models import Agent
from tests.factories.enrollment import (
    EligibleAgentFactory,
    MemberFactory,
    consent_data,
    in_book,
    invented_nik,
    member_op,
    register_op,
    registration_data,
)
from tests.fixtures import AgentClient, LogIn
from tests.sync.phones import problem

pytestmark = pytest.mark.django_db

OPTIONAL: dict[str, Any] = {
    "birthplace": "Gresik",
    "mother_maiden_name": "Ani Contoh",
    "kk_number": "3515140101200001",
    "postcode": "61258",
    "email": "budi@contoh.id",
    "ecosystem": "pasar",
    "employs_others": True,
    "programmes": ["JKK", "JKM", "JHT"],
    "workplace": "Pasar Contoh",
    "season_note": "panen Maret",
}
SHOWN = OPTIONAL | {
    "mother_maiden_name": "•••",
    "kk_number": "3515************",
    "income_monthly": 900_000,
    "birth_date": "1980-01-01",
    "rt": "003",
    "phone_owner": "self",
    "no_phone_reason": None,
}


@pytest.fixture
def client(log_in: LogIn) -> AgentClient:
    return log_in(EligibleAgentFactory.create())


def detail(client: AgentClient, member_id: object) -> dict[str, Any]:
    answer: Any = client.get(f"/api/v1/members/{member_id}")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def edited(member: Member, group: str, said: dict[str, Any], **members: Any) -> None:
    member.refresh_from_db()
    confirmed = members.pop("confirmed", [])
    data = {"group": group, "set": said, "soft_checks_confirmed": confirmed}
    result = correct(member_op(member, "member.correct", data, **members))
    assert result.word == "applied"


def test_r24_all_that_was_registered_is_read_back(client: AgentClient) -> None:
    head = in_book(MemberFactory.create(number=900, agent=client.agent))
    heirs = [
        {"name": "Adi Contoh", "relation": "child", "birth_date": "2015-05-01"},
        {"name": "Siti Contoh", "relation": "spouse", "phone": "081234567890"},
    ]
    form = registration_data(1, **OPTIONAL, heirs=heirs, household_of=str(head.pk))
    op = register_op(client.agent.pk, form)
    register(op)
    found = detail(client, op.entity_id)
    assert {name: found[name] for name in SHOWN} == SHOWN
    assert found["household_of"] == str(head.pk)
    assert [(heir["name"], heir["birth_year"]) for heir in found["heirs"]] == [
        ("Siti Contoh", None),
        ("Adi Contoh", 2015),
    ]
    assert [consent["purposes"] for consent in found["consents"]] == [consent_data()["purposes"]]
    assert (found["withdrawals"], found["changes"], found["quality"]) == ([], [], [])
    assert invented_nik(1) not in str(found)


@pytest.mark.parametrize(
    ("group", "said", "shown"),
    [
        (
            "identity",
            {"birthplace": "Malang", "mother_maiden_name": None, "kk_number": "3573010101200001"},
            {
                "birthplace": "Malang",
                "mother_maiden_name": None,
                "kk_number": "3573************",
            },
        ),
        ("identity", {"full_name": "Budi Baru"}, {"name": "Budi Baru"}),
        ("contact", {"email": None, "postcode": "65111"}, {"email": None, "postcode": "65111"}),
        (
            "contact",
            {"phone": None, "no_phone_reason": "tidak punya"},
            {"phone": None, "phone_owner": "", "no_phone_reason": "tidak punya"},
        ),
        (
            "contact",
            {"village_code": "1671011001", "rw": "9"},
            {"village_code": "1671011001", "rw": "009"},
        ),
        (
            "work",
            {"workplace": None, "season_note": "kemarau", "employs_others": False},
            {"workplace": None, "season_note": "kemarau", "employs_others": False},
        ),
        (
            "work",
            {"income_monthly": 5_000_000, "ecosystem": "ukm"},
            {"income_monthly": 5_000_000, "ecosystem": "ukm"},
        ),
        ("programme", {"programmes": ["JKK", "JKM", "JHT"]}, {"programmes": ["JKK", "JKM", "JHT"]}),
    ],
)
def test_r24_what_was_registered_can_be_mended(
    client: AgentClient, group: str, said: dict[str, Any], shown: dict[str, Any]
) -> None:
    op = register_op(client.agent.pk, registration_data(1, **OPTIONAL))
    register(op)
    member = Member.objects.get(pk=op.entity_id)
    edited(member, group, said)
    found = detail(client, member.pk)
    assert {name: found[name] for name in shown} == shown


def test_changes_say_who_when_and_which_fields_newest_first(client: AgentClient) -> None:
    member = in_book(MemberFactory.create(number=1, agent=client.agent))
    other = EligibleAgentFactory.create()
    edited(member, "contact", {"rt": "009"})
    edited(member, "work", {"income_monthly": 5_000_000}, agent_id=other.pk, decision="apply")
    user = client.agent.user_id
    edited(member, "identity", {"full_name": "Budi Baru"}, decision="apply", decided_by=user)
    changes = detail(client, member.pk)["changes"]
    assert [(change["rev"], change["by"], change["fields_changed"]) for change in changes] == [
        (4, "office", ["full_name"]),
        (3, "agent", ["income_monthly"]),
        (2, "self", ["rt"]),
    ]
    assert changes[0]["changed_at"].startswith("2026-11-18T")
    assert "Budi Contoh" not in str(changes)


def test_an_edit_decided_by_the_office_keeps_what_it_replaced(client: AgentClient) -> None:
    member = in_book(MemberFactory.create(number=1, agent=client.agent))
    user = client.agent.user_id
    said = {"full_name": "Budi Baru"}
    edited(member, "identity", said, decision="apply", decided_by=user)
    change = member.changes.get()
    assert (change.user_id, change.old_values) == (user, {"full_name": "Budi Contoh"})


def test_another_agents_member_is_unknown(client: AgentClient) -> None:
    foreign = in_book(MemberFactory.create(number=1, agent=EligibleAgentFactory.create()))
    answer = client.get(f"/api/v1/members/{foreign.pk}")
    assert problem(answer) == (404, "not_found")


def registered(agent: Agent, **said: Any) -> Member:
    op = register_op(agent.pk, registration_data(1, **said))
    register(op)
    return Member.objects.get(pk=op.entity_id)


def flags(member: Member) -> list[str]:
    return [flag.value for flag in quality_flags(Member.objects.get(pk=member.pk))]


def test_r22_a_confirmed_doubt_stays_visible_until_it_is_mended(client: AgentClient) -> None:
    doubted = ["birth_differs"]
    member = registered(client.agent, birth_date="1981-02-03", soft_checks_confirmed=doubted)
    assert detail(client, member.pk)["quality"] == ["birth_differs"]
    edited(member, "contact", {"rt": "009"})
    assert flags(member) == ["birth_differs"]
    edited(member, "identity", {"birth_date": "1980-01-01"})
    assert flags(member) == []


def test_r22_a_doubt_that_a_correction_brings_is_seen_too(client: AgentClient) -> None:
    member = registered(client.agent)
    edited(member, "identity", {"sex": "female"}, confirmed=["sex_differs"])
    assert flags(member) == ["sex_differs"]


def test_what_is_not_there_is_a_flag(client: AgentClient) -> None:
    member = registered(client.agent)
    assert flags(member) == []
    member.dukcapil = Dukcapil.MISMATCH
    member.save(update_fields=["dukcapil"])
    edited(member, "contact", {"phone": None, "village_code": None})
    assert flags(member) == ["registry_differs", "no_phone", "no_village"]
