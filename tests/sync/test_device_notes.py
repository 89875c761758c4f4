"""What a phone says of itself: notes, lost places, and that it is wiped."""

from typing import Any

import pytest

from perisai.ids import new_id
from perisai.models import Device, DeviceState, WipeOrder
from sync.models import CaseState, Conflict, Operation
from sync.operations import NOTE_CODES, VOID_REASONS
from tests.sync.pebbles import laid, lay_op
from tests.sync.phones import Phone, op, phone_of, problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pebbles")]

LOST_AT = "2026-11-19T00:00:00Z"
BEFORE, AFTER = "2026-11-18T09:00:00.000+07:00", "2026-11-20T09:00:00.000+07:00"
KINDS: list[tuple[str, dict[str, Any]]] = [
    *(("device.note", {"code": code}) for code in sorted(NOTE_CODES)),
    *(("void", {"reason": reason, "lost_op_id": str(new_id())}) for reason in sorted(VOID_REASONS)),
]


def lose(phone: Phone, wipe: WipeOrder = WipeOrder.DRAIN_THEN_WIPE) -> None:
    Device.objects.filter(pk=phone.device.pk).update(
        state=DeviceState.LOST, wipe=wipe, lost_at=LOST_AT
    )


def state_of(phone: Phone) -> str:
    return Device.objects.values_list("state", flat=True).get(pk=phone.device.pk)


@pytest.mark.parametrize(("kind", "data"), KINDS)
def test_a_note_and_a_void_are_applied_once_and_change_no_book(
    phone: Phone, kind: str, data: dict[str, Any]
) -> None:
    sent = op(1, kind, data=data)
    (result,) = phone.push(sent)
    (again,) = phone.push(sent)

    assert set(result) == {"seq", "op_id", "entity_id", "result"}
    assert (result["result"], again["result"]) == ("applied", "duplicate")
    assert Operation.objects.get().body == sent
    assert (state_of(phone), Conflict.objects.count()) == (DeviceState.ACTIVE, 0)
    phone.pull()
    assert phone.rows == {}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"data": {"code": "hungry"}}, "invalid"),
        ({"data": {"code": "crash", "text": 7}}, "invalid"),
        ({"v": 2}, "unsupported_kind"),
        ({"sealed": "AAAA"}, "sealed_unsupported"),
        ({"depends_on": [str(new_id())]}, "unknown_dependency"),
    ],
)
def test_a_note_is_rejected_with_its_reason(
    phone: Phone, changes: dict[str, Any], code: str
) -> None:
    (result,) = phone.push(op(1) | changes)
    assert (result["result"], result["problem"]["code"]) == ("rejected", code)
    assert state_of(phone) == DeviceState.ACTIVE


@pytest.mark.parametrize("kind", ["device.note", "void"])
def test_a_note_waits_for_what_it_depends_on(phone: Phone, kind: str) -> None:
    data = {"code": "crash", "reason": "unreadable"}
    held = lay_op(1, fault="conflict")
    results = phone.push(held, op(2, kind, data=data, depends_on=[held["op_id"]]))
    assert (results[1]["result"], results[1]["code"]) == ("blocked", "needs_op")


def test_f30_lost_phone_drains_then_wipes(phone: Phone) -> None:
    pebble = lay_op(1, at=BEFORE)
    phone.push(pebble)
    phone.pull()
    lose(phone)

    answer = phone.send(
        [lay_op(2, at=BEFORE), lay_op(3, at=AFTER), op(4, "void", data={"reason": "unreadable"})]
    ).json()

    assert [(one["result"], one.get("code", "")) for one in answer["results"]] == [
        ("applied", ""),
        ("conflict", "device_lost"),
        ("applied", ""),
    ]
    assert answer["directives"] == [{"do": "drain_then_wipe"}]
    assert laid() == 2
    assert Conflict.objects.get(kind="device_lost").state == CaseState.OPEN
    for refused in (phone.ask(phone.cursor), phone.client.get("/api/v1/sync/config")):
        assert problem(refused) == (403, "device_revoked")
        assert refused.json()["wipe"] == "drain_then_wipe"

    (wiped,) = phone.push(op(5, data={"code": "wiped"}, at=AFTER))

    assert wiped["result"] == "applied"
    device = Device.objects.get(pk=phone.device.pk)
    assert (device.state, device.lost_at is None) == (DeviceState.RETIRED, False)
    for call in (phone.send([op(6)]), phone.ask(None)):
        assert call.status_code == 401
    assert Operation.objects.count() == 5


def test_a_phone_that_must_wipe_at_once_sends_nothing(phone: Phone) -> None:
    lose(phone, WipeOrder.WIPE)
    assert problem(phone.send([op(1, data={"code": "wiped"})])) == (403, "device_revoked")
    assert (Operation.objects.count(), state_of(phone)) == (0, DeviceState.LOST)


def test_another_phone_of_the_agent_is_not_retired_with_the_lost_one(phone: Phone) -> None:
    twin = phone_of(Device.objects.create(**_like(phone.device)))
    lose(phone)
    phone.push(op(1, data={"code": "wiped"}))
    assert (state_of(phone), state_of(twin)) == (DeviceState.RETIRED, DeviceState.ACTIVE)
    assert twin.push(lay_op(1))[0]["result"] == "applied"


def _like(device: Device) -> dict[str, Any]:
    """A second installation of the same agent."""
    return {
        "agent": device.agent,
        "installation_id": new_id(),
        "platform": device.platform,
        "app_version": device.app_version,
        "schema": device.schema,
        "lease_until": device.lease_until,
    }
