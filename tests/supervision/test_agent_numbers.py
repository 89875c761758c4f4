"""GET /api/v1/me/numbers: an agent's confirmed figures, her own alone."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.models import F, Sum
from django.test.utils import CaptureQueriesContext

from enrollment.services.cover_days import cover_day
from payments.models import CoverMonth
from payments.services.reversal import reverse
from perisai.models import Agent
from supervision.services.dashboard import branch_numbers
from tests.factories.enrollment import EligibleAgentFactory, MemberFactory, registration_data
from tests.factories.payments import NOW, PostAgentFactory, cared_for_member, paid, reversal_of
from tests.factories.perisai import DeviceFactory
from tests.factories.retention import FollowUpFactory
from tests.fixtures import AgentClient
from tests.sync.phones import Phone, new_ids, op, owner, phone_of

pytestmark = pytest.mark.django_db
URL = "/api/v1/me/numbers"
AUGUST = date(2026, 8, 1)


@pytest.fixture(autouse=True)
def _worked_day() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def phone() -> Phone:
    """A phone of an agent who may register."""
    return phone_of(DeviceFactory.create(agent=EligibleAgentFactory.create()))


def numbers(phone: Phone | AgentClient, query: str = "") -> Any:
    """The answer, which must be 200."""
    client = phone.client if isinstance(phone, Phone) else phone
    answer: Any = client.get(f"{URL}{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def register(seq: int, number: int, **said: Any) -> Any:
    data = registration_data(number, **said)
    at = NOW.isoformat(timespec="milliseconds")
    return op(seq, "member.register", entity_id=new_ids(1)[0], at=at, data=data)


def agent_of(phone: Phone) -> Agent:
    agent: Agent = phone.device.agent
    return agent


def test_who_has_nothing_reads_zeros_and_no_estimate(agent_client: AgentClient) -> None:
    found = numbers(agent_client)
    assert set(found) == {
        *("as_of", "book_version", "members", "new_this_month", "contributions"),
        *("incentive_estimate", "follow_ups", "ops", "activity"),
    }
    assert found["contributions"] == {"count": 0, "amount": 0}
    assert found["members"]["active"] == found["members"]["lapsed"] == 0
    assert found["incentive_estimate"] is None
    assert found["ops"] == {"conflict": 0, "blocked": 0, "rejected": 0}


def test_members_by_state_and_work(phone: Phone) -> None:
    agent = agent_of(phone)
    owing = MemberFactory.create(agent=agent, paid_through=AUGUST)
    MemberFactory.create(agent=agent, paid_through=date(2026, 12, 1))
    closed = {"closed_on": date(2026, 11, 2), "closed_reason": "withdrawn"}
    MemberFactory.create(agent=agent, paid_through=date(2026, 12, 1), **closed)
    MemberFactory.create(paid_through=AUGUST)
    FollowUpFactory.create(member=owing, agent=agent, opened_on=date(2026, 11, 3))
    done = MemberFactory.create(agent=agent, paid_through=date(2026, 12, 1))
    FollowUpFactory.create(member=done, agent=agent, opened_on=date(2026, 11, 3))

    found = numbers(phone)

    members = {state: n for state, n in found["members"].items() if n}
    assert members == {"grace_2": 1, "active": 2}
    assert found["follow_ups"] == {"open": 1, "done": 1}


def test_f12_shown_counts_are_paid_counts(phone: Phone) -> None:
    """What was registered, paid and taken back: what is shown is the ledger's."""
    agent, outlet = agent_of(phone), PostAgentFactory.create()
    payments = [paid(cared_for_member(agent, number=n), outlet, months=n) for n in (1, 2, 3)]
    paid(cared_for_member(number=9), outlet)
    reverse(reversal_of(payments[0]), now=NOW)
    results = phone.push(
        register(1, 7_001, months=1), register(2, 7_001), register(3, 7_002, sex=None)
    )

    found = numbers(phone)

    of_agent = CoverMonth.objects.filter(agent=agent, reversed_at=None)
    rupiah = of_agent.aggregate(sum=Sum(F("jkk") + F("jkm") + F("jht")))["sum"]
    assert found["contributions"] == {"count": of_agent.count(), "amount": rupiah}
    assert found["contributions"]["count"] == 5
    assert [one["result"] for one in results] == ["applied", "conflict", "rejected"]
    assert (found["new_this_month"], found["ops"]) == (
        1,
        {"conflict": 1, "blocked": 0, "rejected": 1},
    )
    lines = branch_numbers(agent.office.branch_id, day=cover_day(NOW.date())).lines
    (seen,) = [line.numbers for line in lines if line.agent == agent]  # by her supervisor
    assert seen.contributions == found["contributions"]["amount"]
    assert seen.payments == of_agent.values("payment").distinct().count() == 2
    assert seen.registrations == found["new_this_month"]
    phone.pull()
    assert found["book_version"] == phone.last["book_version"]
    rows = [row for (entity, _), (_, row) in phone.rows.items() if entity == "member"]
    assert sum(row["paid_through"] is None for row in rows) == found["members"]["registered_unpaid"]


def test_who_is_warned_reads_when_she_would_be_reviewed() -> None:
    began = {"appointed_on": date(2026, 8, 10), "created_at": NOW - timedelta(days=102)}
    device = DeviceFactory.create(agent=EligibleAgentFactory.create(**began))
    phone = phone_of(device)
    warned = {"idle_months": 2, "warned": True, "review_on": "2026-12-01"}
    assert numbers(phone)["activity"] == warned
    assert phone.client.get("/api/v1/sync/config").json()["activity"] == warned
    paid(cared_for_member(device.agent), PostAgentFactory.create())
    is_back = {"idle_months": 2, "warned": False, "review_on": None}
    assert numbers(phone, "?month=2026-08")["activity"] == is_back


def test_another_month_has_its_own_figures(phone: Phone) -> None:
    paid(cared_for_member(agent_of(phone)), PostAgentFactory.create())
    assert numbers(phone, "?month=2026-11")["contributions"]["count"] == 1
    assert numbers(phone, "?month=2026-10")["contributions"]["count"] == 0


@pytest.mark.parametrize("month", ["2026-13", "november", "2026-1"])
def test_a_month_that_is_none_is_refused(agent_client: AgentClient, month: str) -> None:
    answer = agent_client.get(f"{URL}?month={month}")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/month")


def test_the_statements_do_not_grow_with_the_book(phone: Phone) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as caught:
            numbers(phone)
        return len(caught)

    MemberFactory.create(agent_id=owner(phone), paid_through=AUGUST)
    few = cost()
    MemberFactory.create_batch(15, agent_id=owner(phone), paid_through=AUGUST)
    assert cost() == few <= 20
