"""The pool of codes that a phone may hand out before their bills exist (R10)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import override_settings

from payments.bill_code import draw_code, draw_reserved, is_bill_code, is_reserved
from payments.errors import MonthsNotAllowed, TooManyCodes
from payments.models import Payment, ReservedCode
from payments.services.outcomes import Posted
from payments.services.posting import pay
from payments.services.reserving import PoolOrder, payments_of_codes, pool_of, reserve_codes
from perisai.models import Device, Role
from sync.services.phone_config import config_for
from tests.factories.enrollment import EligibleAgentFactory
from tests.factories.payments import (
    NOW,
    PostAgentFactory,
    cared_for_member,
    held_command,
    paid,
)
from tests.factories.perisai import BranchFactory, DeviceFactory, UserFactory
from tests.payments.codes import code_of, hold, register
from tests.statements import run_sql
from tests.sync.phones import phone_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]


@pytest.fixture
def device() -> Device:
    return DeviceFactory.create(agent=EligibleAgentFactory.create())


def order(device: Device, *, months: int = 1, count: int = 20) -> PoolOrder:
    return PoolOrder(device_id=device.pk, agent_id=device.agent_id, months=months, count=count)


def codes(device: Device) -> set[str]:
    return {code.code for code in pool_of(device.pk, now=NOW)}


def test_reserved_codes_are_sound_and_told_from_drawn_ones() -> None:
    reserved = [draw_reserved() for _ in range(200)]

    assert all(is_bill_code(code) and is_reserved(code) for code in reserved)
    assert not any(is_reserved(draw_code()) for _ in range(200))


def test_pool_is_filled_up_and_filling_it_again_changes_nothing(device: Device) -> None:
    first = reserve_codes(order(device), now=NOW)
    again = reserve_codes(order(device), now=NOW)
    more = reserve_codes(order(device, months=3, count=5), now=NOW)

    assert (len(first), again) == (20, first)
    assert sorted(code.months for code in more) == [1] * 20 + [3] * 5
    assert {code.expires_at for code in more} == {NOW + timedelta(days=90)}


def test_pool_of_a_device_holds_fifty_in_all(device: Device) -> None:
    reserve_codes(order(device, count=40), now=NOW)

    with pytest.raises(TooManyCodes):
        reserve_codes(order(device, months=3, count=11), now=NOW)
    assert len(reserve_codes(order(device, months=3, count=10), now=NOW)) == 50


def test_months_that_are_not_offered_have_no_codes(device: Device) -> None:
    with pytest.raises(MonthsNotAllowed):
        reserve_codes(order(device, months=4), now=NOW)


def test_codes_that_ended_were_paid_or_claimed_are_in_no_pool(device: Device) -> None:
    old = code_of(device, now=NOW - timedelta(days=91))
    paid = code_of(device, months=3)
    claimed = code_of(device, months=6)
    free = code_of(device, months=12)
    hold(paid, 33_600)
    register(phone_of(device), claimed.code)

    assert codes(device) == {free.code}
    assert old.code not in codes(device)


def test_configuration_holds_the_pool_of_the_phone_that_asks(device: Device) -> None:
    other = DeviceFactory.create(agent=device.agent)
    code = code_of(device)

    shown = [config_for(device.agent_id, one.pk).sections["bills"] for one in (device, other)]

    assert shown[0]["codes"] == [
        {"code": code.code, "months": 1, "expires_at": "2027-02-18T09:00:00.000+07:00"}
    ]
    assert shown[1]["codes"] == []
    assert shown[0]["periods"] == shown[1]["periods"] == [1, 2, 3, 6, 12]


@pytest.mark.parametrize(
    "columns",
    [{"code": "9912349567890122"}, {"months": 13}, {"bound_at": NOW}, {"captured_at": NOW}],
    ids=lambda columns: next(iter(columns)),
)
def test_database_refuses_what_no_code_can_be(device: Device, columns: dict[str, Any]) -> None:
    row = {
        "code": draw_reserved(),
        "agent": device.agent,
        "device": device,
        "months": 1,
        "reserved_at": NOW,
        "expires_at": NOW,
    }

    with pytest.raises(IntegrityError), transaction.atomic():
        ReservedCode.objects.create(**(row | columns))


def test_code_belongs_to_one_member_for_ever(device: Device) -> None:
    code = code_of(device)
    register(phone_of(device), code.code, income_monthly=None)

    with pytest.raises(IntegrityError), transaction.atomic():
        ReservedCode.objects.filter(pk=code.code).update(
            member=None, wanted_months=None, captured_at=None
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        ReservedCode.objects.filter(pk=code.code).update(months=12)


@override_settings(BILL_RESERVED_CODES_PER_DEVICE=2)
def test_most_of_a_device_is_a_setting(device: Device) -> None:
    with pytest.raises(TooManyCodes):
        reserve_codes(order(device, count=3), now=NOW)


@override_settings(BILL_RESERVED_CODES_PER_AGENT=60)
def test_phones_of_an_agent_hold_so_many_together(device: Device) -> None:
    """A new installation is no new pool without end: codes of a lost phone can be paid too."""
    new = DeviceFactory.create(agent=device.agent)
    reserve_codes(order(device, count=50), now=NOW)

    with pytest.raises(TooManyCodes):
        reserve_codes(order(new, count=11), now=NOW)
    assert len(reserve_codes(order(new, count=10), now=NOW)) == 10
    assert len(reserve_codes(order(DeviceFactory.create(), count=50), now=NOW)) == 50


# A payment again and again, each with a bill of its own.
MULTIPLY = """
    WITH number AS (
        SELECT g AS n, gen_random_uuid() AS bill FROM generate_series(1, 2000) g
    ), bill AS (
        INSERT INTO payments_bill SELECT (jsonb_populate_record(b, jsonb_build_object(
            'id', number.bill, 'code', '9900009' || lpad(n::text, 9, '0')))).*
        FROM payments_bill b, number
    ), line AS (
        INSERT INTO payments_billline SELECT (jsonb_populate_record(l, jsonb_build_object(
            'id', nextval(pg_get_serial_sequence('payments_billline', 'id')),
            'bill_id', number.bill))).*
        FROM payments_billline l, number
    )
    INSERT INTO payments_payment SELECT (jsonb_populate_record(p, jsonb_build_object(
        'id', gen_random_uuid(), 'bill_id', number.bill,
        'receipt_no', lpad(n::text, 16, '0'), 'reference', n::text))).*
    FROM payments_payment p, number
"""


def test_payments_are_looked_up_by_index_however_many_there_are(device: Device) -> None:
    first = paid(cared_for_member(device.agent), PostAgentFactory.create())
    run_sql(MULTIPLY)
    held, billed = code_of(device), code_of(device, months=3)
    payment = hold(held, 8_400)
    assert register(phone_of(device), billed.code)["result"] == "applied"
    done = pay(held_command(billed.code, 33_600, PostAgentFactory.create()), now=NOW)
    assert isinstance(done, Posted)
    for table in ("payment", "billline", "bill", "reservedcode"):
        run_sql(f"ANALYZE payments_{table}")
    run_sql("ANALYZE enrollment_member, perisai_agent, perisai_office, perisai_branch")

    under = payments_of_codes([held.code, billed.code])
    branch = device.agent.office.branch
    seen = Payment.objects.visible_to(UserFactory.create(role=Role.SUPERVISOR, branch=branch))
    other = UserFactory.create(role=Role.SUPERVISOR, branch=BranchFactory.create())

    assert {one.pk for one in under} == {payment.pk, done.payment_id}
    assert {first.pk, payment.pk, done.payment_id} <= set(seen.values_list("pk", flat=True))
    assert not Payment.objects.visible_to(other).exists()
    assert "Seq Scan on payments_payment" not in under.explain()
    assert "bill_id = (hashed" not in seen.filter(pk=payment.pk).explain()
