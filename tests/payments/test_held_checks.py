"""Held money is in `check_money`: each planted fault breaks its claims."""

import pytest
from django.db import transaction

from payments.models import JournalEntry
from perisai.models import Device
from tests.factories.enrollment import EligibleAgentFactory
from tests.factories.payments import cared_for_member
from tests.factories.perisai import DeviceFactory
from tests.payments.codes import breaks, code_of, hold, register
from tests.payments.test_checks import behind_the_triggers
from tests.statements import run_sql
from tests.sync.phones import phone_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]

# `H` is money that is held, `P` money that was bound under `C`; `S` and `R` its suspense and its
# release. Under `D` no month was covered, `U` has a bill that is not paid. `O` is not `M`.
FAULTS: list[tuple[str, set[str]]] = [
    ("UPDATE payments_payment SET amount = 1 WHERE id = 'H'", {"I3", "I8", "I9"}),
    ("UPDATE payments_payment SET reversed_at = now() WHERE id = 'H'", {"I4", "I8", "I10"}),
    ("UPDATE payments_payment SET bill_id = NULL WHERE id = 'P'", {"I3"}),
    ("UPDATE payments_journalentry SET payment_id = NULL WHERE id = S", {"I3"}),
    ("UPDATE payments_journalentry SET payment_id = NULL WHERE id = R", {"I3", "I8"}),
    ("UPDATE payments_journalline SET member_id = 'M' WHERE entry_id = R AND account_id = 2200",
     {"I3"}),
    ("UPDATE payments_journalline SET account_id = 2110 WHERE entry_id = R AND account_id = 2200",
     {"I3", "I5"}),
    ("UPDATE payments_idempotencykey SET fingerprint = sha256('x') WHERE payment_id = 'H'",
     {"I9"}),
    ("UPDATE payments_reservedcode SET bound_at = NULL WHERE code = 'C'", {"I3"}),
    ("UPDATE payments_reservedcode SET member_id = 'O' WHERE code = 'C'", {"I3"}),
    ("UPDATE payments_reservedcode SET bound_at = NULL WHERE code = 'D'", {"I3"}),
    ("UPDATE payments_reservedcode SET member_id = 'O' WHERE code = 'D'", {"I3"}),
    ("UPDATE payments_reservedcode SET member_id = 'O' WHERE code = 'U'", {"I3"}),
]  # fmt: skip


@pytest.fixture
def device() -> Device:
    return DeviceFactory.create(agent=EligibleAgentFactory.create())


def names_of(device: Device) -> dict[str, str]:
    """One payment and one form of each sort, by what stands for them in the faults."""
    phone = phone_of(device)
    held = hold(code_of(device), 8_400)
    code = code_of(device, months=3)
    bound = hold(code, 33_600)
    register(phone, code.code, income_monthly=2_000_000)
    credited = code_of(device)
    hold(credited, 8_400)
    dear = ["JKK", "JKM", "JHT"]
    register(phone, credited.code, number=7_002, seq=2, programmes=dear)
    unpaid = code_of(device)
    register(phone, unpaid.code, number=7_003, seq=3)
    entries = JournalEntry.objects.filter(payment=bound)
    return {
        "'H'": f"'{held.pk}'",
        "'P'": f"'{bound.pk}'",
        "'C'": f"'{code.code}'",
        "'D'": f"'{credited.code}'",
        "'U'": f"'{unpaid.code}'",
        "'M'": f"'{cared_for_member().pk}'",
        "'O'": f"'{cared_for_member().pk}'",
        "= S": f"= {entries.get(kind='suspense').pk}",
        "= R": f"= {entries.get(kind='release').pk}",
    }


def broken_by(fault: str) -> set[str]:
    """The claims that break, and hold again afterwards."""
    with transaction.atomic():
        with behind_the_triggers():
            run_sql(fault)
        found = breaks()
        transaction.set_rollback(True)
    return found


def test_each_planted_fault_breaks_its_claims_and_no_other(device: Device) -> None:
    names = names_of(device)
    assert breaks() == set()
    found: dict[str, set[str]] = {}
    for fault, _claims in FAULTS:
        planted = fault
        for name, value in names.items():
            planted = planted.replace(name, value)
        found[fault] = broken_by(planted)

    assert found == dict(FAULTS)
    assert breaks() == set()
