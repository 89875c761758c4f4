"""A batch: every operation gets one answer, once."""

from dataclasses import replace
from typing import Any

import pytest
from django.utils.translation import gettext_lazy

from perisai.errors import Conflict as Refused
from perisai.ids import new_id
from sync import registry
from sync.models import Book, BookEntry, Conflict, Operation, OperationNeed, Outbox
from sync.registry import Op, Result
from tests.factories.perisai import DeviceFactory
from tests.sync.pebbles import Faults, laid, lay_many, lay_op, polish_op
from tests.sync.phones import Phone, op, phone_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pebbles")]


class PebbleTaken(Refused):
    """A rule of a higher app."""

    code = "pebble_taken"
    title = gettext_lazy("Bertentangan dengan keadaan sekarang")


def last_seq(phone: Phone) -> int:
    outbox = Outbox.objects.filter(device=phone.device).first()
    return outbox.last_seq if outbox else 0


def version(phone: Phone) -> int:
    return Book.objects.get(agent=phone.device.agent_id).version


def words(results: list[dict[str, Any]]) -> list[str]:
    return [result["result"] for result in results]


def test_an_applied_operation_tells_record_rev_and_version(phone: Phone) -> None:
    sent = lay_op(1, weight=0)
    answer = phone.send([sent]).json()

    assert answer["results"] == [
        {
            "seq": 1,
            "op_id": sent["op_id"],
            "result": "applied",
            "entity": "pebble",
            "entity_id": sent["entity_id"],
            "rev": 1,
            "warnings": ["light"],
            "ver": 1,
        }
    ]
    assert (answer["ack_seq"], answer["next_seq"], answer["complete"]) == (1, 2, True)
    assert (answer["directives"], answer["clock_offset_ms"]) == ([], 0)
    assert 720 <= answer["next_sync_after"] <= 1080
    assert set(answer) == {
        *("ack_seq", "next_seq", "complete", "clock_offset_ms", "next_sync_after"),
        *("lease_until", "directives", "results"),
    }
    stored = Operation.objects.get(op_id=sent["op_id"])
    assert (stored.body, stored.result, stored.ver, stored.seq) == (sent, "applied", 1, 1)


def test_f1_same_batch_three_times(phone: Phone) -> None:
    batch = [lay_op(1), lay_op(2, weight=-1), op(3)]
    first = phone.push(*batch)
    assert words(first) == ["applied", "rejected", "applied"]
    for _ in range(2):
        again = phone.push(*batch)
        assert words(again) == ["duplicate"] * 3
        for result, original in zip(again, first, strict=True):
            told = {key: value for key, value in original.items() if key not in {"seq", "op_id"}}
            assert result["first"] == told

    assert (laid(), Operation.objects.count(), version(phone), last_seq(phone)) == (1, 3, 1, 3)


def test_f2_lost_response_then_retry(phone: Phone) -> None:
    batch = [lay_op(1), lay_op(2)]
    phone.push(batch[0])
    answer = phone.send([*batch, lay_op(3)]).json()

    assert words(answer["results"]) == ["duplicate", "applied", "applied"]
    assert (answer["ack_seq"], answer["complete"], laid()) == (3, True, 3)


@pytest.mark.parametrize("fault", ["bug", "constraint", "timeout"])
def test_f5_poison_op_does_not_block(phone: Phone, fault: str) -> None:
    poison = lay_op(2, fault=fault)
    results = phone.push(lay_op(1), poison, lay_op(3))

    assert words(results) == ["applied", "blocked", "applied"]
    assert results[1]["code"] == "parked"
    assert (laid(), last_seq(phone), version(phone)) == (2, 3, 2)
    assert Operation.objects.get(seq=2).body == poison


def test_a_parked_operation_is_logged_without_what_it_carried(
    phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    sent = lay_op(1, fault="bug")
    phone.push(sent)
    (said,) = [text for text in caplog.messages if "operation_parked" in text]
    assert sent["op_id"] in said
    assert "ZeroDivisionError" in said
    assert "3515000000000001" not in said


def test_f21_sequence_gap(phone: Phone) -> None:
    phone.push(lay_op(1))
    answer = phone.send([lay_op(3)])

    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["expected_seq"]) == (
        409,
        "sequence_gap",
        2,
    )
    assert (problem["retryable"], answer.headers["Content-Type"]) == (
        True,
        "application/problem+json",
    )
    assert (laid(), last_seq(phone)) == (1, 1)


def test_f22_sequence_reused_by_a_clone(phone: Phone) -> None:
    phone.push(lay_op(1), lay_op(2))
    answer = phone.send([lay_op(2), lay_op(3)])

    assert (answer.status_code, answer.json()["code"]) == (409, "sequence_reused")
    assert (laid(), last_seq(phone), Operation.objects.count()) == (2, 2, 2)


def test_f23_op_id_reuse(phone: Phone) -> None:
    sent = lay_op(1)
    phone.push(sent)
    other_content = sent | {"data": {"weight": 2}}

    (in_place,) = phone.push(other_content)
    (in_new_place,) = phone.push(other_content | {"seq": 2})

    for result in (in_place, in_new_place):
        assert result["result"] == "rejected"
        assert result["problem"]["code"] == "op_id_reuse"
    assert (laid(), last_seq(phone)) == (1, 2)
    assert Operation.objects.get(seq=1).body == sent


def test_a_renumbered_operation_uses_up_its_place_and_happens_once(phone: Phone) -> None:
    sent = lay_op(1)
    (first,) = phone.push(sent)
    twin = phone_of(DeviceFactory.create(agent=phone.device.agent))

    (result,) = twin.push(sent)
    (again,) = twin.push(sent)

    assert result["result"] == again["result"] == "duplicate"
    assert result["first"]["ver"] == again["first"]["ver"] == first["ver"]
    assert (laid(), last_seq(twin), version(phone)) == (1, 1, 1)
    assert Operation.objects.get(device=twin.device).same_as == Operation.objects.get(
        device=phone.device
    )


def test_another_agents_op_id_is_refused_and_tells_nothing_of_it(
    phone: Phone, other: Phone
) -> None:
    sent = lay_op(1)
    phone.push(sent)
    for _ in range(2):
        (result,) = other.push(sent)
    assert result["result"] == "duplicate"
    assert result["first"]["problem"]["code"] == "op_id_reuse"
    assert set(result["first"]) == {"result", "problem"}
    assert (laid(other.device.agent_id), last_seq(other)) == (0, 1)


def test_one_id_twice_in_a_batch_happens_once(phone: Phone) -> None:
    sent = lay_op(1)
    assert words(phone.push(sent, sent | {"seq": 2})) == ["applied", "duplicate"]
    assert (laid(), last_seq(phone)) == (1, 2)


def test_f24_void_fills_a_gap(phone: Phone) -> None:
    phone.push(lay_op(1))
    lost = op(2, "void", data={"reason": "storage_lost", "lost_op_id": str(new_id())})
    results = phone.push(lost, lay_op(3))
    assert words(results) == ["applied", "applied"]
    assert "ver" not in results[0]
    assert last_seq(phone) == 3


@pytest.mark.parametrize(
    ("kind", "data", "pointer"),
    [
        ("void", {}, "/data/reason"),
        ("void", {"reason": "bored"}, "/data/reason"),
        ("device.note", {"code": 7}, "/data/code"),
        ("device.note", {"code": "crash", "text": "x" * 501}, "/data/text"),
    ],
)
def test_a_faulty_note_or_void_is_rejected_with_its_pointer(
    phone: Phone, kind: str, data: dict[str, Any], pointer: str
) -> None:
    (result,) = phone.push(op(1, kind, data=data))
    assert result["problem"]["errors"][0]["pointer"] == pointer
    assert (result["problem"]["code"], result["problem"]["status"]) == ("invalid", 422)
    assert last_seq(phone) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "member.dance"}, "unsupported_kind"),
        ({"kind": "x" * 300}, "unsupported_kind"),
        ({"v": 99_999}, "unsupported_kind"),
        ({"sealed": "AAAA"}, "sealed_unsupported"),
        ({"data": {"weight": 1, "note": "a\0b"}}, "invalid"),
        ({"data": {"weight": 1, "a\0b": "x\0y"}}, "invalid"),
        ({"data": {"weight": 1, "list": [{"a\0b": 1}]}}, "invalid"),
    ],
)
def test_what_cannot_be_handled_is_kept_and_rejected(
    phone: Phone, changes: dict[str, Any], code: str
) -> None:
    sent = lay_op(1) | changes
    (result,) = phone.push(sent)
    assert (result["result"], result["problem"]["code"]) == ("rejected", code)
    assert Operation.objects.get().body == sent
    assert laid() == 0


def test_a_conflict_opens_a_case_and_applies_nothing(phone: Phone) -> None:
    sent = lay_op(1, fault="conflict")
    (result,) = phone.push(sent)
    case = Conflict.objects.get(kind="pebble_taken")

    assert result == {
        "seq": 1,
        "op_id": sent["op_id"],
        "result": "conflict",
        "code": "pebble_taken",
        "conflict_id": str(case.pk),
        "entity": "pebble",
        "entity_id": sent["entity_id"],
    }
    assert (str(case.other_id), case.operation) == (sent["op_id"], Operation.objects.get())
    assert (laid(), version(phone)) == (0, 0)


def test_a_handler_may_return_its_refusal(phone: Phone) -> None:
    registry.operation("pebble.refuse", v=1, on="")(
        lambda operation: Result(word="rejected", code="too_light")
    )
    (result,) = phone.push(op(1, "pebble.refuse"))
    assert (result["result"], result["problem"]["code"]) == ("rejected", "too_light")


def test_a_step_that_says_no_warns_and_undoes_only_itself(phone: Phone) -> None:
    def overdo(operation: Op, result: Result) -> Result:
        lay_many(operation.agent_id, [new_id()])
        raise PebbleTaken

    registry.step("pebble.lay", v=1)(overdo)
    registry.step("pebble.lay", v=1)(lambda operation, result: replace(result, rev=7))
    (result,) = phone.push(lay_op(1))
    assert (result["result"], result["rev"], result["warnings"]) == (
        "applied",
        7,
        ["pebble_taken"],
    )
    assert (laid(), version(phone)) == (1, 1)
    assert BookEntry.objects.count() == 1


def test_who_makes_a_row_in_a_large_book_is_warned(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.services.book_size.BOOK_ROWS_WARNING", 2)
    results = phone.push(lay_op(1), lay_op(2), lay_op(3), lay_op(4, weight=0))
    polished = phone.push(polish_op(5, results[0]["entity_id"]))
    said = [one.get("warnings", []) for one in [*results, *polished]]
    assert said == [[], [], ["book_large"], ["light", "book_large"], []]


def test_unknown_and_foreign_records_are_one_answer(phone: Phone, other: Phone) -> None:
    foreign = lay_op(1)
    other.push(foreign)
    results = phone.push(polish_op(1, foreign["entity_id"]), polish_op(2, new_id()))

    assert [result["result"] for result in results] == ["rejected", "rejected"]
    assert results[0]["problem"] == results[1]["problem"]
    assert results[0]["problem"]["code"] == "not_in_book"
    assert Conflict.objects.get(pk=foreign["entity_id"]).reason == "1"


def test_a_record_that_moved_meanwhile_is_looked_at_once_more(
    phone: Phone, pebbles: Faults
) -> None:
    pebble = lay_op(1)
    phone.push(pebble)
    pebbles.left = {"moved": 1}
    (result,) = phone.push(polish_op(2, pebble["entity_id"]))
    pebbles.left = {"moved": 2}
    (refused,) = phone.push(polish_op(3, pebble["entity_id"]))

    assert result["result"] == "applied"
    assert refused["problem"]["code"] == "not_in_book"


@pytest.mark.parametrize("pebble_id", [None, 7, "not-an-id"])
def test_a_record_that_is_no_id_is_invalid(phone: Phone, pebble_id: object) -> None:
    sent = op(1, "pebble.polish", data={"pebble_id": pebble_id, "weight": 1})
    (result,) = phone.push(sent)
    assert result["problem"]["errors"][0]["pointer"] == "/data/pebble_id"


def test_an_operation_waits_for_the_one_it_depends_on(phone: Phone) -> None:
    refused, waiting = lay_op(1, fault="bug"), lay_op(2)
    waiting["depends_on"] = [refused["op_id"]]
    results = phone.push(refused, waiting)

    assert (results[1]["result"], results[1]["code"]) == ("blocked", "needs_op")
    assert results[1]["waits_for"] == [refused["op_id"]]
    assert str(OperationNeed.objects.get().needs) == refused["op_id"]
    assert laid() == 0


def test_an_operation_waits_for_the_making_of_its_record(phone: Phone) -> None:
    held = lay_op(1, fault="conflict")
    results = phone.push(held, polish_op(2, held["entity_id"]))
    assert (results[1]["code"], results[1]["waits_for"]) == ("needs_op", [held["op_id"]])


def test_an_operation_goes_on_once_its_need_is_applied(phone: Phone) -> None:
    pebble = lay_op(1)
    polished = polish_op(2, pebble["entity_id"], depends_on=[pebble["op_id"]])
    assert words(phone.push(pebble, polished)) == ["applied", "applied"]


def test_a_need_that_was_never_received_is_refused(phone: Phone, other: Phone) -> None:
    foreign = lay_op(1)
    other.push(foreign)
    for seq, needed in enumerate([foreign["op_id"], str(new_id())], start=1):
        (result,) = phone.push(lay_op(seq, depends_on=[needed]))
        assert result["problem"]["code"] == "unknown_dependency"
    assert laid(phone.device.agent_id) == 0
