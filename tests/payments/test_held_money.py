"""Money that is paid under a code before its form has arrived (R10)."""

from datetime import timedelta
from typing import Any

import pytest

from enrollment.models import Member, Occupation
from payments.held_plan import HeldReason
from payments.messages import code_over, code_short, payment_bound, payment_posted
from payments.models import Account, Bill, CoverMonth, Payment, PostAgent, ReversalReason
from payments.services.binding import Bound, bind, bind_waiting, why_held
from payments.services.inquiry import BillCode, Inquired, inquire
from payments.services.outcomes import Held, Posted, Recorded, Refused, Replayed, Reversed
from payments.services.posting import pay
from payments.services.reversal import ReverseCommand, reverse
from perisai.models import Device, OutboxMessage
from perisai.privacy import blind_index
from tests.factories.enrollment import EligibleAgentFactory
from tests.factories.payments import (
    NOW,
    PostAgentFactory,
    bill_for,
    held_command,
    reversal_of,
    taker,
)
from tests.factories.perisai import DeviceFactory
from tests.payments.codes import code_of, hold, money_of, register
from tests.payments.ledger import balances, months_of
from tests.sync.phones import Phone, phone_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day", "in_order")]
DECEMBER = NOW + timedelta(days=14)


@pytest.fixture
def device() -> Device:
    return DeviceFactory.create(agent=EligibleAgentFactory.create())


@pytest.fixture
def phone(device: Device) -> Phone:
    return phone_of(device)


def asked(outlet: PostAgent, code: str) -> Inquired | Refused:
    return inquire(outlet.partner, BillCode(code=code), 1, now=NOW)


def member_of(result: dict[str, Any]) -> Member:
    return Member.objects.get(pk=result["entity_id"])


def events() -> list[str]:
    return sorted(
        OutboxMessage.objects.filter(kind__regex="^(code|payment)").values_list("kind", flat=True)
    )


def test_p71_code_is_asked_for_paid_registered_and_bound(phone: Phone, outlet: PostAgent) -> None:
    code = code_of(phone.device)
    quote = asked(outlet, code.code)
    assert isinstance(quote, Inquired)
    assert (quote.state, quote.member, quote.bill.payable) == ("reserved", quote.member, 8_400)
    assert (
        (quote.member.name, quote.member.kpj) == ("CALON PESERTA", None) if quote.member else False
    )
    payment = hold(code, 8_400, outlet)
    assert balances() == {Account.PARTNER_RECEIVABLE: 8_400, Account.SUSPENSE: -8_400}

    result = register(phone, code.code)

    payment.refresh_from_db()
    member = member_of(result)
    assert (result["result"], result.get("warnings", [])) == ("applied", [])
    assert payment.paid_bill.code == code.code
    assert balances()[Account.SUSPENSE] == 0
    assert months_of(member) == ["2026-11"]
    assert (member.paid_through, member.episode_started_on) == (
        NOW.date().replace(day=1),
        NOW.date(),
    )
    assert money_of(phone, result) == {
        "code": code.code,
        "months": 1,
        "paid_months": 1,
        "payable": 8_400,
        "expires_at": "2026-11-23T10:00:00.000+07:00",
        "state": "paid",
    }
    assert events() == ["payment.bound", "payment.posted"]


def test_p72_too_little_for_one_month_becomes_credit(phone: Phone) -> None:
    code = code_of(phone.device)
    payment = hold(code, 8_400)

    result = register(phone, code.code, programmes=["JKK", "JKM", "JHT"])

    payment.refresh_from_db()
    assert (payment.bill_id, CoverMonth.objects.count()) == (None, 0)
    assert balances()[Account.MEMBER_CREDIT] == -8_400
    assert "code.short" in events()
    assert bill_for(member_of(result)).payable == 20_000


@pytest.mark.parametrize(
    ("said", "months", "credit", "event"),
    [
        ({"is_driver": True}, 3, 8_400, "code.over"),
        ({"income_monthly": 2_000_000}, 2, 6_800, "code.short"),
    ],
    ids=["ojek", "base 2,000,000"],
)
def test_p73_money_covers_the_oldest_months_and_leaves_the_rest(
    phone: Phone, said: dict[str, Any], months: int, credit: int, event: str
) -> None:
    code = code_of(phone.device, months=3)
    payment = hold(code, 33_600)
    if said.pop("is_driver", False):
        driver = Occupation.objects.filter(transport_sector=True).earliest("pk")
        said["occupations"] = [{"code": driver.pk, "is_main": True}]

    result = register(phone, code.code, **said)

    payment.refresh_from_db()
    row = money_of(phone, result)
    assert (row["months"], row["paid_months"], row["state"]) == (3, months, "paid")
    assert payment.paid_bill.line_count == months
    assert balances()[Account.MEMBER_CREDIT] == -credit
    assert event in events()


def test_p74_registration_first_makes_an_ordinary_bill_under_the_code(
    phone: Phone, outlet: PostAgent
) -> None:
    code = code_of(phone.device)
    register(phone, code.code, income_monthly=2_000_000)
    bill = Bill.objects.get()
    assert (bill.code, bill.payable) == (code.code, 13_400)

    outcome = pay(held_command(code.code, 13_400, outlet), now=NOW)

    assert isinstance(outcome, Posted)
    assert Payment.objects.get().reservation_id is None


def test_p74_slip_stays_good_after_its_bill_has_expired(phone: Phone, outlet: PostAgent) -> None:
    code = code_of(phone.device)
    register(phone, code.code)

    later = NOW + timedelta(days=4)
    again = inquire(outlet.partner, BillCode(code=code.code), 1, now=later)
    over = inquire(outlet.partner, BillCode(code=code.code), 1, now=NOW + timedelta(days=91))

    assert isinstance(again, Inquired)
    assert (again.bill.code == code.code, again.bill.payable) == (False, 8_400)
    assert over == Refused(code="bill_expired")


def test_p76_code_is_paid_once_and_exactly(phone: Phone, outlet: PostAgent) -> None:
    code = code_of(phone.device)
    off = pay(held_command(code.code, 8_401, outlet), now=NOW)
    first = held_command(code.code, 8_400, outlet)
    held = pay(first, now=NOW)
    second = pay(held_command(code.code, 8_400, outlet), now=NOW)
    register(phone, code.code)
    replayed = pay(first, now=NOW)
    third = pay(held_command(code.code, 8_400, outlet), now=NOW)

    assert isinstance(off, Refused)
    assert off.code == "amount_mismatch"
    assert isinstance(held, Held)
    assert held.answer.state == "held"
    assert isinstance(second, Refused)
    assert second.code == "already_paid"
    assert replayed == Replayed(payment_id=held.payment_id)
    assert isinstance(third, Refused)
    assert third.code == "already_paid"


def test_p77_reversal_while_held_frees_the_code(phone: Phone) -> None:
    code = code_of(phone.device)
    taken_back = hold(code, 8_400)
    assert isinstance(reverse(reversal_of(taken_back), now=NOW), Reversed)
    assert set(balances().values()) == {0}

    payment = hold(code, 8_400)
    register(phone, code.code)

    payment.refresh_from_db()
    assert payment.paid_bill.code == code.code


@pytest.mark.parametrize(("whose", "expected"), [("own", Refused), ("neighbour", Held)])
def test_tombstone_keeps_its_own_counters_money_from_a_code(
    whose: str, expected: type[Held | Refused], phone: Phone, outlet: PostAgent
) -> None:
    command = held_command(code_of(phone.device).code, 8_400, outlet)
    counter = outlet if whose == "own" else PostAgentFactory.create(partner=outlet.partner)
    early = ReverseCommand(
        taker=taker(counter),
        key="kunci-batal-0001",
        target=command.reference,
        reason=ReversalReason.TIMEOUT,
    )
    assert reverse(early, now=NOW) == Recorded()

    assert isinstance(pay(command, now=NOW), expected)


def test_p77_reversal_after_binding_frees_the_months(phone: Phone) -> None:
    code = code_of(phone.device, months=3)
    payment = hold(code, 33_600)
    result = register(phone, code.code, income_monthly=2_000_000)

    outcome = reverse(reversal_of(payment), now=NOW)

    assert isinstance(outcome, Reversed)
    assert months_of(member_of(result)) == []
    assert set(balances().values()) == {0}


def test_p77_reversal_is_refused_once_the_credit_was_used(phone: Phone, outlet: PostAgent) -> None:
    code = code_of(phone.device)
    payment = hold(code, 8_400, outlet)
    result = register(phone, code.code, programmes=["JKK", "JKM", "JHT"])
    bill = bill_for(member_of(result))
    pay(held_command(bill.code, bill.payable, outlet, confirm_repeat=True), now=NOW)

    outcome = reverse(reversal_of(payment), now=NOW)

    assert isinstance(outcome, Refused)
    assert outcome.code == "reversal_blocked_by_later_payment"


def test_p78_form_captured_after_the_payment_waits_for_a_person(phone: Phone) -> None:
    code = code_of(phone.device)
    payment = hold(code, 8_400, paid_at=NOW - timedelta(hours=2))

    result = register(phone, code.code)

    assert months_of(member_of(result)) == []
    assert money_of(phone, result)["state"] == "waiting"
    assert why_held(payment) is HeldReason.CAPTURED_AFTER
    assert bind(code.code, now=NOW) is Bound.WAITS
    assert bind(code.code, now=NOW, is_decided=True) is Bound.RELEASED


def test_p78_code_of_another_agent_spoils_no_registration(phone: Phone) -> None:
    code = code_of(DeviceFactory.create(agent=EligibleAgentFactory.create()))

    result = register(phone, code.code)

    assert (result["result"], result["warnings"]) == ("applied", ["bill_code_unusable"])
    assert Bill.objects.count() == 0


def test_p78_paid_in_november_and_bound_in_december_covers_november(phone: Phone) -> None:
    code = code_of(phone.device)
    hold(code, 8_400)
    result = register(phone, code.code, income_monthly=None)
    member = member_of(result)
    Member.objects.filter(pk=member.pk).update(income_monthly=900_000)

    assert bind_waiting(lambda: DECEMBER) == 1

    month = CoverMonth.objects.get(member=member)
    assert f"{month.month:%Y-%m}" == "2026-11"
    assert month.counted_on == DECEMBER.date()
    member.refresh_from_db()
    assert member.episode_started_on == NOW.date()


def test_code_of_another_phone_of_the_agent_is_as_good(phone: Phone) -> None:
    code = code_of(DeviceFactory.create(agent=phone.device.agent))

    result = register(phone, code.code)

    assert result.get("warnings", []) == []
    assert Bill.objects.get().code == code.code


def test_code_serves_one_registration(phone: Phone) -> None:
    code = code_of(phone.device)
    register(phone, code.code)

    second = register(phone, code.code, seq=2, number=7_002)

    assert second["warnings"] == ["bill_code_unusable"]
    assert Bill.objects.count() == 1


def test_code_that_ended_unpaid_is_unusable_and_one_that_was_paid_is_not(phone: Phone) -> None:
    old = code_of(phone.device, now=NOW - timedelta(days=91))
    paid = code_of(phone.device, months=3, now=NOW - timedelta(days=90, hours=1))
    hold(paid, 33_600, now=NOW - timedelta(hours=2), paid_at=NOW - timedelta(hours=2))

    assert register(phone, old.code)["warnings"] == ["bill_code_unusable"]
    later = register(phone, paid.code, seq=2, number=7_002, at=NOW - timedelta(hours=3))
    assert later.get("warnings", []) == []


def test_draft_keeps_its_code_until_it_is_complete(phone: Phone) -> None:
    code = code_of(phone.device)
    result = register(phone, code.code, income_monthly=None)

    assert money_of(phone, result) == {
        "code": code.code,
        "months": 1,
        "paid_months": 0,
        "payable": None,
        "expires_at": None,
        "state": "waiting",
    }
    assert bind_waiting(lambda: NOW) == 0
    Member.objects.filter(pk=result["entity_id"]).update(income_monthly=900_000)
    assert bind_waiting(lambda: NOW) == 1
    assert Bill.objects.get().code == code.code
    assert bind_waiting(lambda: NOW) == 0


def test_words_go_to_the_member_and_to_the_agent(phone: Phone) -> None:
    agent, number = phone.device.agent, "+6281200000001"
    agent.phone, agent.phone_index = number, blind_index("phone", number)
    agent.save()
    code = code_of(phone.device, months=3)
    payment = hold(code, 33_600)
    assert payment_posted(payment.pk) is None

    register(phone, code.code, income_monthly=2_000_000)

    said = payment_bound(payment.pk)
    told = code_short(payment.pk)
    assert said is not None
    assert "Rp26.800" in said.text
    assert "Desember 2026" in said.text
    assert told is not None
    assert told.phone_e164 == number
    assert "2 dari 3 bulan" in told.text
    assert "Rp6.800" in told.text
    over = code_over(payment.pk)
    assert over is not None
    assert "Rp6.800" in over.text
