"""Cases without an operation to run again: their app has the last word."""

from typing import Any
from uuid import UUID

import pytest

from perisai.errors import Invalid
from sync import registry
from sync.models import Book, CaseState, Conflict
from sync.registry import Verdict
from sync.services import book
from sync.services.cases import CaseReport, open_case
from tests.sync.offices import REASON, news, rule, stored, supervisor_of
from tests.sync.pebbles import KIND, lay_many, lay_op
from tests.sync.phones import Body, Phone, new_ids, owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pebbles")]


def about(phone: Phone, kind: str, sent: Body | None = None) -> Conflict:
    """A case beside an operation that has its final word, or without one."""
    (pebble,) = new_ids(1)
    lay_many(owner(phone), [pebble])
    report = CaseReport(
        kind=kind,
        entity=KIND,
        entity_id=pebble,
        agent_id=owner(phone),
        op_id=UUID(sent["op_id"]) if sent else None,
    )
    return Conflict.objects.get(pk=open_case(report))


@pytest.mark.parametrize("decision", ["apply", "refuse"])
def test_a_case_without_an_operation_is_closed_with_its_reason(phone: Phone, decision: Any) -> None:
    sent = lay_op(1)
    phone.push(sent)
    for case in (about(phone, "odd_pebble"), about(phone, "overlap", sent)):
        closed = rule(case, decision, by=supervisor_of(phone))
        assert (closed.reason, closed.state == CaseState.OPEN) == (REASON, False)
    assert stored(sent) == ("applied", "")
    assert news(phone) == []


def test_a_case_without_an_operation_calls_what_its_app_registered(phone: Phone) -> None:
    said: list[Verdict] = []
    registry.decides("odd_pebble")(said.append)
    case, by = about(phone, "odd_pebble"), supervisor_of(phone)

    closed = rule(case, "apply", by=by)

    (verdict,) = said
    assert (verdict.case_id, verdict.kind, verdict.entity_id) == (
        case.pk,
        "odd_pebble",
        case.entity_id,
    )
    assert (verdict.decision, verdict.decided_by, verdict.reason) == ("apply", by.pk, REASON)
    assert verdict.decided_at == closed.decided_at


def test_a_ruling_that_fails_leaves_the_case_open(phone: Phone) -> None:
    def refuse(verdict: Verdict) -> None:
        with book.recording() as changes:
            changes.put(verdict.agent_id, KIND, [verdict.entity_id])
        raise Invalid

    registry.decides("odd_pebble")(refuse)
    case = about(phone, "odd_pebble")
    version = Book.objects.get(agent=owner(phone)).version
    with pytest.raises(Invalid):
        rule(case, "apply", by=supervisor_of(phone))
    case.refresh_from_db()
    assert (case.state, Book.objects.get(agent=owner(phone)).version) == (CaseState.OPEN, version)
