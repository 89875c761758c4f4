"""Reserved codes in tests: a pool, money for a code, and the form that brings it."""

from datetime import datetime, timedelta
from typing import Any, Final

from enrollment.models import AgentMembership
from payments.models import Payment, PostAgent, ReservedCode
from payments.services.checks import run_checks
from payments.services.outcomes import Held
from payments.services.posting import pay
from payments.services.reserving import PoolOrder, reserve_codes
from perisai.ids import new_id
from perisai.models import Device
from tests.factories.enrollment import registration_data
from tests.factories.payments import NOW, PostAgentFactory, held_command
from tests.sync.phones import Phone

NUMBER: Final = 7_001
BEFORE: Final = NOW - timedelta(hours=1)
"""When forms are captured: before anybody pays."""


def code_of(device: Device, *, months: int = 1, now: datetime = BEFORE) -> ReservedCode:
    """The first code of a pool of one."""
    order = PoolOrder(device_id=device.pk, agent_id=device.agent_id, months=months, count=1)
    (code,) = [one for one in reserve_codes(order, now=now) if one.months == months][:1]
    return code


def hold(
    code: ReservedCode, amount: int, outlet: PostAgent | None = None, **changes: Any
) -> Payment:
    """Money that was taken for a code."""
    now = changes.pop("now", NOW)
    command = held_command(code.code, amount, outlet or PostAgentFactory.create(), **changes)
    outcome = pay(command, now=now)
    assert isinstance(outcome, Held), outcome
    return Payment.objects.get(pk=outcome.payment_id)


def form(
    seq: int = 1, *, number: int = NUMBER, at: datetime = BEFORE, **said: Any
) -> dict[str, Any]:
    """A registration as a phone sends it."""
    return {
        "op_id": str(new_id()),
        "seq": seq,
        "kind": "member.register",
        "v": 1,
        "entity_id": str(new_id()),
        "at": at.isoformat(timespec="milliseconds"),
        "data": registration_data(number, **said),
    }


def register(phone: Phone, code: str, **said: Any) -> dict[str, Any]:
    """Push one form that names a code; its result."""
    at = said.pop("at", BEFORE)
    seq = said.pop("seq", 1)
    return phone.push(form(seq, at=at, bill_code=code, **said))[0]


def money_of(phone: Phone, result: dict[str, Any]) -> Any:
    """What the member's row says of her bill, as the phone pulls it."""
    phone.pull()
    return phone.rows["member", result["entity_id"]][1]["bill"]


def breaks() -> set[str]:
    """The claims of check_money that do not hold; agents' own membership is paid by no money."""
    own = set(map(str, AgentMembership.objects.values_list("member", flat=True)))
    return {
        result.code
        for result in run_checks()
        if result.breaks and not (result.code == "I6" and set(result.first_ids) <= own)
    }
