"""GET /api/v1/follow-ups: the caller's own work list, most urgent first."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import Member
from perisai.models import AgentVillage
from retention.services.attempts import AttemptReport, record_attempt
from tests.factories.enrollment import MemberFactory
from tests.factories.payments import MemberPayerFactory, PayerFactory
from tests.factories.perisai import UserFactory
from tests.factories.retention import TRIED_AT, AttemptFactory, FollowUpFactory
from tests.fixtures import AgentClient, Caller

pytestmark = pytest.mark.django_db

URL = "/api/v1/follow-ups"
SUKODONO = "3515142001"
AUGUST = date(2026, 8, 1)


@pytest.fixture(autouse=True)
def _twentieth_of_november() -> Any:
    with time_machine.travel("2026-11-20T09:00:00+07:00", tick=False):
        yield


@pytest.fixture
def caller(agent_client: AgentClient) -> AgentClient:
    """An agent who looks after the village that members live in."""
    AgentVillage.objects.create(agent=agent_client.agent, village_id=SUKODONO)
    return agent_client


def member_of(caller: AgentClient, **said: Any) -> Member:
    """A member of the caller's."""
    return MemberFactory.create(agent=caller.agent, **said)


def page(caller: Caller, query: str = "") -> Any:
    """The answer, which must be 200."""
    answer: Any = caller.get(f"{URL}{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_budi_contoh_stands_there_with_his_fourteen_points(caller: AgentClient) -> None:
    budi = member_of(caller, paid_through=AUGUST, full_name="BUDI CONTOH")
    report = AttemptReport(
        attempt_id=budi.pk,
        op_id=budi.pk,
        member_id=budi.pk,
        unpaid_since=date(2026, 9, 1),
        channel="visit",
        contact="met_member",
        decision="promised",
        promise_on=date(2026, 11, 25),
        tried_at=TRIED_AT,
        received_at=TRIED_AT,
    )
    record_attempt(report, agent_id=caller.agent.pk)
    assert page(caller) == {
        "results": [
            {
                "member_id": str(budi.pk),
                "name": "BUDI CONTOH",
                "phone": "+6281234567890",
                "village_code": SUKODONO,
                "kinds": ["arrears"],
                "unpaid_since": "2026-09",
                "lapses_on": "2026-12-01",
                "priority": 14,
                "priority_parts": {"ended_month": 40, "near_days": 19, "try": -5, "wait": -40},
                "price_change": {"month": "2027-01", "from": 8_400, "to": 16_800},
            }
        ],
        "next": None,
    }
    with time_machine.travel("2026-11-26T00:00:00+07:00", tick=False):
        assert [line["priority"] for line in page(caller)["results"]] == [75]
    with time_machine.travel("2026-12-01T00:00:00+07:00", tick=False):
        assert [line["priority"] for line in page(caller)["results"]] == [70]


def test_r35_a_dearer_month_is_said_of_who_pays_it_herself(caller: AgentClient) -> None:
    farmer = member_of(caller, paid_through=AUGUST)
    paid_for = member_of(caller, paid_through=AUGUST)
    MemberPayerFactory.create(member=paid_for, payer=PayerFactory.create())
    said = {line["member_id"]: line["price_change"] for line in page(caller)["results"]}
    rise = {"month": "2027-01", "from": 8_400, "to": 16_800}
    assert said == {str(farmer.pk): rise, str(paid_for.pk): None}
    with time_machine.travel("2026-11-19T23:00:00+07:00", tick=False):
        assert {line["price_change"] is None for line in page(caller)["results"]} == {True}


def test_needs_no_sweep_and_a_payment_takes_the_member_off(caller: AgentClient) -> None:
    budi = member_of(caller, paid_through=AUGUST)
    assert len(page(caller)["results"]) == 1
    Member.objects.filter(pk=budi.pk).update(paid_through=date(2026, 11, 1))
    assert page(caller) == {"results": [], "next": None}


def test_every_kind_that_there_is_and_its_filter(caller: AgentClient) -> None:
    arrears = member_of(caller, paid_through=AUGUST)
    first = member_of(caller, registered_on=date(2026, 11, 13))
    draft = member_of(caller, paid_through=date(2026, 11, 1), income_monthly=None)
    broken = member_of(caller, paid_through=date(2026, 10, 1))
    AttemptFactory.create(
        member=broken,
        unpaid_since=date(2026, 11, 1),
        contact="met_member",
        decision="promised",
        promise_on=date(2026, 11, 19),
    )
    member_of(caller, registered_on=date(2026, 11, 14))
    sponsored = member_of(caller, paid_through=date(2026, 12, 1))
    ending, later = (
        PayerFactory.create(office=caller.agent.office, contract_to=day)
        for day in (date(2026, 12, 5), date(2027, 1, 31))
    )
    MemberPayerFactory.create(member=sponsored, payer=ending)
    MemberPayerFactory.create(member=member_of(caller, paid_through=date(2026, 12, 1)), payer=later)
    expected = {
        "arrears": [arrears.pk],
        "first_payment": [first.pk],
        "promise_broken": [broken.pk],
        "data": [draft.pk],
        "sponsor_ending": [sponsored.pk],
    }
    assert {line["member_id"] for line in page(caller)["results"]} == {
        str(pk) for ids in expected.values() for pk in ids
    }
    for kind, ids in expected.items():
        found = page(caller, f"?kind={kind}")["results"]
        assert [line["member_id"] for line in found] == [str(pk) for pk in ids]


def test_members_of_other_agents_closed_ones_and_closed_kinds_are_absent(
    caller: AgentClient, other_agent_client: AgentClient
) -> None:
    MemberFactory.create(agent=other_agent_client.agent, paid_through=AUGUST)
    member_of(caller, paid_through=AUGUST, closed_on=date(2026, 11, 1), closed_reason="withdrawn")
    done = member_of(caller, paid_through=AUGUST)
    FollowUpFactory.create(member=done, closed_on=date(2026, 11, 1), closed_by=UserFactory.create())
    assert page(caller)["results"] == []
    assert len(page(other_agent_client)["results"]) == 1


def test_a_village_is_a_filter_and_a_foreign_one_costs_points(caller: AgentClient) -> None:
    home = member_of(caller, paid_through=AUGUST)
    away = member_of(caller, paid_through=AUGUST, village_id="3515142002")
    found = page(caller)["results"]
    assert [(line["member_id"], line["priority"]) for line in found] == [
        (str(home.pk), 59),
        (str(away.pk), 54),
    ]
    only = page(caller, "?village=3515142002")["results"]
    assert [line["member_id"] for line in only] == [str(away.pk)]


def test_pages_of_fifty_hold_every_member_once_in_order(caller: AgentClient) -> None:
    for months in range(3):
        MemberFactory.create_batch(40, agent=caller.agent, paid_through=date(2026, 7 + months, 1))
    found: list[dict[str, Any]] = []
    sizes = []
    query = ""
    while True:
        answer = page(caller, query)
        found += answer["results"]
        sizes.append(len(answer["results"]))
        if answer["next"] is None:
            break
        query = "?" + answer["next"].partition("?")[2]
    assert sizes == [50, 50, 20]
    assert len({line["member_id"] for line in found}) == 120
    places = [(-line["priority"], line["lapses_on"], line["member_id"]) for line in found]
    assert places == sorted(places)


def test_the_statements_do_not_grow_with_the_book(caller: AgentClient) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as statements:
            page(caller)
        return len(statements)

    member_of(caller, paid_through=AUGUST)
    page(caller)
    first = cost()
    for member in MemberFactory.create_batch(49, agent=caller.agent, paid_through=AUGUST):
        AttemptFactory.create(member=member)
    assert cost() == first


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?kind=hungry", 422, "invalid"),
        ("?village=35", 422, "invalid"),
        ("?cursor=abc", 400, "cursor_invalid"),
    ],
)
def test_a_bad_question_is_refused(caller: AgentClient, query: str, status: int, code: str) -> None:
    answer: Any = caller.get(f"{URL}{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_only_an_agent_is_answered(anonymous: Caller, post_agent_client: Caller) -> None:
    assert anonymous.get(URL).status_code == 401
    assert post_agent_client.get(URL).status_code == 403
