"""Bills from an agent's phone."""

from typing import Any

import pytest

from payments.models import Bill
from payments.services.links import share_url
from perisai.ids import new_id
from tests.factories.payments import (
    NOW,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    office_maker,
    paid,
    partner_maker,
)
from tests.factories.perisai import AgentFactory
from tests.fixtures import AgentClient, LogIn
from tests.payments.counters import comparable, new_key
from tests.statements import counted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]
BILLS = "/api/v1/bills"


def ask(client: AgentClient, member_id: Any, months: Any = 1, key: str | None = None) -> Any:
    """POST an order under a key of its own, unless one is given."""
    headers = {"Idempotency-Key": key or new_key()}
    return client.post(BILLS, {"member_id": str(member_id), "months": months}, headers=headers)


def test_agent_bills_her_member(agent_client: AgentClient) -> None:
    member = cared_for_member(agent_client.agent)

    answer = ask(agent_client, member.pk, 2)

    bill = Bill.objects.get()
    line = {"member_id": str(member.pk), "jkk": 5000, "jkm": 3400, "jht": 0, "credit": 0}
    assert answer.status_code == 201
    assert answer.json() == {
        "bill_code": bill.code,
        "payer_kind": "self",
        "payer_id": None,
        "title": "",
        "member_count": 1,
        "line_count": 2,
        "total": 16_800,
        "credit": 0,
        "payable": 16_800,
        "expires_at": "2026-11-23T10:00:00+07:00",
        "state": "open",
        "lines": [line | {"month": "2026-11"}, line | {"month": "2026-12"}],
        "share_url": share_url(bill.code),
        "left_out": [],
    }
    assert bill.made_by_agent == agent_client.agent


def test_same_call_again_is_replayed_and_an_equal_order_finds_the_open_bill(
    agent_client: AgentClient,
) -> None:
    member, key = cared_for_member(agent_client.agent), new_key()

    first, again = (ask(agent_client, member.pk, 1, key) for _ in range(2))
    equal = ask(agent_client, member.pk)

    assert [answer.status_code for answer in (first, again, equal)] == [201, 200, 200]
    assert first.json() == again.json() == equal.json()
    assert again["Idempotency-Replayed"] == "true"
    assert not equal.has_header("Idempotency-Replayed")
    assert Bill.objects.count() == 1


def test_same_key_for_another_order_is_refused(agent_client: AgentClient) -> None:
    member, key = cared_for_member(agent_client.agent), new_key()
    ask(agent_client, member.pk, 1, key)

    answer = ask(agent_client, member.pk, 2, key)

    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
    assert Bill.objects.count() == 1


def test_keys_of_two_agents_are_apart(
    agent_client: AgentClient, other_agent_client: AgentClient
) -> None:
    key = new_key()
    members = [cared_for_member(client.agent) for client in (agent_client, other_agent_client)]

    answers = [
        ask(client, member.pk, 1, key)
        for client, member in zip((agent_client, other_agent_client), members, strict=True)
    ]

    assert [answer.status_code for answer in answers] == [201, 201]


def test_order_without_a_key_is_refused(agent_client: AgentClient) -> None:
    member = cared_for_member(agent_client.agent)

    answer = agent_client.post(BILLS, {"member_id": str(member.pk), "months": 1})

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert Bill.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"member_id": "x", "months": 1}, "invalid_field"),
        ({"months": 1}, "missing_field"),
        ({"member_id": str(new_id()), "months": "1"}, "invalid_field"),
        ({"member_id": str(new_id()), "months": 1, "amount": 1}, "unknown_field"),
    ],
)
def test_odd_orders_are_refused(agent_client: AgentClient, body: dict[str, Any], code: str) -> None:
    answer = agent_client.post(BILLS, body, headers={"Idempotency-Key": new_key()})

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert Bill.objects.count() == 0


@pytest.mark.parametrize(
    ("columns", "status", "code"),
    [
        ({"income_monthly": None}, 409, "member_not_eligible"),
        ({"closed_on": NOW.date(), "closed_reason": "withdrawn"}, 409, "member_closed"),
    ],
)
def test_member_who_gets_no_bill(
    agent_client: AgentClient, columns: dict[str, Any], status: int, code: str
) -> None:
    member = cared_for_member(agent_client.agent, **columns)

    answer = ask(agent_client, member.pk)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["retry"] == "never"


def test_members_and_bills_of_another_agent_are_as_unknown_as_none(
    agent_client: AgentClient,
) -> None:
    foreign = bill_for(cared_for_member())
    member_id = foreign.lines.all()[0].member_id

    orders = [comparable(ask(agent_client, one)) for one in (member_id, new_id())]
    codes = (foreign.code, "9900009000000003")
    reads = [comparable(agent_client.get(f"{BILLS}/{code}")) for code in codes]
    cancels = [comparable(agent_client.post(f"{BILLS}/{code}/cancel")) for code in codes]

    for answers in (orders, reads, cancels):
        assert answers == [answers[0]] * 2
        assert answers[0][0] == 404
    foreign.refresh_from_db()
    assert foreign.cancelled_at is None


def test_quote_of_a_partner_is_not_shown_to_the_agent(agent_client: AgentClient) -> None:
    member = cared_for_member(agent_client.agent)
    quote = bill_for(member, maker=partner_maker(PostAgentFactory.create()))

    assert agent_client.get(f"{BILLS}/{quote.code}").status_code == 404
    assert agent_client.get(BILLS).json()["results"] == []


def test_list_is_newest_first_and_can_be_narrowed(agent_client: AgentClient) -> None:
    first, second = (cared_for_member(agent_client.agent) for _ in range(2))
    payment = paid(first, PostAgentFactory.create())
    open_one, other = bill_for(first), bill_for(second)
    bill_for(cared_for_member())

    def codes(query: str) -> list[tuple[str, str]]:
        results = agent_client.get(f"{BILLS}{query}").json()["results"]
        return [(bill["bill_code"], bill["state"]) for bill in results]

    assert codes("") == [
        (other.code, "open"),
        (open_one.code, "open"),
        (payment.paid_bill.code, "paid"),
    ]
    assert codes(f"?member_id={first.pk}") == [
        (open_one.code, "open"),
        (payment.paid_bill.code, "paid"),
    ]
    assert codes(f"?member_id={first.pk}&state=open") == [(open_one.code, "open")]
    assert agent_client.get(f"{BILLS}?state=paid").status_code == 422


def test_list_costs_the_same_for_any_number_of_bills(agent_client: AgentClient) -> None:
    def cost() -> int:
        with counted() as statements:
            agent_client.get(BILLS)
        return len(statements)

    bill_for(cared_for_member(agent_client.agent))
    cost()
    one = cost()
    for _ in range(5):
        bill_for(cared_for_member(agent_client.agent))

    assert (one, cost()) == (4, 4)


def test_pages_of_fifty_meet_without_a_gap(agent_client: AgentClient) -> None:
    made = [bill_for(cared_for_member(agent_client.agent)).code for _ in range(51)]

    first = agent_client.get(BILLS).json()
    second = agent_client.get(first["next"]).json()

    shown = [bill["bill_code"] for page in (first, second) for bill in page["results"]]
    assert shown == made[::-1]
    assert second["next"] is None


def test_open_bill_is_cancelled_once(agent_client: AgentClient) -> None:
    bill = bill_for(cared_for_member(agent_client.agent))

    answers = [agent_client.post(f"{BILLS}/{bill.code}/cancel") for _ in range(2)]

    assert [(answer.status_code, answer.json()["state"]) for answer in answers] == [
        (200, "cancelled")
    ] * 2


def test_paid_bill_is_not_cancelled(agent_client: AgentClient) -> None:
    payment = paid(cared_for_member(agent_client.agent), PostAgentFactory.create())

    answer = agent_client.post(f"{BILLS}/{payment.paid_bill.code}/cancel")

    assert (answer.status_code, answer.json()["code"]) == (409, "bill_not_open")


def test_agent_who_lost_the_member_sees_her_bills_no_more(log_in: LogIn) -> None:
    agent = AgentFactory.create()
    client, member = log_in(agent), cared_for_member(agent)
    bill = bill_for(member)
    member.agent = AgentFactory.create()
    member.save(update_fields=["agent"])

    assert client.get(f"{BILLS}/{bill.code}").status_code == 404


def test_collective_bill_with_members_of_others_is_not_the_agents_to_take_back(
    agent_client: AgentClient,
) -> None:
    mine, foreign = cared_for_member(agent_client.agent), cared_for_member()
    shared = bill_for(mine, foreign, maker=office_maker())

    listed = agent_client.get(BILLS).json()["results"]
    shown = agent_client.get(f"{BILLS}/{shared.code}")
    cancelled = agent_client.post(f"{BILLS}/{shared.code}/cancel")

    shared.refresh_from_db()
    assert listed == []
    assert (shown.status_code, cancelled.status_code) == (404, 404)
    assert shared.cancelled_at is None
