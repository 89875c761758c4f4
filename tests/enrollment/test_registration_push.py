"""A registration from the phone and back to it, over HTTP (sync 3.3, 3.4, 4)."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import ClosedReason, Consent, Member, Registration
from perisai.ids import new_id
from sync.models import Conflict
from tests.factories.enrollment import MemberFactory, invented_nik, registration_data
from tests.factories.perisai import DeviceFactory
from tests.sync.phones import Body, Phone, new_phone, op, phone_of

pytestmark = pytest.mark.django_db

STATEMENTS = 25  # of one registration with heirs; six of them begin or end a savepoint


def register_at(seq: int, number: int = 1, /, **said: Any) -> Body:
    """The operation of a form, as the phone numbers it."""
    data = registration_data(number, **said)
    return op(seq, "member.register", entity_id=new_id(), data=data)


def rows_of(phone: Phone) -> dict[str, Body]:
    phone.pull()
    assert phone.agrees()
    return {row_id: row for (_entity, row_id), (_ver, row) in phone.rows.items()}


def test_a_registration_is_applied_and_comes_back_as_a_row() -> None:
    phone = new_phone()
    form = register_at(1, sex="female", soft_checks_confirmed=["sex_differs"])
    (answer,) = phone.push(form)
    assert {name: answer[name] for name in ("result", "entity", "entity_id", "rev")} == {
        "result": "applied",
        "entity": "member",
        "entity_id": form["entity_id"],
        "rev": 1,
    }
    assert answer["warnings"] == ["sex_differs"]
    rows = rows_of(phone)
    assert list(rows) == [form["entity_id"]]
    row = rows[form["entity_id"]]
    assert (row["nik"], row["name"], row["missing"]) == ("3515************", "BUDI CONTOH", [])


def test_the_same_batch_three_times_changes_nothing() -> None:
    phone = new_phone()
    batch = [register_at(1, 1), register_at(2, 2)]
    first = phone.push(*batch)
    rows = rows_of(phone)
    for _ in range(2):
        assert [answer["result"] for answer in phone.push(*batch)] == ["duplicate"] * 2
    assert rows_of(phone) == rows
    assert [answer["result"] for answer in first] == ["applied"] * 2
    assert (Member.objects.count(), Consent.objects.count()) == (2, 2)


def test_a_bad_nik_is_rejected_with_its_place_and_stops_nobody() -> None:
    phone = new_phone()
    bad, good = phone.push(register_at(1, nik="3515143201909901"), register_at(2))
    assert (bad["result"], bad["problem"]["code"]) == ("rejected", "nik_invalid")
    assert [(error["pointer"], error["code"]) for error in bad["problem"]["errors"]] == [
        ("/data/nik", "day")
    ]
    assert "3515143201909901" not in str(bad)
    assert good["result"] == "applied"
    assert Member.objects.count() == 1


def test_r23_a_second_registration_of_a_nik_is_a_case_that_names_nobody() -> None:
    first, second = new_phone(), new_phone()
    kept = register_at(1)
    first.push(kept)
    late = register_at(1)
    (answer,) = second.push(late)
    case = Conflict.objects.get()
    assert answer == {
        "seq": 1,
        "op_id": late["op_id"],
        "result": "conflict",
        "code": "duplicate_identity",
        "conflict_id": str(case.pk),
        "entity": "member",
        "entity_id": late["entity_id"],
    }
    assert (case.kind, str(case.other_id)) == ("duplicate_identity", kept["entity_id"])
    assert (case.agent_id, str(case.entity_id)) == (
        second.device.agent_id,
        late["entity_id"],
    )
    assert (Member.objects.count(), Registration.objects.count()) == (1, 1)
    assert rows_of(second) == {}
    assert list(rows_of(first)) == [kept["entity_id"]]


def test_r20_who_comes_back_moves_to_the_new_agents_phone() -> None:
    first, second = new_phone(), new_phone()
    form = register_at(1)
    first.push(form)
    assert len(rows_of(first)) == 1
    Member.objects.update(closed_on=date(2026, 11, 1), closed_reason=ClosedReason.WITHDRAWN)
    again = register_at(1)
    (answer,) = second.push(again)
    assert (answer["result"], answer["code"], answer["into"]) == (
        "redirected",
        "reopened",
        form["entity_id"],
    )
    assert rows_of(first) == {}
    assert list(rows_of(second)) == [form["entity_id"]]


def test_no_answer_holds_a_full_nik() -> None:
    phone = new_phone()
    MemberFactory.create(number=2)
    heir = {"name": "Siti Contoh", "relation": "spouse", "nik": invented_nik(3)}
    sent = [register_at(1, 1, heirs=[heir]), register_at(2, 2), register_at(3, 4, sex="female")]
    told = str(phone.push(*sent)) + str(phone.pull())
    shown = [number for number in (1, 2, 3, 4) if invented_nik(number)[4:] in told]
    assert shown == []


@pytest.mark.parametrize("others", [0, 200], ids=["empty book", "book of 200"])
def test_a_pushed_registration_costs_a_fixed_number_of_statements(others: int) -> None:
    device = DeviceFactory.create()
    MemberFactory.create_batch(others, agent=device.agent)
    phone = phone_of(device)
    phone.push(register_at(1, 1))
    heirs = [{"name": "Siti Contoh", "relation": "spouse"}] * 3

    def statements(*ops: Body) -> int:
        with CaptureQueriesContext(connection) as captured:
            answers = phone.push(*ops)
        assert [answer["result"] for answer in answers] == ["applied"] * len(ops)
        return len(captured)

    one = statements(register_at(2, 2, heirs=heirs))
    three = statements(*(register_at(seq, seq, heirs=heirs) for seq in (3, 4, 5)))
    assert three - one == 2 * STATEMENTS
