"""One bill for many members (R10): a payer's, a group's, with or without those who get none."""

from datetime import date
from typing import Any

import pytest

from enrollment.models import Member
from payments.models import Bill, BillLine, Channel, CoverMonth, Payer, Payment
from payments.services.billing import BillOrder, make_bill
from payments.services.checks import run_checks
from payments.services.makers import AgentMaker, UserMaker
from payments.services.outcomes import (
    BillMade,
    BillReplayed,
    BillReused,
    LeftOut,
    Posted,
    Refused,
)
from payments.services.posting import pay
from perisai.ids import new_id
from perisai.models import Agent, Role
from sync.models import BookEntry
from tests.factories.payments import (
    NOW,
    MemberPayerFactory,
    PayerFactory,
    PostAgentFactory,
    cared_for_member,
    command_for,
)
from tests.factories.perisai import AgentFactory, UserFactory
from tests.payments.ledger import balances, give_credit, money_rows
from tests.statements import counted

pytestmark = pytest.mark.django_db

OCTOBER = date(2026, 10, 1)
KEY = "kunci-kolektif-0001"


@pytest.fixture
def agent() -> Agent:
    """Who looks after everybody here."""
    return AgentFactory.create()


@pytest.fixture
def group(agent: Agent) -> Payer:
    """Fishers who pay together."""
    return PayerFactory.create(kind="group", office=agent.office)


def sponsored(agent: Agent, payer: Payer, **columns: Any) -> Member:
    """A member whom the payer pays for."""
    member = cared_for_member(agent, **columns)
    MemberPayerFactory.create(member=member, payer=payer)
    return member


def collective(agent: Agent, *members: Any, **changes: Any) -> BillOrder:
    """The agent's order for these members."""
    said: dict[str, Any] = {
        "maker": AgentMaker(agent_id=agent.pk),
        "member_ids": tuple(getattr(member, "pk", member) for member in members),
        "months": 1,
        "is_collective": True,
    }
    return BillOrder(**(said | changes))


def made(order: BillOrder) -> Bill:
    """The new bill of an order."""
    outcome = make_bill(order, now=NOW)
    assert isinstance(outcome, BillMade), outcome
    return Bill.objects.get(pk=outcome.bill_id)


def test_group_is_billed_for_its_own_and_for_who_pays_alone(agent: Agent, group: Payer) -> None:
    people = [sponsored(agent, group), cared_for_member(agent)]

    bill = made(collective(agent, *people, months=3, payer_id=group.pk, title="Nelayan"))

    assert (bill.payer_kind, bill.payer, bill.title) == ("group", group, "Nelayan")
    assert (bill.member_count, bill.line_count, bill.payable) == (2, 6, 2 * 33_600)
    lines = BillLine.objects.filter(bill=bill).order_by("member", "month")
    assert [line.member_id for line in lines] == sorted([p.pk for p in people for _ in range(3)])


def test_each_member_has_own_months_and_prices_in_one_bill(agent: Agent, group: Payer) -> None:
    arrears = cared_for_member(agent, paid_through=date(2026, 8, 1), episode_started_on=OCTOBER)
    lapsed = cared_for_member(agent, paid_through=date(2026, 5, 1), episode_started_on=OCTOBER)
    new = cared_for_member(agent, programmes=["JKK", "JKM", "JHT"])

    bill = made(collective(agent, arrears, lapsed, new, months=2, payer_id=group.pk))

    said = {
        (line.member_id, f"{line.month:%Y-%m}", line.kind, line.episode_no)
        for line in BillLine.objects.filter(bill=bill)
    }
    assert said == {
        (arrears.pk, "2026-09", "continue", 1),
        (arrears.pk, "2026-10", "continue", 1),
        (lapsed.pk, "2026-11", "reentry", 2),
        (lapsed.pk, "2026-12", "reentry", 2),
        (new.pk, "2026-11", "first", 1),
        (new.pk, "2026-12", "first", 1),
    }
    assert bill.payable == 2 * 8_400 + 2 * 8_400 + 2 * 28_400


@pytest.mark.parametrize(("kind", "payable"), [("apbd", 33_600), ("csr", 16_800)])
def test_r4_sponsor_pays_for_its_own_members_alone(agent: Agent, kind: str, payable: int) -> None:
    payer = PayerFactory.create(kind=kind, office=agent.office)
    own = [sponsored(agent, payer) for _ in range(2)]
    alone = cared_for_member(agent)
    rows = money_rows()

    refused = make_bill(collective(agent, *own, alone, payer_id=payer.pk), now=NOW)

    assert refused == Refused(code="payer_differs", context={"members": [[2, "payer_differs"]]})
    assert money_rows() == rows
    assert made(collective(agent, *own, payer_id=payer.pk)).payable == payable


def test_without_a_named_payer_all_members_have_the_same(agent: Agent, group: Payer) -> None:
    alone, also_alone = cared_for_member(agent), cared_for_member(agent)
    other = sponsored(agent, group)

    refused = make_bill(collective(agent, alone, other, also_alone), now=NOW)

    assert refused == Refused(code="payer_differs", context={"members": [[1, "payer_differs"]]})
    bill = made(collective(agent, alone, also_alone))
    assert (bill.payer_kind, bill.payer, bill.member_count) == ("self", None, 2)


def test_payer_of_another_office_or_after_its_contract_is_unknown(agent: Agent) -> None:
    member = cared_for_member(agent)
    foreign = PayerFactory.create(kind="group")
    ended = PayerFactory.create(kind="group", office=agent.office, contract_to=date(2026, 11, 19))
    coming = PayerFactory.create(
        kind="group", office=agent.office, contract_from=date(2026, 11, 21)
    )

    outcomes = [
        make_bill(collective(agent, member, payer_id=payer_id), now=NOW)
        for payer_id in (foreign.pk, ended.pk, coming.pk, 987_654_321)
    ]

    assert outcomes == [Refused(code="payer_not_found")] * 4
    assert Bill.objects.count() == 0


def test_all_or_nothing_names_everybody_who_gets_none(agent: Agent, group: Payer) -> None:
    good, draft = cared_for_member(agent), cared_for_member(agent, income_monthly=None)
    closed = cared_for_member(agent, closed_on=NOW.date(), closed_reason="withdrawn")
    foreign = cared_for_member()
    order = collective(agent, good, draft, closed, foreign, new_id(), payer_id=group.pk)
    rows = money_rows()

    outcome = make_bill(order, now=NOW)

    places = [
        [1, "member_not_eligible"],
        [2, "member_closed"],
        [3, "member_not_found"],
        [4, "member_not_found"],
    ]
    assert outcome == Refused(code="member_not_eligible", context={"members": places})
    assert money_rows() == rows


def test_refusal_names_fifty_members_at_most(agent: Agent) -> None:
    outcome = make_bill(collective(agent, *(new_id() for _ in range(60))), now=NOW)

    assert isinstance(outcome, Refused)
    assert [place for place, _ in outcome.context["members"]] == list(range(50))


def test_refused_members_are_left_out_on_request(agent: Agent, group: Payer) -> None:
    good, draft = cared_for_member(agent), cared_for_member(agent, income_monthly=None)
    foreign = cared_for_member()
    order = collective(agent, draft, good, foreign, payer_id=group.pk, skip_refused=True, key=KEY)

    first = make_bill(order, now=NOW)
    again = make_bill(order, now=NOW)

    left_out = (
        LeftOut(member_id=draft.pk, code="member_not_eligible"),
        LeftOut(member_id=foreign.pk, code="member_not_found"),
    )
    assert isinstance(first, BillMade)
    assert first.left_out == left_out
    assert again == BillReplayed(bill_id=first.bill_id, left_out=left_out)
    assert Bill.objects.get().member_count == 1
    told = BookEntry.objects.filter(entity="member").values_list("entity_id", flat=True)
    assert list(told) == [good.pk]


def test_nobody_left_is_a_refusal(agent: Agent) -> None:
    draft = cared_for_member(agent, income_monthly=None)

    outcome = make_bill(collective(agent, draft, skip_refused=True), now=NOW)

    places = [[0, "member_not_eligible"]]
    assert outcome == Refused(code="member_not_eligible", context={"members": places})
    assert Bill.objects.count() == 0


def test_wrong_number_of_months_is_the_orders_fault_and_skips_nobody(agent: Agent) -> None:
    member = cared_for_member(agent)

    outcome = make_bill(collective(agent, member, months=4, skip_refused=True), now=NOW)

    assert outcome == Refused(code="months_not_allowed", context={"allowed": [1, 2, 3, 6, 12]})


def test_member_named_twice_is_billed_once_and_named_by_the_first_place(agent: Agent) -> None:
    good, draft = cared_for_member(agent), cared_for_member(agent, income_monthly=None)

    bill = made(collective(agent, good, good))
    refused = make_bill(collective(agent, good, draft, good, draft), now=NOW)

    places = [[1, "member_not_eligible"]]
    assert (bill.member_count, bill.line_count) == (1, 1)
    assert refused == Refused(code="member_not_eligible", context={"members": places})


@pytest.mark.parametrize(("role", "most"), [("agent", 500), ("staff", 5_000)])
def test_a_bill_holds_at_most_so_many_members(agent: Agent, role: str, most: int) -> None:
    user = UserFactory.create(role=Role.SUPERVISOR, branch=agent.office.branch)
    makers = {"agent": AgentMaker(agent_id=agent.pk), "staff": UserMaker(user_id=user.pk)}
    ids = [new_id() for _ in range(most + 1)]

    def code_for(count: int) -> Any:
        outcome = make_bill(collective(agent, *ids[:count], maker=makers[role]), now=NOW)
        assert isinstance(outcome, Refused)
        return outcome.code, outcome.context.get("most")

    assert code_for(most) == ("member_not_found", None)
    assert code_for(most + 1) == ("too_many_members", most)


def test_equal_order_finds_the_open_bill_and_another_title_does_not(
    agent: Agent, group: Payer
) -> None:
    people = [cared_for_member(agent), cared_for_member(agent)]
    first = made(collective(agent, *people, payer_id=group.pk, title="Nelayan"))

    turned = collective(agent, *reversed(people), payer_id=group.pk, title="Nelayan")

    assert make_bill(turned, now=NOW) == BillReused(bill_id=first.pk)
    assert made(collective(agent, *people, payer_id=group.pk, title="Lain")).pk != first.pk


def test_key_stands_for_the_whole_order(agent: Agent, group: Payer) -> None:
    people = [cared_for_member(agent), cared_for_member(agent)]
    order: dict[str, Any] = {"payer_id": group.pk, "title": "Nelayan", "key": KEY}
    made(collective(agent, *people, **order))

    others = [
        make_bill(collective(agent, *people, **(order | change)), now=NOW)
        for change in ({"payer_id": None}, {"title": "Lain"}, {"skip_refused": True}, {"months": 2})
    ]

    assert others == [Refused(code="key_reused")] * 4
    assert Bill.objects.count() == 1


def test_r9_credit_of_each_member_pays_his_own_lines_and_only_for_self_and_group(
    agent: Agent, group: Payer
) -> None:
    partner = PostAgentFactory.create().partner
    rich, poor = cared_for_member(agent), cared_for_member(agent)
    donor = PayerFactory.create(kind="csr", office=agent.office)
    donated = sponsored(agent, donor)
    for member, amount in ((rich, 10_000), (donated, 10_000)):
        give_credit(member, amount, partner)

    bill = made(collective(agent, rich, poor, months=2, payer_id=group.pk))

    credits = BillLine.objects.filter(bill=bill).order_by("member", "month")
    assert {(line.member_id, line.credit) for line in credits if line.credit} == {
        (rich.pk, 8_400),
        (rich.pk, 1_600),
    }
    assert (bill.total, bill.credit, bill.payable) == (33_600, 10_000, 23_600)
    assert made(collective(agent, donated, payer_id=donor.pk)).credit == 0


def test_r9_collective_bill_that_credit_pays_whole_is_settled_at_once(
    agent: Agent, group: Payer
) -> None:
    partner = PostAgentFactory.create().partner
    people = [cared_for_member(agent) for _ in range(3)]
    for member in people:
        give_credit(member, 8_400, partner)

    bill = made(collective(agent, *people, payer_id=group.pk))

    payment = Payment.objects.get(bill=bill)
    assert (payment.channel, payment.amount) == (Channel.CREDIT, 0)
    assert CoverMonth.objects.filter(payment=payment).count() == 3
    assert balances()[2200] == 0
    assert [result.code for result in run_checks() if result.breaks] == []


def test_collective_bill_is_paid_whole_by_one_payment(agent: Agent, group: Payer) -> None:
    people = [cared_for_member(agent) for _ in range(3)]
    bill = made(collective(agent, *people, months=2, payer_id=group.pk))

    outcome = pay(command_for(bill, PostAgentFactory.create()), now=NOW)

    assert isinstance(outcome, Posted)
    assert CoverMonth.objects.filter(payment=outcome.payment_id).count() == 6
    through = Member.objects.filter(pk__in=bill.lines.values("member"))
    assert {member.paid_through for member in through} == {date(2026, 12, 1)}
    assert [result.code for result in run_checks() if result.breaks] == []


def test_supervisor_bills_members_of_all_agents_of_the_branch(agent: Agent) -> None:
    colleague = AgentFactory.create(office=agent.office)
    foreign = cared_for_member()
    people = [cared_for_member(agent), cared_for_member(colleague), foreign]
    user = UserFactory.create(role=Role.SUPERVISOR, branch=agent.office.branch)
    maker = UserMaker(user_id=user.pk)

    outcome = make_bill(collective(agent, *people, maker=maker, skip_refused=True), now=NOW)

    assert isinstance(outcome, BillMade)
    assert outcome.left_out == (LeftOut(member_id=foreign.pk, code="member_not_found"),)
    assert Bill.objects.get().made_by_user == user


@pytest.mark.parametrize("count", [1, 40])
def test_agents_collective_bill_takes_eight_statements_of_any_size(
    agent: Agent, group: Payer, count: int
) -> None:
    made(collective(agent, cared_for_member(agent)))  # her book is open, the tariff known
    people = [cared_for_member(agent) for _ in range(count)]
    order = collective(agent, *people, months=12, payer_id=group.pk, title="Nelayan", key=KEY)

    with counted() as statements:
        outcome = make_bill(order, now=NOW)

    assert isinstance(outcome, BillMade)
    assert len(statements) == 8, statements


def test_supervisors_collective_bill_takes_eight_statements_for_many_agents() -> None:
    first = AgentFactory.create()
    agents = [first, *(AgentFactory.create(office=first.office) for _ in range(3))]
    user = UserFactory.create(role=Role.SUPERVISOR, branch=first.office.branch)
    group = PayerFactory.create(kind="group", office=first.office)
    order: dict[str, Any] = {"maker": UserMaker(user_id=user.pk), "payer_id": group.pk}
    made(collective(first, *(cared_for_member(one) for one in agents), **order))
    people = [cared_for_member(one) for one in agents for _ in range(10)]

    with counted() as statements:
        outcome = make_bill(collective(first, *people, **order), now=NOW)

    assert isinstance(outcome, BillMade)
    assert len(statements) == 8, statements
