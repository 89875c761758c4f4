"""Money for a code without a bill that we hear of late is held under it, too (R10, R12)."""

from datetime import timedelta

import pytest

from payments.late_plan import SuspenseReason
from payments.models import Account, Payment, PostAgent, ReservedCode
from payments.services.late_notices import LateKnown
from payments.services.late_posting import post_late
from payments.services.outcomes import Refused, Replayed
from payments.services.payments import view_payment
from payments.services.posting import pay
from payments.services.reversal import reverse
from payments.services.suspense import retry_suspense
from perisai.models import Device
from tests.factories.enrollment import EligibleAgentFactory, cared_for
from tests.factories.payments import NOW, held_command, reversal_of
from tests.factories.perisai import DeviceFactory
from tests.payments.codes import code_of, hold, register
from tests.payments.late import LATER, booked, in_suspense, notice_of, parts, payment_of
from tests.payments.ledger import balances, months_of
from tests.sync.phones import phone_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day", "in_order")]


@pytest.fixture
def device() -> Device:
    return DeviceFactory.create(agent=EligibleAgentFactory.create())


@pytest.fixture
def code(device: Device) -> ReservedCode:
    return code_of(device)


def test_late_money_is_held_whatever_it_is_and_the_form_that_comes_releases_it(
    code: ReservedCode, device: Device, outlet: PostAgent
) -> None:
    outcome = booked(notice_of(outlet.partner, code.code, 10_000))

    payment = payment_of(outcome)
    shown = view_payment(Payment.objects.filter(pk=payment.pk))
    assert (parts(outcome), outcome.why) == ((10_000, 0, 0), None)
    assert (payment.bill_id, payment.reservation_id, payment.late_post) == (None, code.code, True)
    assert (shown.state, f"{shown.first_month:%Y-%m}") == ("held", "2026-11")
    assert balances() == {Account.PARTNER_RECEIVABLE: 10_000, Account.SUSPENSE: -10_000}

    register(phone_of(device), code.code)

    assert months_of(cared_for().get()) == ["2026-11"]
    assert balances()[Account.MEMBER_CREDIT] == -1_600
    assert balances()[Account.SUSPENSE] == 0


def test_late_money_is_booked_once_and_its_advice_replays(
    code: ReservedCode, outlet: PostAgent
) -> None:
    notice = notice_of(outlet.partner, code.code, 8_400)
    outcome = booked(notice)
    advice = held_command(
        code.code, 8_400, outlet, reference=notice.reference, advice=True, key="kunci-lain-000001"
    )

    assert post_late(notice, now=LATER) == LateKnown(money_id=outcome.money_id)
    assert pay(advice, now=NOW) == Replayed(payment_id=payment_of(outcome).pk)
    assert Payment.objects.count() == 1


def test_late_money_for_a_code_that_ended_is_held_all_the_same(
    device: Device, outlet: PostAgent
) -> None:
    code = code_of(device, now=NOW - timedelta(days=91))

    outcome = booked(notice_of(outlet.partner, code.code, 8_400))

    assert payment_of(outcome).reservation_id == code.code


def test_second_money_for_a_code_has_no_owner_until_the_form_comes(
    code: ReservedCode, device: Device, outlet: PostAgent
) -> None:
    hold(code, 8_400, outlet)

    outcome = booked(notice_of(outlet.partner, code.code, 8_400))

    assert parts(outcome) == (0, 0, 8_400)
    assert outcome.why is SuspenseReason.MONTHS_COVERED
    assert retry_suspense(lambda: LATER) == 0
    register(phone_of(device), code.code)
    assert retry_suspense(lambda: LATER) == 1
    assert in_suspense() == 0
    assert balances()[Account.MEMBER_CREDIT] == -8_400


def test_late_money_for_a_code_never_reserved_has_no_owner(outlet: PostAgent) -> None:
    outcome = booked(notice_of(outlet.partner, "9931419926535894", 8_400))

    assert (parts(outcome), outcome.why) == ((0, 0, 8_400), SuspenseReason.UNKNOWN_NUMBER)


def test_counter_takes_no_late_money_of_a_code_back(code: ReservedCode, outlet: PostAgent) -> None:
    payment = hold(code, 8_400, outlet)
    reverse(reversal_of(payment), now=NOW)
    late = payment_of(booked(notice_of(outlet.partner, code.code, 8_400)))

    outcome = reverse(reversal_of(payment, target=late.reference), now=LATER)

    assert isinstance(outcome, Refused)
    assert outcome.code == "reversal_window_closed"
