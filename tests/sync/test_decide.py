"""A person decides a case: effect, case, result and the author's news in one step."""

from typing import Any

import pytest

from perisai.errors import Invalid
from sync import registry
from sync.errors import CaseDecided, CaseNotApplicable
from sync.models import Book, BookEntry, CaseState, Conflict, Operation
from sync.registry import Op, Result
from tests.factories.perisai import AgentFactory
from tests.sync.offices import REASON, case_of, held, news, rule, stored, supervisor_of
from tests.sync.pebbles import KIND, TAKEN_BACK, hand, laid, lay_many, lay_op, polish_op
from tests.sync.phones import AT, Phone, new_ids, op, owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pebbles")]


def test_apply_carries_out_what_was_held(phone: Phone) -> None:
    sent, by = held(phone), supervisor_of(phone)

    case = rule(case_of(sent), "apply", by=by)

    assert (case.state, case.decided_by, case.reason) == (CaseState.APPLIED, by, REASON)
    assert case.decided_at is not None
    assert (laid(), stored(sent)) == (1, ("applied", ""))
    version = Book.objects.get(agent=owner(phone)).version
    assert news(phone) == [
        {
            "seq": 1,
            "op_id": sent["op_id"],
            "result": "applied",
            "entity": KIND,
            "entity_id": sent["entity_id"],
            "rev": 1,
            "ver": version,
        }
    ]
    assert phone.agrees()
    (again,) = phone.push(sent)
    assert (again["result"], again["first"]["result"]) == ("duplicate", "applied")


def test_refuse_tells_the_author_code_and_reason_and_nothing_else(phone: Phone) -> None:
    sent = held(phone)

    case = rule(case_of(sent), "refuse", by=supervisor_of(phone))

    assert (case.state, laid(), stored(sent)) == (
        CaseState.REFUSED,
        0,
        ("rejected", "pebble_taken"),
    )
    (told,) = news(phone)
    assert set(told) == {"seq", "op_id", "result", "problem"}
    problem = told["problem"]
    assert (problem["code"], problem["detail"], problem["retryable"]) == (
        "pebble_taken",
        REASON,
        False,
    )
    assert phone.agrees()


def test_merge_makes_the_authors_id_an_alias_of_the_other_record(phone: Phone) -> None:
    (kept,) = new_ids(1)
    lay_many(owner(phone), [kept])
    sent = held(phone, other=str(kept))

    case = rule(case_of(sent), "merge", by=supervisor_of(phone))

    assert (case.state, laid(), stored(sent)) == (
        CaseState.MERGED,
        1,
        ("redirected", "merged"),
    )
    (told,) = news(phone)
    assert told["into"] == str(kept)
    (result,) = phone.push(polish_op(2, sent["entity_id"]))
    assert (result["result"], result["code"], result["into"]) == (
        "redirected",
        "merged",
        str(kept),
    )
    assert phone.agrees()


def test_merge_needs_another_record(phone: Phone, other: Phone) -> None:
    pebble = new_ids(1)[0]
    lay_many(owner(phone), [pebble])
    hand(owner(phone), owner(other), [pebble])
    sent = polish_op(1, pebble, kind="pebble.carve")
    phone.push(sent)
    with pytest.raises(CaseNotApplicable):
        rule(case_of(sent), "merge", by=supervisor_of(phone))
    assert case_of(sent).state == CaseState.OPEN


def test_a_late_edit_is_applied_on_the_record_where_it_is_now(phone: Phone, other: Phone) -> None:
    pebble = new_ids(1)[0]
    lay_many(owner(phone), [pebble])
    hand(owner(phone), owner(other), [pebble])
    sent = polish_op(1, pebble, kind="pebble.carve", at=AT)
    phone.push(sent)

    rule(case_of(sent), "apply", by=supervisor_of(phone))

    assert stored(sent) == ("redirected", "reassigned")
    assert Conflict.objects.get(pk=pebble).reason == "9"
    other.pull()
    assert other.rows[KIND, str(pebble)][1] == {"weight": "9"}
    assert [told["into"] for told in news(phone)] == [str(pebble)]


def test_apply_under_another_agent_gives_the_record_to_her_book(phone: Phone) -> None:
    sent = held(phone)
    colleague = AgentFactory.create(office=phone.device.agent.office)

    rule(case_of(sent), "apply", by=supervisor_of(phone), under=colleague.pk)

    assert (laid(colleague.pk), laid(owner(phone))) == (1, 0)
    (told,) = news(phone)
    assert (told["result"], told["code"], told["into"], told["credited"]) == (
        *("redirected", "reassigned"),
        sent["entity_id"],
        False,
    )
    assert (KIND, sent["entity_id"]) not in phone.rows
    (result,) = phone.push(polish_op(2, sent["entity_id"]))
    assert (result["result"], result["code"]) == ("redirected", "reassigned")


def test_alias_of_what_a_colleague_got_is_followed(phone: Phone) -> None:
    """The record was there before: the author's id is none of its own."""
    colleague = AgentFactory.create(office=phone.device.agent.office)
    (kept,) = new_ids(1)
    lay_many(colleague.pk, [kept])
    sent = held(phone, other=str(kept))

    rule(case_of(sent), "merge", by=supervisor_of(phone), under=colleague.pk)

    (told,) = news(phone)
    assert (told["code"], told["into"]) == ("reassigned", str(kept))
    (result,) = phone.push(polish_op(2, sent["entity_id"]))
    assert (result["result"], result["into"]) == ("redirected", str(kept))


@pytest.mark.parametrize("first", ["apply", "refuse"])
@pytest.mark.parametrize("second", ["apply", "refuse"])
def test_a_second_word_is_refused_and_the_first_stands(
    phone: Phone, first: Any, second: Any
) -> None:
    sent, by = held(phone), supervisor_of(phone)
    rule(case_of(sent), first, by=by)
    before = (stored(sent), case_of(sent).state, Book.objects.get(agent=owner(phone)).version)

    with pytest.raises(CaseDecided):
        rule(case_of(sent), second, by=by)

    assert before == (
        stored(sent),
        case_of(sent).state,
        Book.objects.get(agent=owner(phone)).version,
    )


def test_a_rule_that_says_no_leaves_the_case_open(phone: Phone) -> None:
    sent = held(phone)

    def refuse(operation: Op) -> Result:
        lay_many(operation.agent_id, new_ids(1))
        raise Invalid

    registry._kinds.pop(("pebble.lay", 1))
    registry.operation("pebble.lay", v=1, on=KIND, creates=True)(refuse)
    with pytest.raises(Invalid):
        rule(case_of(sent), "apply", by=supervisor_of(phone))
    assert (case_of(sent).state, laid(), stored(sent)[0]) == (CaseState.OPEN, 0, "conflict")
    assert news(phone) == []


def test_a_rule_that_holds_it_still_cannot_be_overruled(phone: Phone) -> None:
    sent = held(phone)
    registry._kinds.pop(("pebble.lay", 1))
    registry.operation("pebble.lay", v=1, on=KIND, creates=True)(
        lambda operation: Result(word="conflict", code="pebble_taken")
    )
    with pytest.raises(CaseNotApplicable):
        rule(case_of(sent), "apply", by=supervisor_of(phone))
    assert (case_of(sent).state, Conflict.objects.count()) == (CaseState.OPEN, 1)


def test_another_rule_that_holds_it_opens_another_case(phone: Phone) -> None:
    sent = held(phone)
    first = case_of(sent)
    registry._kinds.pop(("pebble.lay", 1))
    registry.operation("pebble.lay", v=1, on=KIND, creates=True)(
        lambda operation: Result(word="conflict", code="pebble_cracked")
    )

    assert rule(first, "apply", by=supervisor_of(phone)).state == CaseState.APPLIED

    second = Conflict.objects.get(kind="pebble_cracked")
    assert (second.state, second.operation) == (CaseState.OPEN, first.operation)
    assert stored(sent) == ("conflict", "pebble_cracked")
    (told,) = news(phone)
    assert told["conflict_id"] == str(second.pk)
    rule(second, "refuse", by=supervisor_of(phone))
    assert stored(sent) == ("rejected", "pebble_cracked")


def test_what_a_lost_phone_made_is_judged_by_the_rules_once_it_is_believed(phone: Phone) -> None:
    device = phone.device
    device.state, device.wipe = "lost", "drain_then_wipe"
    device.lost_at = "2026-11-01T00:00:00Z"
    device.save(update_fields=["state", "wipe", "lost_at"])
    sent = lay_op(1, fault="conflict")
    assert phone.push(sent)[0]["code"] == "device_lost"

    rule(case_of(sent), "apply", by=supervisor_of(phone))

    assert (stored(sent), laid()) == (("conflict", "pebble_taken"), 0)


def test_what_a_lost_phone_says_of_anothers_record_opens_no_case(
    phone: Phone, other: Phone
) -> None:
    pebble = new_ids(1)[0]
    lay_many(owner(other), [pebble])
    cases = Conflict.objects.exclude(kind=KIND).count()
    device = phone.device
    device.state, device.wipe = "lost", "drain_then_wipe"
    device.lost_at = "2026-11-01T00:00:00Z"
    device.save(update_fields=["state", "wipe", "lost_at"])

    (result,) = phone.push(polish_op(1, pebble))

    assert (result["result"], result["problem"]["code"]) == ("rejected", "not_in_book")
    assert str(pebble) not in str(result)
    assert Conflict.objects.exclude(kind=KIND).count() == cases


def test_the_record_of_a_case_is_put_again_when_it_opens_and_when_it_closes(
    phone: Phone, other: Phone
) -> None:
    """A member's row names the open cases that the agent may know of."""
    pebble = new_ids(1)[0]
    lay_many(owner(phone), [pebble])
    phone.pull()
    device = phone.device
    device.state, device.wipe = "lost", "drain_then_wipe"
    device.lost_at = "2026-11-01T00:00:00Z"
    device.save(update_fields=["state", "wipe", "lost_at"])
    sent = polish_op(1, pebble)
    phone.push(sent)
    entry = BookEntry.objects.get(book__agent=owner(phone), entity_id=pebble)
    assert (entry.version, case_of(sent).entity_id) == (2, pebble)
    rule(case_of(sent), "refuse", by=supervisor_of(phone))
    entry.refresh_from_db()
    assert entry.version == 3


def test_the_author_may_take_back_what_is_held(phone: Phone) -> None:
    """As a person takes back consent before anybody has decided: never blocked, never refused."""
    sent = held(phone)

    (result,) = phone.push(polish_op(2, sent["entity_id"], kind="pebble.free"))

    assert (result["result"], "code" in result, laid()) == ("applied", False, 0)
    case = case_of(sent)
    assert (case.state, case.decided_by, case.reason) == (
        CaseState.REFUSED,
        phone.device.agent.user,
        TAKEN_BACK,
    )
    assert stored(sent) == ("rejected", TAKEN_BACK)
    assert [told["problem"]["code"] for told in news(phone)] == [TAKEN_BACK]
    assert phone.agrees()
    with pytest.raises(CaseDecided):
        rule(case, "apply", by=supervisor_of(phone))


def test_what_was_refused_already_is_not_taken_back_again(phone: Phone) -> None:
    sent = held(phone)
    rule(case_of(sent), "refuse", by=supervisor_of(phone))
    (result,) = phone.push(polish_op(2, sent["entity_id"], kind="pebble.free"))
    assert result["result"] == "applied"
    assert stored(sent) == ("rejected", "pebble_taken")
    assert case_of(sent).reason == REASON


def test_an_erased_operation_can_only_be_refused(phone: Phone) -> None:
    sent = held(phone)
    row = Operation.objects.get(op_id=sent["op_id"])
    row.body = None
    row.save(update_fields=["body"])
    with pytest.raises(CaseNotApplicable):
        rule(case_of(sent), "apply", by=supervisor_of(phone))
    rule(case_of(sent), "refuse", by=supervisor_of(phone))
    assert stored(sent) == ("rejected", "pebble_taken")


def test_a_note_opens_no_case(phone: Phone) -> None:
    phone.push(op(1))
    assert Conflict.objects.count() == 0
