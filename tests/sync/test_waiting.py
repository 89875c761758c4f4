"""Operations that wait for others: run in order once those are applied, or given up."""

from datetime import timedelta
from math import inf
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command

from perisai import clock
from perisai.ids import new_id
from perisai.models import RevokedReason, WipeOrder
from perisai.services.lost_devices import Revocation, revoke_device
from supervision.services.scope import troubled_operations_visible_to
from sync import tasks
from sync.models import BookEntry, Conflict, Operation, OperationNeed
from sync.services import book
from sync.services.final_words import drop_old_results
from sync.services.waiting import give_up_waiting, parked_count, replay_parked, run_overdue
from tests.factories.perisai import DeviceFactory
from tests.sync.offices import case_of, rule, supervisor_of
from tests.sync.pebbles import FAULTS, Faults, laid, lay_op, polish_op
from tests.sync.phones import Body, Phone, owner, phone_of, problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pebbles")]


def words(*sent: Body) -> list[str]:
    found = dict(Operation.objects.filter(same_as=None).values_list("op_id", "result"))
    return [{str(op_id): word for op_id, word in found.items()}[one["op_id"]] for one in sent]


def waiting_for(needed: Body, seq: int, **said: Any) -> Body:
    return lay_op(seq, depends_on=[needed["op_id"]], **said)


def final_words(phone: Phone) -> list[tuple[str, str]]:
    """What the phone's pull tells of its operations, oldest version first."""
    return [
        (change["id"], change["row"]["result"])
        for page in phone.pull()
        for change in page["changes"]
        if change["e"] == "op_result" and change["op"] == "put"
    ]


def test_what_waits_runs_in_order_after_a_decision(phone: Phone) -> None:
    held = lay_op(1, fault="conflict")
    first, second = waiting_for(held, 2), polish_op(3, held["entity_id"])
    third = waiting_for(first, 4)
    phone.push(held, first, second, third)
    assert words(held, first, second, third) == ["conflict", *["blocked"] * 3]
    phone.pull()

    rule(case_of(held), "apply", by=supervisor_of(phone))

    assert words(held, first, second, third) == ["applied"] * 4
    assert OperationNeed.objects.count() == 0
    told = final_words(phone)
    assert told == [(one["op_id"], "applied") for one in (held, first, second, third)]
    assert phone.agrees()
    versions = [
        Operation.objects.get(op_id=one["op_id"]).ver for one in (held, first, second, third)
    ]
    assert versions == sorted(set(versions), key=lambda version: version or 0)


def test_what_waits_for_a_refused_one_goes_on_waiting(phone: Phone) -> None:
    held = lay_op(1, fault="conflict")
    waiting = waiting_for(held, 2)
    phone.push(held, waiting)
    rule(case_of(held), "refuse", by=supervisor_of(phone))
    assert words(held, waiting) == ["rejected", "blocked"]


def test_what_replaces_a_refused_one_frees_what_waited_for_it(phone: Phone) -> None:
    refused = lay_op(1, weight=-1)
    waiting = waiting_for(refused, 2)
    phone.push(refused, waiting)
    again = lay_op(3, weight=-1, replaces=refused["op_id"])
    better = lay_op(4, replaces=again["op_id"])

    phone.push(again, better)

    assert words(refused, waiting, again, better) == [
        "rejected",
        "applied",
        "rejected",
        "applied",
    ]
    assert str(Operation.objects.get(op_id=better["op_id"]).replaces) == again["op_id"]
    assert laid() == 2


def test_what_the_time_box_leaves_runs_in_the_next_round(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where what it waits for was corrected more than once."""
    refused = lay_op(1, weight=-1)
    left = waiting_for(refused, 2)
    again = lay_op(3, weight=-1, replaces=refused["op_id"])
    better = lay_op(4, replaces=again["op_id"])
    with monkeypatch.context() as used_up:
        used_up.setattr("sync.services.waiting.monotonic", lambda: inf)
        phone.push(refused, left, again, better)
    assert words(better, left) == ["applied", "blocked"]
    assert run_overdue() == 1
    assert words(left) == ["applied"]


def test_a_later_operation_goes_on_by_what_replaced_its_need(phone: Phone) -> None:
    refused = lay_op(1, weight=-1)
    better = lay_op(2, replaces=refused["op_id"])
    results = phone.push(
        refused, better, waiting_for(refused, 3), polish_op(4, refused["entity_id"])
    )
    assert [result["result"] for result in results] == ["rejected", *["applied"] * 3]
    assert Conflict.objects.get(pk=better["entity_id"]).reason == "9"


def test_anothers_operation_replaces_nothing(phone: Phone, other: Phone) -> None:
    refused = lay_op(1, weight=-1)
    waiting = waiting_for(refused, 2)
    phone.push(refused, waiting)
    other.push(lay_op(1, replaces=refused["op_id"]))
    assert words(refused, waiting) == ["rejected", "blocked"]


def test_anothers_operation_runs_nothing_that_waits(
    phone: Phone, other: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger who names an operation as replaced does not reach those who wait for it."""
    refused = lay_op(1, weight=-1)
    phone.push(refused, waiting_for(refused, 2))
    run: list[UUID] = []

    def noted(operation_id: UUID, **said: Any) -> None:
        run.append(operation_id)

    monkeypatch.setattr("sync.services.waiting.run_blocked", noted)
    strangers = lay_op(1, replaces=refused["op_id"])
    other.push(strangers)
    assert (words(strangers), run) == (["applied"], [])
    phone.push(lay_op(3, replaces=refused["op_id"]))
    assert run == [Operation.objects.get(device=phone.device, seq=2).pk]


def test_a_replaced_id_that_is_none_is_a_bad_envelope(phone: Phone) -> None:
    answer = phone.send([lay_op(1, replaces="ours")])
    assert problem(answer) == (400, "invalid_envelope")
    assert Operation.objects.count() == 0


def test_an_operation_waits_for_all_of_its_needs(phone: Phone) -> None:
    one, two = lay_op(1, fault="conflict"), lay_op(2, fault="conflict")
    waiting = lay_op(3, depends_on=[one["op_id"], two["op_id"]])
    phone.push(one, two, waiting)
    by = supervisor_of(phone)

    rule(case_of(one), "apply", by=by)
    assert words(waiting) == ["blocked"]
    row = Operation.objects.get(op_id=waiting["op_id"])
    assert row.outcome["waits_for"] == [two["op_id"]]

    rule(case_of(two), "apply", by=by)
    assert words(waiting) == ["applied"]


def test_a_waiting_operation_may_be_refused_when_it_runs(phone: Phone) -> None:
    held = lay_op(1, fault="conflict")
    waiting = waiting_for(held, 2, weight=-1)
    phone.push(held, waiting)
    rule(case_of(held), "apply", by=supervisor_of(phone))
    assert words(waiting) == ["rejected"]
    assert final_words(phone)[-1] == (waiting["op_id"], "rejected")


def test_what_waits_on_another_phone_of_the_agent_runs_too(phone: Phone) -> None:
    twin = phone_of(DeviceFactory.create(agent=phone.device.agent))
    held = lay_op(1, fault="conflict")
    phone.push(held)
    waiting = waiting_for(held, 1)
    twin.push(waiting)
    rule(case_of(held), "apply", by=supervisor_of(phone))
    assert words(waiting) == ["applied"]


def test_what_the_database_could_not_run_is_found_by_the_next_round(
    phone: Phone, pebbles: Faults
) -> None:
    held = lay_op(1, fault="conflict")
    waiting = lay_op(2, depends_on=[held["op_id"]], fault="deadlock")
    pebbles.left = {"deadlock": 1}
    phone.push(held, waiting)
    rule(case_of(held), "apply", by=supervisor_of(phone))
    assert words(waiting) == ["blocked"]

    tasks.run_waiting()

    assert words(waiting) == ["applied"]
    assert run_overdue() == 0


def test_what_has_waited_for_thirty_days_is_given_up(phone: Phone) -> None:
    held = lay_op(1, fault="conflict")
    waiting, later = waiting_for(held, 2), lay_op(3)
    phone.push(held, waiting, later)
    received_at = Operation.objects.get(op_id=waiting["op_id"]).received_at

    assert give_up_waiting(now=received_at + timedelta(days=30)) == 0
    assert give_up_waiting(now=received_at + timedelta(days=30, seconds=1)) == 1
    assert give_up_waiting(now=received_at + timedelta(days=60)) == 0

    row = Operation.objects.get(op_id=waiting["op_id"])
    assert (row.result, row.code) == ("rejected", "dependency_refused")
    assert words(held, later) == ["conflict", "applied"]
    assert final_words(phone) == [(waiting["op_id"], "rejected")]
    rule(case_of(held), "apply", by=supervisor_of(phone))
    assert words(held, waiting) == ["applied", "rejected"]


def test_repeat_of_what_waited_is_not_given_up(phone: Phone) -> None:
    """It has the word of the first, which has run meanwhile."""
    held = lay_op(1, fault="conflict")
    waiting = waiting_for(held, 2)
    phone.push(held, waiting, waiting | {"seq": 3})
    rule(case_of(held), "apply", by=supervisor_of(phone))
    assert words(waiting) == ["applied"]

    assert give_up_waiting(now=clock.now() + timedelta(days=300)) == 0

    assert final_words(phone)[-1] == (waiting["op_id"], "applied")
    troubled = troubled_operations_visible_to(supervisor_of(phone))
    assert not troubled.filter(op_id=waiting["op_id"]).exists()


def test_what_is_parked_is_not_given_up(phone: Phone) -> None:
    phone.push(lay_op(1, fault="bug"))
    assert give_up_waiting(now=clock.now() + timedelta(days=300)) == 0
    assert Operation.objects.get().code == "parked"


def test_what_waits_for_a_fault_of_ours_is_not_given_up(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not through others either, nor where the parked one stands for a refused one."""
    parked, refused = lay_op(1, fault="bug"), lay_op(2, weight=-1)
    better = lay_op(3, fault="bug", replaces=refused["op_id"])
    first, corrected = waiting_for(parked, 4), waiting_for(refused, 5)
    through = waiting_for(first, 6)
    held = lay_op(7, fault="conflict")
    waiting = waiting_for(held, 8)
    phone.push(parked, refused, better, first, corrected, through, held, waiting)
    assert words(first, corrected, through, waiting) == ["blocked"] * 4

    assert give_up_waiting(now=clock.now() + timedelta(days=300)) == 1

    assert words(first, corrected, through, waiting) == [*["blocked"] * 3, "rejected"]
    mend(monkeypatch, "bug")
    assert replay_parked() == (2, 0)
    assert words(first, corrected, through) == ["applied"] * 3


def test_a_final_word_leaves_the_book_after_thirty_days(phone: Phone) -> None:
    held, young = lay_op(1, fault="conflict"), lay_op(2, fault="conflict")
    phone.push(held, young)
    by = supervisor_of(phone)
    for sent in (held, young):
        rule(case_of(sent), "refuse", by=by)
    phone.pull()
    BookEntry.objects.filter(entity_id=held["op_id"]).update(
        changed_at=clock.now() - timedelta(days=31)
    )

    tasks.close_old_waiting()

    (page,) = phone.pull()
    assert [(c["e"], c["id"], c["op"], c["reason"]) for c in page["changes"]] == [
        ("op_result", held["op_id"], "drop", "out_of_window")
    ]
    assert [row_id for entity, row_id in phone.rows if entity == "op_result"] == [young["op_id"]]
    assert phone.agrees()
    assert drop_old_results(now=clock.now()) == 0


def test_nobody_reads_anothers_final_words(phone: Phone, other: Phone) -> None:
    held = lay_op(1, fault="conflict")
    phone.push(held)
    rule(case_of(held), "refuse", by=supervisor_of(phone))
    with book.recording() as changes:
        changes.put(owner(other), "op_result", [UUID(held["op_id"]), new_id()])
    assert other.ask(None).json()["changes"] == []


def test_a_waiting_one_that_kills_its_process_is_parked_in_the_end(
    phone: Phone, pebbles: Faults
) -> None:
    pebbles.left = {"death": 99}
    held = lay_op(1, fault="conflict")
    poison = lay_op(2, fault="death", depends_on=[held["op_id"]])
    behind = waiting_for(held, 3)
    phone.push(held, poison, behind)
    with pytest.raises(SystemExit):
        rule(case_of(held), "apply", by=supervisor_of(phone))
    for _ in range(2):
        with pytest.raises(SystemExit):
            run_overdue()
    assert words(held, poison, behind) == ["applied", "blocked", "blocked"]

    run_overdue()

    assert words(poison, behind) == ["blocked", "applied"]
    assert (Operation.objects.get(seq=2).code, pebbles.left["death"]) == ("parked", 96)
    assert parked_count() == 1


def mend(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """A release without the bug."""
    monkeypatch.setitem(FAULTS, fault, lambda operation: None)


def test_what_was_parked_runs_after_the_fault_is_mended(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parked, other = lay_op(1, fault="bug"), lay_op(2, fault="constraint")
    waiting = waiting_for(parked, 3)
    phone.push(parked, other, waiting)
    phone.pull()

    mend(monkeypatch, "bug")
    call_command("replay_parked")

    assert capsys.readouterr().out == "1 run, 1 parked still\n"
    assert words(parked, other, waiting) == ["applied", "blocked", "applied"]
    assert Operation.objects.get(op_id=other["op_id"]).code == "parked"
    assert final_words(phone) == [(parked["op_id"], "applied"), (waiting["op_id"], "applied")]
    assert phone.agrees()
    (again,) = phone.push(parked)
    assert (again["result"], again["first"]["result"]) == ("duplicate", "applied")


def lose(phone: Phone, *, before: Body) -> None:
    """Somebody has had the phone since a second before it made this operation."""
    made_at = Operation.objects.get(op_id=before["op_id"]).adjusted_at
    order = Revocation(
        reason=RevokedReason.STOLEN,
        wipe=WipeOrder.DRAIN_THEN_WIPE,
        lost_at=made_at - timedelta(seconds=1),
    )
    revoke_device(phone.device.pk, order, agent_id=owner(phone), now=clock.now())


def test_what_waited_and_was_made_after_a_loss_is_a_case(phone: Phone) -> None:
    held = lay_op(1, fault="conflict")
    early, made_later = waiting_for(held, 2), "2026-11-19T09:15:00.000+07:00"
    late = lay_op(3, depends_on=[held["op_id"]], at=made_later)
    phone.push(held, early, late)
    lose(phone, before=late)

    rule(case_of(held), "apply", by=supervisor_of(phone))

    assert words(held, early, late) == ["applied", "applied", "conflict"]
    assert (case_of(late).kind, laid()) == ("device_lost", 2)
    rule(case_of(late), "apply", by=supervisor_of(phone))
    assert (words(late), laid()) == (["applied"], 3)


def test_what_was_parked_and_made_after_a_loss_is_a_case(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    parked = lay_op(1, fault="bug")
    phone.push(parked)
    lose(phone, before=parked)
    mend(monkeypatch, "bug")

    assert replay_parked() == (1, 0)

    assert (words(parked), laid()) == (["conflict"], 0)
    assert case_of(parked).kind == "device_lost"


def test_what_fails_again_stays_parked(phone: Phone, capsys: pytest.CaptureFixture[str]) -> None:
    phone.push(lay_op(1, fault="bug"))
    call_command("replay_parked")
    assert capsys.readouterr().out == "0 run, 1 parked still\n"
    assert (Operation.objects.get().code, laid(), final_words(phone)) == ("parked", 0, [])
