"""A round of what waits goes on behind one that fails, and takes nobody's time for a fault."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from django.db import IntegrityError, OperationalError

from perisai import clock
from sync.models import Operation
from sync.registry import Op
from sync.services.blocked import run_blocked
from sync.services.waiting import give_up_waiting, run_overdue
from tests.statements import counted
from tests.sync.offices import case_of, rule, supervisor_of
from tests.sync.pebbles import FAULTS, lay_op
from tests.sync.phones import Body, Phone
from tests.sync.test_waiting import mend, waiting_for, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pebbles")]


def failing_once(sent: Body, fault: Exception) -> Callable[..., Operation | None]:
    """The same work, in the way of which something is once, for this operation."""
    left, failing = [fault], Operation.objects.get(op_id=sent["op_id"]).pk

    def run(operation_id: UUID, **said: Any) -> Operation | None:
        if left and operation_id == failing:
            raise left.pop()
        return run_blocked(operation_id, **said)

    return run


def waits_still(sent: Body) -> bool:
    """Whether the next round takes it up; what is parked waits for a person."""
    row = Operation.objects.get(op_id=sent["op_id"])
    return (row.result, row.code) == ("blocked", "needs_op")


@pytest.mark.parametrize("fault", [OperationalError(), IntegrityError()], ids=["lock", "commit"])
def test_a_fault_at_one_keeps_no_other_from_being_given_up(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    held = lay_op(1, fault="conflict")
    first, second = waiting_for(held, 2), waiting_for(held, 3)
    phone.push(held, first, second)
    late = clock.now() + timedelta(days=31)

    monkeypatch.setattr("sync.services.waiting.run_blocked", failing_once(first, fault))
    assert give_up_waiting(now=late) == 1
    assert (waits_still(first), words(second)) == (True, ["rejected"])
    assert give_up_waiting(now=late) == 1
    assert words(first) == ["rejected"]


def test_a_lock_leaves_only_that_one_waiting(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    held = lay_op(1, fault="conflict")
    first, second = waiting_for(held, 2), waiting_for(held, 3)
    phone.push(held, first, second)

    fault = OperationalError()
    monkeypatch.setattr("sync.services.waiting.run_blocked", failing_once(first, fault))
    rule(case_of(held), "apply", by=supervisor_of(phone))
    assert (waits_still(first), words(second)) == (True, ["applied"])
    assert run_overdue() == 1
    assert words(first) == ["applied"]


def test_a_round_whose_time_is_over_parks_nothing(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = lay_op(1, fault="conflict")
    first, second = waiting_for(held, 2, fault="bug"), waiting_for(held, 3)
    phone.push(held, first, second)

    def out_of_time(_op: Op) -> None:
        raise SoftTimeLimitExceeded

    with monkeypatch.context() as slow:
        slow.setitem(FAULTS, "bug", out_of_time)
        with pytest.raises(SoftTimeLimitExceeded):
            rule(case_of(held), "apply", by=supervisor_of(phone))
    assert (waits_still(first), waits_still(second)) == (True, True)
    mend(monkeypatch, "bug")
    assert run_overdue() == 2


def test_refused_needs_cost_no_statement_each(phone: Phone) -> None:
    spent = []
    for first, number in ((1, 2), (4, 40)):
        refused = [lay_op(first + place, weight=-1) for place in range(number)]
        phone.push(*refused)
        needs = [one["op_id"] for one in refused]
        with counted() as statements:
            (result,) = phone.push(lay_op(first + number, depends_on=needs))
        assert (result["result"], result["code"]) == ("blocked", "needs_op")
        spent.append(len(statements))
    assert spent[0] == spent[1]
