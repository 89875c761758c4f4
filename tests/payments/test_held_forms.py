"""Forms that come late, anew, or by a person's word to money that is held for their code (R10)."""

from datetime import date, datetime, timedelta
from typing import Any, Literal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.errors import ErasureHeld
from enrollment.models import Member
from enrollment.services.erasure import erase_member
from enrollment.services.rules import age_limits
from payments.errors import MergeMeetsSuspense
from payments.held_plan import HeldMoney, HeldReason, HeldRules, plan_held
from payments.messages import code_short
from payments.models import Bill, CoverMonth, JournalEntry, Payment, PostAgent
from payments.quote import Quoted
from payments.reserved_quote import WHOEVER_COMES
from payments.services.binding import Claim, bind_waiting, claim_code, why_held
from payments.services.inquiry import BillCode, Inquired, inquire
from payments.services.outcomes import Held, Reversed
from payments.services.posting import pay
from payments.services.rates import bill_rules, rate_book
from payments.services.reversal import reverse
from perisai import clock
from perisai.models import Agent, Device, ErasureReason, Role
from perisai.privacy import blind_index
from sync.models import Conflict
from sync.services.decide import Word, decide
from tests.factories.enrollment import EligibleAgentFactory, cared_for
from tests.factories.payments import NOW, cared_for_member, held_command, reversal_of
from tests.factories.perisai import AgentFactory, DeviceFactory, UserFactory
from tests.payments.codes import BEFORE, code_of, form, hold, register
from tests.payments.ledger import months_of
from tests.payments.merges import decider_of, merge_rows
from tests.statements import counted
from tests.sync.phones import Phone, phone_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day", "in_order")]
DECEMBER = NOW + timedelta(days=14)
HALF_AN_HOUR_AGO = NOW - timedelta(minutes=30)


@pytest.fixture
def phone() -> Phone:
    return phone_of(DeviceFactory.create(agent=EligibleAgentFactory.create()))


def colleague_of(device: Device) -> Agent:
    """Another agent of the office."""
    return EligibleAgentFactory.create(office=device.agent.office)


def say(
    case: str,
    decision: Literal["apply", "merge"],
    *,
    device: Device,
    at: datetime,
    under: Agent | None = None,
) -> None:
    """A supervisor decides the case at that time."""
    by = UserFactory.create(role=Role.SUPERVISOR, branch=device.agent.office.branch)
    word = Word(decision=decision, reason="kartu sudah dilihat", under=under.pk if under else None)
    with time_machine.travel(at, tick=False):
        decide(Conflict.objects.get(kind=case).pk, word, by=by, now=clock.now())


def held_as_a_second_one(phone: Phone, code: str) -> None:
    """A colleague has registered the same person: the form of this phone waits for a person."""
    first = phone_of(DeviceFactory.create(agent=colleague_of(phone.device)))
    first.push(form())
    assert register(phone, code)["code"] == "duplicate_identity"


def test_form_that_a_person_decided_on_counts_on_the_day_of_that_word(phone: Phone) -> None:
    code = code_of(phone.device)
    held_as_a_second_one(phone, code.code)
    payment = hold(code, 8_400)

    say("duplicate_identity", "apply", device=phone.device, at=DECEMBER)

    payment.refresh_from_db()
    release = JournalEntry.objects.get(payment=payment, kind="release")
    month = CoverMonth.objects.get()
    assert f"{month.month:%Y-%m}" == "2026-11"
    assert (month.counted_on, release.settlement_date) == (DECEMBER.date(), DECEMBER.date())
    assert release.posted_at == DECEMBER


def test_form_that_a_person_decided_on_has_a_bill_that_is_still_good(phone: Phone) -> None:
    code = code_of(phone.device)
    held_as_a_second_one(phone, code.code)

    say("duplicate_identity", "apply", device=phone.device, at=DECEMBER)

    bill = Bill.objects.get()
    assert (bill.code, f"{bill.lines.get().month:%Y-%m}") == (code.code, "2026-12")
    assert not bill.is_expired(DECEMBER)


def test_form_that_goes_to_another_agent_keeps_the_code_of_its_phone() -> None:
    device = DeviceFactory.create(agent=AgentFactory.create())
    code = code_of(device)
    payment = hold(code, 8_400)
    assert register(phone_of(device), code.code)["code"] == "agent_not_eligible"
    other = colleague_of(device)

    say("agent_not_eligible", "apply", device=device, at=NOW, under=other)

    payment.refresh_from_db()
    member = cared_for().get()
    assert (member.agent_id, payment.paid_bill.code) == (other.pk, code.code)
    assert months_of(member) == ["2026-11"]


def refused_then_replaced(phone: Phone, **said: Any) -> Member:
    """A form with a NIK of two digits, and after the money another one in its place."""
    code = code_of(phone.device)
    first = form(1, at=BEFORE, bill_code=code.code, nik="12")
    second = form(2, at=NOW, bill_code=code.code, **said) | {"replaces": first["op_id"]}
    assert phone.push(first)[0]["result"] == "rejected"
    hold(code, 8_400, paid_at=HALF_AN_HOUR_AGO)
    (result,) = phone.push(second)
    assert result["result"] == "applied"
    return Member.objects.get(pk=result["entity_id"])


def test_p78_form_that_was_refused_and_replaced_is_bound(phone: Phone) -> None:
    member = refused_then_replaced(phone, full_name="BUDI CONTOH JAYA")

    assert months_of(member) == ["2026-11"]


@pytest.mark.parametrize(
    "said",
    [
        {"full_name": "SITI LAIN"},
        {"birth_date": "1991-01-02", "soft_checks_confirmed": ["birth_differs"]},
    ],
    ids=["another name", "born on another day"],
)
def test_p78_form_in_the_place_of_another_persons_waits_for_a_person(
    phone: Phone, said: dict[str, Any]
) -> None:
    member = refused_then_replaced(phone, **said)

    assert months_of(member) == []
    assert why_held(Payment.objects.get()) is HeldReason.CAPTURED_AFTER


def test_look_for_what_can_be_bound_is_one_statement_however_much_waits(phone: Phone) -> None:
    draft = code_of(phone.device)
    register(phone, draft.code, income_monthly=None)
    late = code_of(phone.device, months=3)
    hold(late, 33_600, paid_at=NOW - timedelta(hours=2))
    register(phone, late.code, seq=2, number=7_002)

    with CaptureQueriesContext(connection) as caught:
        assert bind_waiting(lambda: NOW) == 0

    assert len(caught) == 1


def test_money_for_a_code_asks_no_more_of_the_database_than_any_payment(
    phone: Phone, outlet: PostAgent
) -> None:
    code = code_of(phone.device)
    pay(held_command(code.code, 1, outlet), now=NOW)  # the tariff is known now

    with counted() as statements:
        assert isinstance(pay(held_command(code.code, 8_400, outlet), now=NOW), Held)

    assert len(statements) == 8


def test_bill_of_what_was_held_is_the_systems(phone: Phone) -> None:
    """It bears the day of the money by whatever table: so R9 takes it for late money's."""
    code = code_of(phone.device)
    payment = hold(code, 8_400)
    register(phone, code.code)

    payment.refresh_from_db()
    assert payment.paid_bill.made_by_system


def test_money_covers_any_number_of_months_that_fits(db: None) -> None:
    money = HeldMoney(
        amount=200_000, paid_at=NOW, paid_on=NOW.date(), months=12, captured_at=BEFORE
    )
    member = Quoted(
        paid_through=date(2027, 2, 1),
        closed_on=None,
        terms=WHOEVER_COMES,
        episode_no=1,
    )
    rules = HeldRules(rates=rate_book(), bills=bill_rules(), ages=age_limits())

    plan = plan_held(money, member, birth_date=NOW.date(), rules=rules)

    assert plan.quote is not None
    assert (len(plan.quote.lines), plan.rest) == (9, 200_000 - 9 * 16_800)


def test_who_looks_after_the_member_now_hears_what_came_of_the_money(phone: Phone) -> None:
    code = code_of(phone.device, months=3)
    payment = hold(code, 33_600)
    result = register(phone, code.code, income_monthly=2_000_000)
    present, number = colleague_of(phone.device), "+6281200000002"
    present.phone, present.phone_index = number, blind_index("phone", number)
    present.save()

    assert code_short(payment.pk) is None  # the other one has no phone
    Member.objects.filter(pk=result["entity_id"]).update(agent=present)

    told = code_short(payment.pk)
    assert told is not None
    assert told.phone_e164 == number


def test_slip_of_a_merged_row_quotes_for_the_one_that_counts(
    phone: Phone, outlet: PostAgent
) -> None:
    code = code_of(phone.device)
    result = register(phone, code.code)
    loser = Member.objects.get(pk=result["entity_id"])
    winner = cared_for_member(phone.device.agent, birth_date=loser.birth_date)
    later = NOW + timedelta(days=4)
    merge_rows(loser, winner, by=decider_of((loser, winner)), at=later)

    quote = inquire(outlet.partner, BillCode(code=code.code), 1, now=later)

    assert isinstance(quote, Inquired)
    assert Bill.objects.get(code=quote.bill.code).lines.get().member_id == winner.pk


def test_claim_of_a_merged_row_is_bound_to_the_one_that_counts(phone: Phone) -> None:
    loser, winner = (cared_for_member(phone.device.agent, income_monthly=None) for _ in range(2))
    code = code_of(phone.device)
    claim = Claim(
        code=code.code,
        agent_id=phone.device.agent_id,
        member_id=loser.pk,
        months=1,
        captured_at=BEFORE,
    )
    assert claim_code(claim, now=NOW)
    merge_rows(loser, winner, by=decider_of((loser, winner)))
    hold(code, 8_400)
    assert bind_waiting(lambda: NOW) == 0
    Member.objects.filter(pk=winner.pk).update(income_monthly=900_000)

    assert bind_waiting(lambda: NOW) == 1
    assert months_of(winner) == ["2026-11"]


def test_who_has_money_under_her_code_is_neither_forgotten_nor_merged(phone: Phone) -> None:
    code = code_of(phone.device)
    payment = hold(code, 8_400)
    result = register(phone, code.code, income_monthly=None)
    draft = Member.objects.get(pk=result["entity_id"])
    twin = cared_for_member(phone.device.agent, birth_date=draft.birth_date)
    order: Any = {"by": None, "reason": ErasureReason.RETENTION, "request_id": None, "now": NOW}

    with pytest.raises(ErasureHeld):
        erase_member(draft.pk, **order)
    with pytest.raises(MergeMeetsSuspense):
        merge_rows(draft, twin, by=decider_of((draft, twin)))
    assert isinstance(reverse(reversal_of(payment), now=NOW), Reversed)

    assert erase_member(draft.pk, **order).subject_id == draft.pk


def test_money_under_the_code_of_who_was_forgotten_waits_for_a_person(phone: Phone) -> None:
    code = code_of(phone.device)
    result = register(phone, code.code, income_monthly=None)
    erase_member(
        result["entity_id"], by=None, reason=ErasureReason.RETENTION, request_id=None, now=NOW
    )

    payment = hold(code, 8_400)

    assert bind_waiting(lambda: NOW) == 0
    assert why_held(payment) is HeldReason.INCOMPLETE
    assert Payment.objects.held_for_a_person(clock.now() + timedelta(days=31)).get() == payment
