"""Consent taken back beside what makes the member: it counts, whoever is first (R36)."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Literal

import pytest
from django.db import connection

from enrollment.models import ConsentWithdrawal, SubjectRequest
from perisai.ids import new_id
from sync import registry
from sync.errors import CaseDecided, CaseOfAnotherBranch
from sync.models import Conflict
from sync.registry import Op, Result
from tests.enrollment.test_consents_taken_back import is_reminded
from tests.factories.enrollment import MemberFactory, cared_for, in_book, registration_data
from tests.factories.perisai import AgentFactory, DeviceFactory
from tests.payments.website import eventually
from tests.sync.offices import rule, stored, supervisor_of
from tests.sync.phones import Body, Phone, op, phone_of, registering_phone

pytestmark = pytest.mark.django_db(transaction=True)

ASKED_AT = "2026-11-18T09:14:00.000+07:00"
SOMEBODY_WAITS = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
Handler = Callable[[Op], Result]
Withdrawing = Callable[[Callable[[Op, Handler], Result]], None]


@pytest.fixture
def phone(db: None) -> Phone:
    return registering_phone()


@pytest.fixture
def withdrawing(monkeypatch: pytest.MonkeyPatch) -> Withdrawing:
    """Puts something around what the handler does about a form that has no effect yet."""
    kind = registry._kinds["consent.withdraw", 1]

    def put(around: Callable[[Op, Handler], Result]) -> None:
        def handler(said: Op) -> Result:
            is_held = said.late is not None and said.late.code == "held"
            return around(said, kind.handler) if is_held else kind.handler(said)

        monkeypatch.setitem(registry._kinds, (kind.name, kind.v), replace(kind, handler=handler))

    return put


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(SOMEBODY_WAITS)
        (found,) = cursor.fetchone()
    return bool(found)


def begun(pool: ThreadPoolExecutor, work: Callable[[], object]) -> "Future[object]":
    """It runs in a connection of its own."""

    def run() -> object:
        try:
            return work()
        finally:
            connection.close()

    return pool.submit(run)


def held_form(phone: Phone) -> Body:
    """A form that is held, since a colleague's member has its NIK."""
    colleague = AgentFactory.create(office=phone.device.agent.office)
    in_book(MemberFactory.create(number=2, agent=colleague))
    sent = op(1, "member.register", entity_id=new_id(), data=registration_data(2))
    (answer,) = phone.push(sent)
    assert answer["result"] == "conflict"
    return sent


def withdrawal(seq: int, form: Body, purpose: str) -> Body:
    data = {"member_id": form["entity_id"], "purposes": [purpose], "asked_at": ASKED_AT}
    return op(seq, "consent.withdraw", entity_id=new_id(), data=data)


@pytest.mark.parametrize("decision", ["apply", "merge"])
@pytest.mark.parametrize("purpose", ["reminders", "registration"])
def test_r36_taken_back_after_the_decision_it_counts(
    phone: Phone, withdrawing: Withdrawing, decision: Literal["apply", "merge"], purpose: str
) -> None:
    form = held_form(phone)
    case, by = Conflict.objects.get(), supervisor_of(phone)

    def after_the_decision(said: Op, handler: Handler) -> Result:
        with ThreadPoolExecutor(1) as pool:
            begun(pool, lambda: rule(case, decision, by=by)).result()
        return handler(said)

    withdrawing(after_the_decision)
    (answer,) = phone.push(withdrawal(2, form, purpose))

    member = cared_for().get()
    assert (answer["result"], answer["into"]) == ("redirected", str(member.pk))
    assert ConsentWithdrawal.objects.get().member_id == member.pk
    assert SubjectRequest.objects.count() == (purpose == "registration")
    assert not is_reminded(member)


def test_r36_reminders_taken_back_before_the_decision_stay_so(
    phone: Phone, withdrawing: Withdrawing
) -> None:
    form = held_form(phone)
    case, by = Conflict.objects.get(), supervisor_of(phone)
    with ThreadPoolExecutor(1) as pool:
        decisions: list[Future[object]] = []

        def before_the_decision(said: Op, handler: Handler) -> Result:
            result = handler(said)
            decisions.append(begun(pool, lambda: rule(case, "merge", by=by)))
            eventually(lambda: somebody_waits() or decisions[0].done())
            return result

        withdrawing(before_the_decision)
        (answer,) = phone.push(withdrawal(2, form, "reminders"))
        decisions[0].result()

    assert (answer["result"], stored(form)[0]) == ("applied", "redirected")
    assert ConsentWithdrawal.objects.get().member_id == cared_for().get().pk
    assert not is_reminded(cared_for().get())


def test_r36_a_registration_taken_back_before_the_decision_is_never_made(
    phone: Phone, withdrawing: Withdrawing
) -> None:
    form = held_form(phone)
    case, by = Conflict.objects.get(), supervisor_of(phone)
    with ThreadPoolExecutor(1) as pool:
        decisions: list[Future[object]] = []

        def before_the_decision(said: Op, handler: Handler) -> Result:
            result = handler(said)
            decisions.append(begun(pool, lambda: rule(case, "apply", by=by)))
            eventually(lambda: somebody_waits() or decisions[0].done())
            return result

        withdrawing(before_the_decision)
        (answer,) = phone.push(withdrawal(2, form, "registration"))
        with pytest.raises((CaseDecided, CaseOfAnotherBranch)):
            decisions[0].result()

    assert (answer["result"], stored(form)) == ("applied", ("rejected", "consent_withdrawn"))
    assert (ConsentWithdrawal.objects.count(), SubjectRequest.objects.count()) == (0, 0)


def refused_form(phone: Phone) -> tuple[Body, Body]:
    """A form that was refused for its village, and the one that stands for it."""
    spoilt = registration_data(2, village_code="9999999999")
    first = op(1, "member.register", entity_id=new_id(), data=spoilt)
    (answer,) = phone.push(first)
    assert answer["result"] == "rejected"
    members = {"entity_id": new_id(), "replaces": first["op_id"]}
    return first, op(2, "member.register", data=registration_data(2), **members)


def test_r36_taken_back_by_another_phone_after_the_correction_it_counts(
    phone: Phone, withdrawing: Withdrawing
) -> None:
    first, second = refused_form(phone)
    twin = phone_of(DeviceFactory.create(agent=phone.device.agent))

    def after_the_correction(said: Op, handler: Handler) -> Result:
        with ThreadPoolExecutor(1) as pool:
            begun(pool, lambda: phone.push(second)).result()
        return handler(said)

    withdrawing(after_the_correction)
    (answer,) = twin.push(withdrawal(1, first, "reminders"))

    assert (answer["result"], stored(second)[0]) == ("applied", "applied")
    assert ConsentWithdrawal.objects.get().member_id == cared_for().get().pk
    assert not is_reminded(cared_for().get())


def test_r36_taken_back_by_another_phone_before_the_correction_it_counts(
    phone: Phone, withdrawing: Withdrawing
) -> None:
    first, second = refused_form(phone)
    twin = phone_of(DeviceFactory.create(agent=phone.device.agent))
    with ThreadPoolExecutor(1) as pool:
        pushes: list[Future[object]] = []

        def before_the_correction(said: Op, handler: Handler) -> Result:
            result = handler(said)
            pushes.append(begun(pool, lambda: phone.push(second)))
            eventually(lambda: somebody_waits() or pushes[0].done())
            return result

        withdrawing(before_the_correction)
        (answer,) = twin.push(withdrawal(1, first, "reminders"))
        pushes[0].result()

    assert (answer["result"], stored(second)[0]) == ("applied", "applied")
    assert ConsentWithdrawal.objects.get().member_id == cared_for().get().pk
    assert not is_reminded(cared_for().get())
