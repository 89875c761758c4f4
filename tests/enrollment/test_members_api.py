"""An agent's members over HTTP: scoped, masked, by key, in a fixed number of reads."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
import structlog
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import ClosedReason, Heir, Member, Relation
from perisai.models import Device, DeviceState
from tests.factories.enrollment import (
    CAPTURED_AT,
    ConsentFactory,
    MemberFactory,
    invented_nik,
)
from tests.fixtures import AgentClient, Caller

pytestmark = pytest.mark.django_db

LIST = "/api/v1/members"
SEARCH = "/api/v1/members/search"
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("Asia/Jakarta"))
PAID_THROUGH = {
    "registered_unpaid": None,
    "active": date(2026, 11, 1),
    "overdue": date(2026, 10, 1),
    "grace_1": date(2026, 9, 1),
    "grace_2": date(2026, 8, 1),
    "lapsed": date(2026, 7, 1),
}


@pytest.fixture(autouse=True)
def _on_20_november() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def get(client: Caller, path: str, **query: str) -> Any:
    answer: Any = client.get(path, query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def search(client: Caller, **wanted: str) -> Any:
    answer: Any = client.post(SEARCH, wanted)
    assert answer.status_code == 200, answer.content
    return answer.json()


def ids(found: Any) -> list[str]:
    return [row["id"] for row in found["results"]]


def statements(client: Caller, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len(captured)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", [LIST, SEARCH, f"{LIST}/{UUID(int=7)}"])
def test_members_are_for_agents_alone(
    anonymous: Caller, post_agent_client: Caller, path: str, method: str
) -> None:
    assert getattr(anonymous, method)(path, {}).status_code == 401
    assert getattr(post_agent_client, method)(path, {}).status_code in {403, 405}


def test_a_lost_phone_reads_nothing(agent_client: AgentClient) -> None:
    Device.objects.filter(pk=agent_client.device_id).update(state=DeviceState.LOST, lost_at=NOW)
    for answer in (agent_client.get(LIST), agent_client.post(SEARCH, {"name": "budi contoh"})):
        assert (answer.status_code, answer.json()["code"]) == (403, "device_revoked")


def test_the_list_is_the_agents_own_with_row_id_and_state(
    agent_client: AgentClient, other_agent_client: AgentClient
) -> None:
    own = MemberFactory.create(agent=agent_client.agent, paid_through=date(2026, 9, 1))
    MemberFactory.create(agent=other_agent_client.agent)
    found = get(agent_client, LIST)
    assert (ids(found), found["next"]) == ([str(own.pk)], None)
    row = found["results"][0]
    assert (row["state"], row["nik"], row["name"]) == (
        "grace_1",
        "3515************",
        "Budi Contoh",
    )
    assert {"bill", "attempts", "birth_date"} & row.keys() <= {"bill", "attempts"}


@pytest.mark.parametrize("state", [*PAID_THROUGH, "closed"])
def test_r14_the_list_of_one_state(agent_client: AgentClient, state: str) -> None:
    of_state = {
        name: MemberFactory.create(agent=agent_client.agent, paid_through=paid_through)
        for name, paid_through in PAID_THROUGH.items()
    }
    of_state["closed"] = MemberFactory.create(
        agent=agent_client.agent,
        paid_through=date(2026, 11, 1),
        closed_on=date(2026, 11, 20),
        closed_reason=ClosedReason.WITHDRAWN,
    )
    found = get(agent_client, LIST, state=state)
    assert [(row["id"], row["state"]) for row in found["results"]] == [
        (str(of_state[state].pk), state)
    ]


def test_the_list_of_one_village(agent_client: AgentClient) -> None:
    MemberFactory.create(agent=agent_client.agent)
    there = MemberFactory.create(agent=agent_client.agent, regency_code="1671")
    assert ids(get(agent_client, LIST, village="1671011001")) == [str(there.pk)]


@pytest.mark.parametrize("query", [{"state": "asleep"}, {"village": "351514"}])
def test_an_unknown_filter_is_refused(agent_client: AgentClient, query: dict[str, str]) -> None:
    answer = agent_client.get(LIST, query)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_pages_hold_every_member_once_and_cost_the_same(agent_client: AgentClient) -> None:
    few = MemberFactory.create_batch(2, agent=agent_client.agent)
    get(agent_client, LIST)  # the first use of a token ends earlier ones
    cost_of_few = statements(agent_client, LIST)
    members = few + MemberFactory.create_batch(119, agent=agent_client.agent)
    assert statements(agent_client, LIST) == cost_of_few
    seen: list[str] = []
    sizes = []
    path: str | None = LIST
    while path is not None:
        page = get(agent_client, path)
        seen += ids(page)
        sizes.append(len(page["results"]))
        path = page["next"]
    assert sizes == [50, 50, 21]
    assert seen == sorted(str(member.pk) for member in members)


def test_a_cursor_of_another_filter_reads_nobody_elses(agent_client: AgentClient) -> None:
    answer = agent_client.get(LIST, {"cursor": "bukan-penanda"})
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor_invalid")


def test_one_member_whole(agent_client: AgentClient) -> None:
    member = MemberFactory.create(number=12, agent=agent_client.agent)
    Heir.objects.create(
        member=member,
        position=1,
        name="Siti Contoh",
        relation=Relation.SPOUSE,
        birth_year="1982",
        phone="+6281234567891",
        nik=invented_nik(900),
    )
    Heir.objects.create(member=member, position=2, name="Adi", relation=Relation.CHILD)
    ConsentFactory.create(member=member, agent=agent_client.agent)
    found = get(agent_client, f"{LIST}/{member.pk}")
    assert (found["id"], found["state"]) == (str(member.pk), "registered_unpaid")
    assert (found["nik"], found["birth_date"]) == ("3515************", "1980-01-01")
    assert found["heirs"] == [
        {
            "name": "Siti Contoh",
            "relation": "spouse",
            "birth_year": 1982,
            "phone": "+6281234567891",
            "nik": "•••",
        },
        {"name": "Adi", "relation": "child", "birth_year": None, "phone": None, "nik": None},
    ]
    assert [
        (consent["purposes"], consent["text_version"], datetime.fromisoformat(consent["given_at"]))
        for consent in found["consents"]
    ] == [(["registration", "reminders"], "2026-09-id", CAPTURED_AT)]


def test_foreign_equals_unknown(agent_client: AgentClient, other_agent_client: AgentClient) -> None:
    foreign = MemberFactory.create(agent=other_agent_client.agent)
    MemberFactory.create(agent=agent_client.agent)
    bodies, costs = [], []
    for member_id in (foreign.pk, uuid4()):
        path = f"{LIST}/{member_id}"
        answer = agent_client.get(path)
        assert answer.status_code == 404
        body = answer.json()
        assert body.pop("instance") == path
        body.pop("request_id")
        bodies.append(body)
        costs.append(statements(agent_client, path))
    assert bodies[0] == bodies[1]
    assert bodies[0]["code"] == "not_found"
    assert costs[0] == costs[1]


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param({"nik": invented_nik(12)}, id="NIK"),
        pytest.param({"nik": f"{invented_nik(12)[:6]} {invented_nik(12)[6:]}"}, id="NIK in groups"),
        pytest.param({"phone": "0813 0000 0012"}, id="phone"),
        pytest.param({"name": "contoh wahyudi"}, id="words in any order"),
        pytest.param({"name": "Moch. Wahyoedi"}, id="variants and old spelling"),
    ],
)
def test_search_finds_the_agents_own(agent_client: AgentClient, wanted: dict[str, str]) -> None:
    member = MemberFactory.create(
        number=12,
        agent=agent_client.agent,
        full_name="MUHAMMAD WAHYUDI CONTOH",
        phone="+6281300000012",
    )
    MemberFactory.create(agent=agent_client.agent)
    found = search(agent_client, **wanted)
    assert (ids(found), found["elsewhere"]) == ([str(member.pk)], False)
    assert found["results"][0]["nik"] == "3515************"


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param({"phone": "+6281234567890"}, id="phone"),
        pytest.param({"name": "budi contoh"}, id="name"),
        pytest.param({"name": "bud"}, id="part of a word"),
        pytest.param({"name": "B"}, id="no whole word"),
    ],
)
def test_search_finds_nobody_elses(
    agent_client: AgentClient, other_agent_client: AgentClient, wanted: dict[str, str]
) -> None:
    MemberFactory.create(agent=other_agent_client.agent)
    MemberFactory.create(agent=agent_client.agent, full_name="Orang Lain", phone="+6281300000012")
    assert search(agent_client, **wanted) == {"results": [], "elsewhere": False}


def test_of_a_foreign_nik_only_that_it_is_registered_is_said_and_logged(
    agent_client: AgentClient, other_agent_client: AgentClient
) -> None:
    MemberFactory.create(number=12, agent=other_agent_client.agent)
    with structlog.testing.capture_logs() as logged:
        assert search(agent_client, nik=invented_nik(12)) == {"results": [], "elsewhere": True}
        assert search(agent_client, nik=invented_nik(13)) == {"results": [], "elsewhere": False}
    asked = [line for line in logged if line["event"] == "nik_asked_elsewhere"]
    assert [(line["agent_id"], line["is_registered"]) for line in asked] == [
        (str(agent_client.agent.pk), True),
        (str(agent_client.agent.pk), False),
    ]
    assert invented_nik(12) not in str(logged)


def test_search_answers_at_most_twenty_rows(agent_client: AgentClient) -> None:
    members = MemberFactory.create_batch(23, agent=agent_client.agent)
    first_twenty = sorted(str(member.pk) for member in members)[:20]
    assert ids(search(agent_client, name="budi")) == first_twenty


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        pytest.param({}, "invalid", id="nothing"),
        pytest.param({"nik": invented_nik(1), "name": "budi"}, "invalid", id="two"),
        pytest.param({"village": "3515142001"}, "invalid", id="unknown member"),
        pytest.param({"nik": 3515140101809901}, "invalid", id="a number"),
        pytest.param({"nik": "123"}, "nik_invalid", id="no NIK"),
        pytest.param({"phone": "12"}, "phone_invalid", id="no phone"),
    ],
)
def test_a_search_asks_for_exactly_one(
    agent_client: AgentClient, wanted: dict[str, Any], code: str
) -> None:
    answer = agent_client.post(SEARCH, wanted)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert "3515" not in answer.content.decode()


def test_sixty_searches_an_hour(agent_client: AgentClient) -> None:
    MemberFactory.create(agent=agent_client.agent)
    for _ in range(60):
        assert agent_client.post(SEARCH, {"name": "siti"}).status_code == 200
    refused = agent_client.post(SEARCH, {"name": "siti"})
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert agent_client.get(LIST).status_code == 200


def test_reading_changes_nothing(agent_client: AgentClient) -> None:
    member = MemberFactory.create(agent=agent_client.agent)
    before = Member.objects.values_list("rev", "agent", "closed_on").get()
    for path in (LIST, f"{LIST}/{member.pk}"):
        for method in ("post", "put", "patch", "delete"):
            assert getattr(agent_client, method)(path, {}).status_code == 405
    assert Member.objects.values_list("rev", "agent", "closed_on").get() == before
