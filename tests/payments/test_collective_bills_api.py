"""Collective bills and payers from an agent's phone."""

from datetime import date
from typing import Any

import pytest

from payments.models import Bill, Payer
from payments.services.links import share_url
from perisai.ids import new_id
from tests.factories.payments import NOW, MemberPayerFactory, PayerFactory, cared_for_member
from tests.fixtures import AgentClient
from tests.payments.counters import Counter, new_key
from tests.statements import counted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]
BILLS = "/api/v1/bills"
PAYERS = "/api/v1/payers"


@pytest.fixture
def group(agent_client: AgentClient) -> Payer:
    """Fishers who pay together, of the calling agent's office."""
    return PayerFactory.create(kind="group", office=agent_client.agent.office)


def ask(client: AgentClient, *members: Any, key: str = "", **body: Any) -> Any:
    """POST an order for these members; its own key, unless one is given."""
    order = {"members": [str(getattr(one, "pk", one)) for one in members], "months": 1} | body
    return client.post(BILLS, order, headers={"Idempotency-Key": key or new_key()})


def test_agent_bills_a_group(agent_client: AgentClient, group: Payer) -> None:
    people = sorted((cared_for_member(agent_client.agent) for _ in range(2)), key=lambda m: m.pk)

    answer = ask(agent_client, *people, payer_id=group.pk, title="Nelayan Tanjung Luar")

    bill = Bill.objects.get()
    line = {"month": "2026-11", "jkk": 5000, "jkm": 3400, "jht": 0, "credit": 0}
    assert answer.status_code == 201
    assert answer.json() == {
        "bill_code": bill.code,
        "payer_kind": "group",
        "payer_id": group.pk,
        "title": "Nelayan Tanjung Luar",
        "member_count": 2,
        "line_count": 2,
        "total": 16_800,
        "credit": 0,
        "payable": 16_800,
        "expires_at": "2026-11-23T10:00:00+07:00",
        "state": "open",
        "lines": [line | {"member_id": str(member.pk)} for member in people],
        "share_url": share_url(bill.code),
        "left_out": [],
    }
    read = agent_client.get(f"{BILLS}/{bill.code}").json()
    assert read == {key: value for key, value in answer.json().items() if key != "left_out"}


def test_left_out_members_come_back_with_every_repeat(
    agent_client: AgentClient, group: Payer
) -> None:
    good = cared_for_member(agent_client.agent)
    draft = cared_for_member(agent_client.agent, income_monthly=None)
    said: dict[str, Any] = {"payer_id": group.pk, "skip_refused": True}
    key = new_key()

    first = ask(agent_client, good, draft, key=key, **said)
    again = ask(agent_client, good, draft, key=key, **said)
    equal = ask(agent_client, good, draft, **said)

    assert [answer.status_code for answer in (first, again, equal)] == [201, 200, 200]
    assert first.json() == again.json() == equal.json()
    assert first.json()["left_out"] == [{"member_id": str(draft.pk), "code": "member_not_eligible"}]


def test_refused_members_are_pointed_at_in_a_repeat_too(agent_client: AgentClient) -> None:
    good, foreign = cared_for_member(agent_client.agent), cared_for_member()
    closed = cared_for_member(agent_client.agent, closed_on=NOW.date(), closed_reason="withdrawn")
    key = new_key()

    answers = [ask(agent_client, good, closed, foreign, key=key) for _ in range(2)]

    for answer in answers:
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (409, "member_closed")
        assert [(fault["pointer"], fault["code"]) for fault in problem["errors"]] == [
            ("/members/1", "member_closed"),
            ("/members/2", "member_not_found"),
        ]
        assert all(fault["detail"] for fault in problem["errors"])
        assert "members" not in problem
    assert Bill.objects.count() == 0


def test_foreign_and_unknown_members_are_answered_alike(agent_client: AgentClient) -> None:
    answers = [ask(agent_client, one).json() for one in (cared_for_member(), new_id())]

    for answer in answers:
        del answer["request_id"]
    assert answers[0] == answers[1]
    assert answers[0]["status"] == 404


def test_too_many_members_are_refused_with_the_limit(agent_client: AgentClient) -> None:
    answer = ask(agent_client, *(new_id() for _ in range(501)))

    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_members")
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/members"]


def test_unknown_payer_is_refused(agent_client: AgentClient) -> None:
    foreign = PayerFactory.create(kind="group")

    answers = [
        ask(agent_client, cared_for_member(agent_client.agent), payer_id=payer_id)
        for payer_id in (foreign.pk, 987_654_321)
    ]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (404, "payer_not_found")
    ] * 2


MEMBER = str(new_id())


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"member_id": MEMBER, "members": [MEMBER]}, "invalid_field", "/non_field_errors"),
        ({"members": []}, "missing_field", "/members"),
        ({"members": "x"}, "invalid_field", "/members"),
        ({"members": [MEMBER, "x"]}, "invalid_field", "/members/1"),
        ({"members": [MEMBER], "payer_id": "17"}, "invalid_field", "/payer_id"),
        ({"members": [MEMBER], "payer_id": 0}, "invalid_field", "/payer_id"),
        ({"members": [MEMBER], "title": "x" * 101}, "invalid_field", "/title"),
        ({"members": [MEMBER], "title": 1}, "invalid_field", "/title"),
        ({"members": [MEMBER], "title": "Siti 3515142001900001"}, "invalid_field", "/title"),
        ({"members": [MEMBER], "title": "WA 0812-3456-7890"}, "invalid_field", "/title"),
        ({"members": [MEMBER], "title": "Nelayan\u200b"}, "invalid_field", "/title"),
        ({"members": [MEMBER], "skip_refused": "true"}, "invalid_field", "/skip_refused"),
        ({"members": [MEMBER], "payable": 1}, "unknown_field", "/payable"),
        ({"member_id": MEMBER, "payer_id": 17}, "invalid_field", "/payer_id"),
        ({"member_id": MEMBER, "title": "x"}, "invalid_field", "/title"),
        ({"member_id": MEMBER, "skip_refused": True}, "invalid_field", "/skip_refused"),
        ({}, "missing_field", "/member_id"),
    ],
    ids=[
        "both forms",
        "nobody",
        "no list",
        "odd id",
        "payer as text",
        "payer zero",
        "long title",
        "title as number",
        "NIK in a title",
        "phone in a title",
        "unseen sign in a title",
        "flag as text",
        "unknown field",
        "one member with a payer",
        "one member with a title",
        "one member skipped",
        "neither form",
    ],
)
def test_odd_collective_orders_are_refused(
    agent_client: AgentClient, body: dict[str, Any], code: str, pointer: str
) -> None:
    answer = agent_client.post(BILLS, {"months": 1} | body, headers={"Idempotency-Key": new_key()})

    faults = answer.json()["errors"]
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert [fault["pointer"] for fault in faults] == [pointer]
    assert Bill.objects.count() == 0


def test_list_shows_a_big_bill_without_its_lines(agent_client: AgentClient, group: Payer) -> None:
    people = [cared_for_member(agent_client.agent) for _ in range(17)]
    small = ask(agent_client, *people[:16], months=3, payer_id=group.pk).json()
    big = ask(agent_client, *people, months=3, payer_id=group.pk).json()

    listed = agent_client.get(BILLS).json()["results"]

    assert [(bill["bill_code"], bill["line_count"], len(bill["lines"])) for bill in listed] == [
        (big["bill_code"], 51, 0),
        (small["bill_code"], 48, 48),
    ]


def test_group_of_three_hundred_is_shown_and_paid_at_a_counter_by_its_months(
    agent_client: AgentClient, group: Payer, counter: Counter
) -> None:
    people = [cared_for_member(agent_client.agent) for _ in range(300)]
    bill = ask(agent_client, *people, months=3, payer_id=group.pk).json()

    shown = counter.inquire(bill_code=bill["bill_code"]).json()

    november = {"jkk": 1_500_000, "jkm": 1_020_000, "jht": 0, "discount": "pp50_2025_other"}
    january = {"jkk": 3_000_000, "jkm": 2_040_000, "jht": 0, "discount": None}
    assert shown["lines"] == [
        {"month": "2026-11"} | november,
        {"month": "2026-12"} | november,
        {"month": "2027-01"} | january,
    ]
    assert (shown["member"], shown["member_count"], shown["months"]) == (None, 300, 3)
    assert shown["payable"] == 300 * 33_600


def test_payers_of_the_office_whose_contract_runs_today(agent_client: AgentClient) -> None:
    office = agent_client.agent.office
    endless = PayerFactory.create(kind="group", office=office)
    ending = PayerFactory.create(kind="csr", office=office, contract_to=date(2026, 11, 20))
    PayerFactory.create(office=office, contract_to=date(2026, 11, 19))
    PayerFactory.create(office=office, contract_from=date(2026, 11, 21))
    PayerFactory.create()

    answer = agent_client.get(PAYERS)

    assert answer.status_code == 200
    assert answer.json() == {
        "results": [
            {
                "id": endless.pk,
                "kind": "group",
                "name": endless.name,
                "contract_from": "2024-01-01",
                "contract_to": None,
            },
            {
                "id": ending.pk,
                "kind": "csr",
                "name": ending.name,
                "contract_from": "2024-01-01",
                "contract_to": "2026-11-20",
            },
        ],
        "next": None,
    }


def test_payers_are_listed_at_a_fixed_cost(agent_client: AgentClient) -> None:
    for _ in range(5):
        PayerFactory.create(kind="group", office=agent_client.agent.office)
    agent_client.get(PAYERS)

    with counted() as statements:
        agent_client.get(PAYERS)

    assert len(statements) == 2, statements


def test_agent_bills_her_members_of_a_sponsor(agent_client: AgentClient) -> None:
    sponsor = PayerFactory.create(kind="apbd", office=agent_client.agent.office)
    member = cared_for_member(agent_client.agent)
    MemberPayerFactory.create(member=member, payer=sponsor)

    answer = ask(agent_client, member, payer_id=sponsor.pk).json()

    assert (answer["payer_kind"], answer["payable"]) == ("apbd", 16_800)
