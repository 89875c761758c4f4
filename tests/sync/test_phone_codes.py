"""The reference phone hands out codes without network, and the server honours them."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from payments.models import Bill, Payment, ReservedCode
from perisai import clock
from perisai.ids import new_id
from perisai.models import Agent
from tests.factories.enrollment import EligibleAgentFactory, cared_for, registration_data
from tests.factories.payments import NOW
from tests.payments.counters import Counter, notice
from tests.phone import wire
from tests.phone.app import Phone
from tests.phone.codes import Codes, NoCode
from tests.phone.store import Store
from tests.sync.lines import Line, app_of, log_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(db: None) -> Agent:
    """An agent whose registrations count."""
    return EligibleAgentFactory.create()


def hands_out(phone: Phone, number: int, **said: Any) -> tuple[str, str]:
    """A registration captured offline: its member, the code on the slip."""
    member_id = str(new_id())
    op_id = phone.register(registration_data(number, **said), member_id=member_id, months=1)
    op = phone.outbox.op(op_id)
    assert op is not None
    return member_id, op.body["data"]["bill_code"]


def test_f38_slip_is_paid_before_the_phone_has_signal(agent: Agent) -> None:
    with time_machine.travel(NOW, tick=True):
        line = Line()
        phone = app_of(agent, line)
        phone.sync()
        phone.fill_pool()
        phone.fill_pool()
        assert phone.codes.left() == {1: 20}

        quote = phone.quote(registration_data(1), 1, today=date(2026, 11, 20))
        member_id, code = hands_out(phone, 1)
        asked = Counter().inquire(bill_code=code).json()
        assert quote.own == quote.asked == asked["payable"]
        paid_at = clock.now().isoformat()
        assert Counter().pay(notice(asked, paid_at=paid_at)).json()["state"] == "held"
        assert phone.sync().is_done

        bill = phone.members()[member_id]["bill"]
        assert (bill["code"], bill["state"], bill["paid_months"]) == (code, "paid", 1)
        assert (Payment.objects.count(), Bill.objects.count()) == (1, 1)


def test_phone_tells_the_price_of_a_form_and_what_a_counter_asks(agent: Agent) -> None:
    with time_machine.travel(NOW, tick=False):
        phone = app_of(agent, Line())
        phone.sync()

        rich = registration_data(1, income_monthly=2_000_000, programmes=["JKK", "JKM", "JHT"])
        quote = phone.quote(rich, 3, today=date(2026, 11, 20))

    assert (quote.own, quote.asked) == (53_400 + 53_400 + 66_800, 33_600)


def test_lost_phone_loses_no_code(agent: Agent) -> None:
    """Another phone of the agent sends the form again; the lost one's other codes end unused."""
    with time_machine.travel(NOW, tick=True):
        lost = app_of(agent, Line())
        lost.sync()
        lost.fill_pool()
        _member, code = hands_out(lost, 1)
        new = app_of(agent, Line())
        new.sync()
        assert new.codes.left() == {}

        data = registration_data(1, months=1, bill_code=code)
        new.capture("member.register", data, entity_id=str(new_id()))
        assert new.sync().is_done

    member = cared_for().get()
    assert ReservedCode.objects.get(pk=code).member_id == member.pk
    assert Bill.objects.get().code == code


def test_codes_that_end_too_soon_keep_no_phone_from_new_ones(agent: Agent) -> None:
    """The server counts what is free; of these none goes out any more."""
    with time_machine.travel(NOW, tick=True) as traveller:
        phone = app_of(agent, Line())
        phone.sync()
        phone.fill_pool()
        traveller.shift(timedelta(days=80))
        log_in(phone, agent)
        phone.sync()
        phone.fill_pool()
        assert phone.codes.left() == {1: 40}
        _member, code = hands_out(phone, 1)

    assert ReservedCode.objects.get(pk=code).expires_at > NOW + timedelta(days=100)


def test_no_code_goes_out_that_ends_within_two_weeks() -> None:
    codes = Codes(Store())
    ends = [NOW + timedelta(days=14), NOW + timedelta(days=14, seconds=1)]
    codes.refill(
        {"code": code, "months": 1, "expires_at": wire.instant(end)}
        for code, end in zip(("9931419926535894", "9900009900000006"), ends, strict=True)
    )
    assert codes.is_low(1, now=NOW)
    assert codes.take(1, op_id="a", now=NOW) == "9900009900000006"
    with pytest.raises(NoCode):
        codes.take(1, op_id="b", now=NOW)
