"""A lost phone sends what it holds, says that it wiped itself, and is retired."""

import pytest
from django.utils import timezone

from perisai.models import Device, DeviceState, RevokedReason, WipeOrder
from perisai.services.lost_devices import Revocation, revoke_device
from sync.models import Operation
from tests.sync.phones import new_phone, op, owner, problem

pytestmark = pytest.mark.django_db
WIPED = {"code": "wiped"}


def test_drained_phone_acknowledges_and_is_retired() -> None:
    phone = new_phone()
    now = timezone.now()
    order = Revocation(reason=RevokedReason.LOST, wipe=WipeOrder.DRAIN_THEN_WIPE, lost_at=now)
    revoke_device(phone.device.pk, order, agent_id=owner(phone), now=now)
    held = phone.send([op(1)]).json()
    assert held["directives"] == [{"do": "drain_then_wipe"}]
    assert [result["result"] for result in phone.push(op(2, data=WIPED))] == ["applied"]
    device = Device.objects.get(pk=phone.device.pk)
    assert device.state == DeviceState.RETIRED
    assert device.wiped_at is not None
    assert problem(phone.send([op(3)])) == (401, "unauthenticated")
    assert Operation.objects.count() == 2


def test_working_phone_that_was_wiped_by_its_owner_goes_on() -> None:
    phone = new_phone()
    assert [result["result"] for result in phone.push(op(1, data=WIPED))] == ["applied"]
    assert [result["result"] for result in phone.push(op(2))] == ["applied"]
    assert Device.objects.get(pk=phone.device.pk).state == DeviceState.ACTIVE
