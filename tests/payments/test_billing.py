"""Making bills (R3 to R10, R17, R21)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from enrollment.models import Dukcapil, Occupation
from payments.bill_code import draw_code, is_bill_code
from payments.errors import BillNotFound, BillNotOpen
from payments.models import Bill, BillLine, Channel, IdempotencyKey, Payment
from payments.services.billing import BillOrder, cancel_bill, make_bill
from payments.services.checks import run_checks
from payments.services.makers import AgentMaker, PartnerMaker
from payments.services.outcomes import BillMade, BillReplayed, BillReused, Refused
from perisai.ids import new_id
from sync.models import Book, BookEntry
from tests.factories.enrollment import MemberOccupationFactory
from tests.factories.payments import (
    NOW,
    WIB,
    MemberPayerFactory,
    PayerFactory,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    office_maker,
    paid,
    partner_maker,
)
from tests.factories.perisai import AgentFactory
from tests.payments.ledger import balances, give_credit, money_rows, months_of
from tests.statements import counted

pytestmark = pytest.mark.django_db

OCTOBER = date(2026, 10, 1)


def ordered(member: Any, months: int = 1, **changes: Any) -> BillOrder:
    """An order of the member's own agent."""
    said: dict[str, Any] = {
        "maker": AgentMaker(agent_id=member.agent_id),
        "member_ids": (member.pk,),
        "months": months,
    }
    return BillOrder(**(said | changes))


def ojek(**columns: Any) -> Any:
    """A driver: the main occupation decides the sector (R25)."""
    member = cared_for_member(occupation=None, **columns)
    MemberOccupationFactory.create(member=member, occupation_id=transport_code())
    return member


def transport_code() -> str:
    """An occupation of the transport sector."""
    return Occupation.objects.filter(transport_sector=True).order_by("code")[0].pk


PRICES = [
    # months, farmer, driver, farmer with JHT: the table of R5
    (1, 8_400, 8_400, 28_400),
    (2, 16_800, 16_800, 56_800),
    (3, 33_600, 25_200, 93_600),
    (6, 84_000, 58_800, 204_000),
    (12, 184_800, 159_600, 424_800),
]


@pytest.mark.parametrize(("months", "farmer", "driver", "with_jht"), PRICES)
def test_r5_several_months_cost_the_sum_of_their_own_prices(
    months: int, farmer: int, driver: int, with_jht: int
) -> None:
    since: dict[str, Any] = {"paid_through": OCTOBER, "episode_started_on": date(2026, 1, 5)}
    people = [
        cared_for_member(**since),
        ojek(**since),
        cared_for_member(programmes=["JKK", "JKM", "JHT"], **since),
    ]

    bills = [bill_for(member, months=months) for member in people]

    assert [bill.payable for bill in bills] == [farmer, driver, with_jht]
    assert [bill.line_count for bill in bills] == [months] * 3


def test_bill_code_is_drawn_and_sound() -> None:
    code = bill_for(cared_for_member()).code

    assert is_bill_code(code)
    assert code[7] != "9"


@pytest.mark.parametrize(
    ("months", "expected"),
    [(1, ["2026-09"]), (2, ["2026-09", "2026-10"]), (3, ["2026-09", "2026-10", "2026-11"])],
)
def test_r7_oldest_unpaid_months_come_first(months: int, expected: list[str]) -> None:
    member = cared_for_member(paid_through=date(2026, 8, 1), episode_started_on=date(2026, 1, 5))

    bill = bill_for(member, months=months)

    lines = BillLine.objects.filter(bill=bill).order_by("month")
    assert [f"{line.month:%Y-%m}" for line in lines] == expected
    assert {(line.kind, line.episode_no, line.basis_episode) for line in lines} == {
        ("continue", 1, 1)
    }


def test_r8_each_month_keeps_its_own_price() -> None:
    member = cared_for_member(paid_through=date(2026, 2, 1), episode_started_on=date(2026, 1, 5))

    bill = bill_for(member, months=2, now=datetime(2026, 4, 10, 9, tzinfo=WIB))

    assert bill.payable == 16_800 + 8_400


def test_r17_lapsed_member_begins_anew_with_the_running_month() -> None:
    member = cared_for_member(paid_through=date(2026, 5, 1), episode_started_on=date(2026, 1, 5))

    line = BillLine.objects.get(bill=bill_for(member))

    assert (line.kind, line.month, line.episode_no) == ("reentry", date(2026, 11, 1), 2)
    assert (line.basis_paid_through, line.basis_episode) == (date(2026, 5, 1), 1)


@pytest.mark.parametrize(
    ("made", "ends"),
    [
        (datetime(2026, 11, 20, 10, tzinfo=WIB), datetime(2026, 11, 23, 10, tzinfo=WIB)),
        (datetime(2026, 11, 29, 10, tzinfo=WIB), datetime(2026, 11, 30, 23, 59, 59, tzinfo=WIB)),
    ],
)
def test_r10_bill_ends_after_72_hours_or_with_the_month(made: datetime, ends: datetime) -> None:
    assert bill_for(cared_for_member(), now=made).expires_at == ends


def test_r21_bill_of_a_beginner_ends_before_the_sixty_fifth_birthday() -> None:
    member = cared_for_member(birth_date=date(1961, 11, 22))

    assert bill_for(member).expires_at == datetime(2026, 11, 21, 23, 59, 59, tzinfo=WIB)


def test_r21_whoever_is_too_old_to_begin_gets_no_bill_and_may_continue() -> None:
    old = date(1961, 11, 20)
    beginner = cared_for_member(birth_date=old)
    member = cared_for_member(
        birth_date=old, paid_through=OCTOBER, episode_started_on=date(2020, 1, 5)
    )

    assert make_bill(ordered(beginner), now=NOW) == Refused(code="age_not_allowed")
    assert isinstance(make_bill(ordered(member), now=NOW), BillMade)


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"closed_on": date(2026, 11, 20), "closed_reason": "deceased"}, "member_closed"),
        ({"dukcapil": Dukcapil.MISMATCH}, "member_not_eligible"),
        ({"income_monthly": None}, "member_not_eligible"),
        ({"village_id": None}, "member_not_eligible"),
        ({"occupation": None}, "member_not_eligible"),
        ({"programmes": ["JKK"]}, "jkk_jkm_required"),
        ({"employs_others": True}, "jht_required"),
    ],
    ids=["closed", "mismatch", "no income", "no village", "no occupation", "no JKM", "employer"],
)
def test_members_who_get_no_bill(columns: dict[str, Any], code: str) -> None:
    member = cared_for_member(**columns)
    rows = money_rows()

    assert make_bill(ordered(member), now=NOW) == Refused(code=code)
    assert money_rows() == rows


@pytest.mark.parametrize("months", [0, 4, 13, -1])
def test_r6_other_numbers_of_months_are_refused_with_the_offered_ones(months: int) -> None:
    outcome = make_bill(ordered(cared_for_member(), months), now=NOW)

    assert outcome == Refused(code="months_not_allowed", context={"allowed": [1, 2, 3, 6, 12]})
    assert Bill.objects.count() == 0


@pytest.mark.parametrize(
    ("paid_through", "months", "code"),
    [(date(2027, 11, 1), 1, "already_paid"), (date(2027, 10, 1), 2, "too_far_ahead")],
)
def test_r6_nobody_pays_more_than_twelve_months_ahead(
    paid_through: date, months: int, code: str
) -> None:
    member = cared_for_member(paid_through=paid_through, episode_started_on=date(2026, 1, 5))

    assert make_bill(ordered(member, months), now=NOW) == Refused(code=code)


def test_member_of_another_agent_is_as_unknown_as_nobody() -> None:
    member = cared_for_member()
    other = AgentMaker(agent_id=AgentFactory.create().pk)

    foreign = make_bill(ordered(member, maker=other), now=NOW)
    unknown = make_bill(ordered(member, member_ids=(new_id(),)), now=NOW)

    assert foreign == unknown == Refused(code="member_not_found")
    assert Bill.objects.count() == 0


def test_equal_open_bill_of_the_same_maker_is_returned() -> None:
    member = cared_for_member()
    first = make_bill(ordered(member), now=NOW)

    again = make_bill(ordered(member), now=NOW + timedelta(hours=1))

    assert isinstance(first, BillMade)
    assert again == BillReused(bill_id=first.bill_id)
    assert Bill.objects.count() == 1


def test_new_bill_is_made_when_ten_minutes_or_less_are_left() -> None:
    member = cared_for_member()
    bill = bill_for(member)

    made = make_bill(ordered(member), now=bill.expires_at - timedelta(minutes=10))

    assert isinstance(made, BillMade)


def test_bill_of_another_maker_for_other_months_or_a_cancelled_one_is_not_reused() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    first = bill_for(member)
    cancel_bill(first.code, bills=Bill.objects.all(), now=NOW)

    others = [
        make_bill(ordered(member), now=NOW),
        make_bill(ordered(member, maker=partner_maker(outlet)), now=NOW),
        make_bill(ordered(member, 2), now=NOW),
    ]

    assert [type(made) for made in others] == [BillMade] * 3
    assert Bill.objects.count() == 4


def test_same_key_gives_the_same_bill_and_another_order_is_refused() -> None:
    member = cared_for_member()
    first = make_bill(ordered(member, key="kunci-tagihan-0001"), now=NOW)

    again = make_bill(ordered(member, key="kunci-tagihan-0001"), now=NOW + timedelta(days=9))
    other = make_bill(ordered(member, 2, key="kunci-tagihan-0001"), now=NOW)

    assert isinstance(first, BillMade)
    assert again == BillReplayed(bill_id=first.bill_id)
    assert other == Refused(code="key_reused")
    assert Bill.objects.count() == 1


def test_refusal_is_remembered_under_its_key() -> None:
    member = cared_for_member(income_monthly=None)
    first = make_bill(ordered(member, key="kunci-tagihan-0001"), now=NOW)
    member.income_monthly = 1_000_000
    member.save(update_fields=["income_monthly"])

    again = make_bill(ordered(member, key="kunci-tagihan-0001"), now=NOW)

    assert first == again == Refused(code="member_not_eligible")
    assert IdempotencyKey.objects.get().outcome == "member_not_eligible"


def test_r4_public_budget_pays_the_full_price_and_a_donor_the_reduced_one() -> None:
    poor, sponsored = cared_for_member(), cared_for_member()
    MemberPayerFactory.create(member=poor, payer=PayerFactory.create(kind="apbd"))
    MemberPayerFactory.create(member=sponsored, payer=PayerFactory.create(kind="csr"))

    bills = [bill_for(poor), bill_for(sponsored)]

    assert [(bill.payer_kind, bill.payable) for bill in bills] == [("apbd", 16_800), ("csr", 8_400)]


def test_payer_whose_contract_has_ended_pays_no_more() -> None:
    member = cared_for_member()
    ended = PayerFactory.create(contract_to=date(2026, 11, 19))
    MemberPayerFactory.create(member=member, payer=ended)

    bill = bill_for(member)

    assert (bill.payer_kind, bill.payer, bill.payable) == ("self", None, 8_400)


def test_r9_credit_pays_jkk_and_jkm_oldest_first_and_never_jht() -> None:
    member, outlet = cared_for_member(programmes=["JKK", "JKM", "JHT"]), PostAgentFactory.create()
    give_credit(member, 20_000, outlet.partner)

    bill = bill_for(member, months=2)

    lines = BillLine.objects.filter(bill=bill).order_by("month")
    assert [line.credit for line in lines] == [8_400, 8_400]
    assert (bill.total, bill.credit, bill.payable) == (56_800, 16_800, 40_000)


def test_r9_bill_that_credit_pays_whole_is_settled_at_once() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    give_credit(member, 25_200, outlet.partner)

    bill = bill_for(member, months=2)

    payment = Payment.objects.get(bill=bill)
    member.refresh_from_db()
    assert (payment.channel, payment.amount, payment.partner) == (Channel.CREDIT, 0, None)
    assert months_of(member) == ["2026-11", "2026-12"]
    assert balances()[2200] == -8_400
    assert [result.code for result in run_checks() if result.breaks] == []


def test_credit_of_a_member_is_not_used_by_a_public_budget() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    give_credit(member, 5_000, outlet.partner)
    MemberPayerFactory.create(member=member, payer=PayerFactory.create())

    assert bill_for(member).credit == 0


def test_agents_bill_raises_her_book_and_a_quote_does_not() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    make_bill(ordered(member, maker=partner_maker(outlet)), now=NOW)
    assert not Book.objects.filter(agent=member.agent).exists()

    make_bill(ordered(member), now=NOW)

    assert BookEntry.objects.filter(book__agent=member.agent, entity_id=member.pk).count() == 1


def test_code_that_is_taken_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = bill_for(cared_for_member()).code
    picks = iter([int(taken[2:6]), int(taken[7]), int(taken[8:15]), 42, 4, 42])
    chance = {"randbelow": lambda _below: next(picks)}
    monkeypatch.setattr(draw_code, "__kwdefaults__", chance)  # the code's own source of chance

    bill = bill_for(cared_for_member())

    assert (bill.code[:15], bill.code == taken) == ("990042940000042", False)


@pytest.mark.parametrize("members", [1, 60])
def test_a_bill_costs_the_same_statements_for_any_number_of_members(members: int) -> None:
    agent = AgentFactory.create()
    people = tuple(cared_for_member(agent).pk for _ in range(members))
    order = BillOrder(maker=office_maker(), member_ids=people, months=3)
    make_bill(BillOrder(maker=office_maker(), member_ids=people[:1], months=1), now=NOW)

    with counted() as statements:
        made = make_bill(order, now=NOW)

    assert isinstance(made, BillMade)
    assert BillLine.objects.filter(bill=made.bill_id).count() == members * 3
    assert len(statements) == 6, statements


def test_all_members_or_none() -> None:
    agent = AgentFactory.create()
    good, draft = cared_for_member(agent), cared_for_member(agent, income_monthly=None)
    order = BillOrder(maker=AgentMaker(agent_id=agent.pk), member_ids=(good.pk, draft.pk), months=1)

    assert make_bill(order, now=NOW) == Refused(code="member_not_eligible")
    assert Bill.objects.count() == 0


def test_cancelled_twice_is_cancelled_once() -> None:
    bill = bill_for(cared_for_member())

    cancel_bill(bill.code, bills=Bill.objects.all(), now=NOW)
    cancel_bill(bill.code, bills=Bill.objects.all(), now=NOW + timedelta(hours=1))

    bill.refresh_from_db()
    assert bill.cancelled_at == NOW


def test_paid_expired_and_foreign_bills_cannot_be_cancelled() -> None:
    payment = paid(cared_for_member(), PostAgentFactory.create())
    late = bill_for(cared_for_member())

    with pytest.raises(BillNotOpen):
        cancel_bill(payment.paid_bill.code, bills=Bill.objects.all(), now=NOW)
    with pytest.raises(BillNotOpen):
        cancel_bill(late.code, bills=Bill.objects.all(), now=late.expires_at + timedelta(1))
    with pytest.raises(BillNotFound):
        cancel_bill(late.code, bills=Bill.objects.none(), now=NOW)
    assert not Bill.objects.filter(cancelled_at__isnull=False).exists()


def test_partner_quotes_are_apart() -> None:
    member = cared_for_member()
    makers = [PartnerMaker(partner_id=PostAgentFactory.create().partner_id) for _ in range(2)]

    made = [make_bill(ordered(member, maker=maker), now=NOW) for maker in makers]

    assert [type(one) for one in made] == [BillMade, BillMade]
