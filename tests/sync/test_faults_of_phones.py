"""Lines that break, clocks that jump, phones that change hands, a server that was restored."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from time_machine import travel

from perisai.ids import new_id
from perisai.models import Device, DeviceState
from sync.models import Book, Operation, Outbox
from sync.services.epoch import new_epoch
from tests.factories.perisai import AgentFactory, DeviceFactory
from tests.sync.pebbles import Faults, laid, lay_op, polish_op
from tests.sync.phones import Body, Phone, new_phone, owner, phone_of, problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pebbles")]


def words(results: list[Body]) -> list[str]:
    return [result["result"] for result in results]


def last_seq(phone: Phone) -> int:
    return Outbox.objects.get(device=phone.device).last_seq


def sizes(body: bytes) -> dict[str, int]:
    return {"nothing": 0, "one byte": 1, "half": len(body) // 2, "all but one": len(body) - 1}


@pytest.mark.parametrize("cut", ["nothing", "one byte", "half", "all but one"])
def test_f3_cut_after_k_bytes(phone: Phone, cut: str) -> None:
    """Of what was sent: nothing happens. Of the answer: the same again, and nothing twice."""
    ops = [lay_op(seq) for seq in range(1, 4)]
    body = json.dumps({"first_seq": 1, "ops": ops}).encode()

    answer = phone.post(body[: sizes(body)[cut]])
    assert problem(answer) == (400, "invalid_envelope")
    assert (laid(), Operation.objects.count()) == (0, 0)

    whole = phone.post(body)
    heard = whole.content[: sizes(whole.content)[cut]]
    with pytest.raises(ValueError, match=r"."):
        json.loads(heard)  # so the phone knows nothing of it, and sends again
    results = phone.push(*ops)

    assert words(results) == ["duplicate"] * 3
    assert [one["first"] for one in results] == [
        {name: value for name, value in said.items() if name not in {"seq", "op_id"}}
        for said in whole.json()["results"]
    ]
    assert (laid(), last_seq(phone)) == (3, 3)
    phone.pull()
    assert phone.agrees()


@pytest.mark.parametrize("stop", ["time box", "database away"])
def test_f13_partial_push_never_says_done(
    phone: Phone, pebbles: Faults, monkeypatch: pytest.MonkeyPatch, stop: str
) -> None:
    batch = [lay_op(seq) for seq in range(1, 6)]
    if stop == "time box":
        instants = iter([0.0, 1.0, 2.0, 9.0])
        monkeypatch.setattr("sync.services.push.monotonic", lambda: next(instants))
    else:
        pebbles.left = {"deadlock": 2}
        batch[2]["data"]["fault"] = "deadlock"

    answer = phone.send(batch).json()

    assert (answer["complete"], answer["ack_seq"], answer["next_seq"]) == (False, 2, 3)
    final = [one["seq"] for one in answer["results"] if one["result"] != "retry"]
    assert (max(final), laid(), last_seq(phone)) == (2, 2, 2)

    monkeypatch.undo()  # takes the pebbles' kinds as well
    rest = Operation.objects.filter(device=phone.device).count()
    assert rest == answer["ack_seq"]


def test_f13_a_phone_that_goes_on_from_next_seq_gets_through(phone: Phone, pebbles: Faults) -> None:
    pebbles.left = {"deadlock": 6}
    batch = [lay_op(seq, fault="deadlock" if seq % 2 else "") for seq in range(1, 7)]
    waiting, said_done = list(batch), []
    while waiting:
        answer = phone.send(waiting).json()
        waiting = [one for one in batch if one["seq"] >= answer["next_seq"]]
        said_done.append(answer["complete"])
    assert said_done == [False, False, False, True]
    assert (laid(), last_seq(phone)) == (6, 6)


def test_f25_restore_from_backup(phone: Phone, other: Phone) -> None:
    """A backup of yesterday: phones hear of the new history, walk, and send again what was lost."""
    kept = [lay_op(1), lay_op(2)]
    phone.push(*kept)
    phone.pull()
    backup = transaction.savepoint()
    lost = [lay_op(3), polish_op(4, kept[0]["entity_id"]), lay_op(5)]
    phone.push(*lost)
    phone.pull()
    of_other = lay_op(1)
    other.push(of_other)
    transaction.savepoint_rollback(backup)
    new_epoch()

    unsent = lay_op(6)
    assert problem(phone.ask(phone.cursor)) == (409, "epoch_changed")
    gap = phone.send([unsent])
    assert (problem(gap), gap.json()["expected_seq"]) == ((409, "sequence_gap"), 3)
    assert words(phone.push(*lost, unsent)) == ["applied"] * 4
    phone.cursor = None
    phone.pull()

    assert phone.agrees()
    assert (laid(), last_seq(phone), len(phone.rows)) == (5, 6, 5)
    assert words(phone.push(*kept, *lost, unsent)) == ["duplicate"] * 6
    assert (laid(other.device.agent_id), laid(phone.device.agent_id)) == (0, 5)
    assert words(other.push(of_other)) == ["applied"]


def test_f31_user_switch_keeps_unsent(phone: Phone) -> None:
    """Two agents take turns with one handset: each has an outbox and a book of her own."""
    handset = phone.device.installation_id
    guest = phone_of(DeviceFactory.create(agent=AgentFactory.create(), installation_id=handset))
    sent, unsent = lay_op(1), lay_op(2)
    phone.push(sent)
    phone.pull()

    assert words(guest.push(lay_op(1))) == ["applied"]
    guest.pull()
    assert {row_id for _, row_id in guest.rows} & {row_id for _, row_id in phone.rows} == set()
    assert problem(guest.ask(phone.cursor)) == (400, "cursor_invalid")

    assert words(phone.push(unsent)) == ["applied"]
    phone.pull()
    assert (last_seq(phone), last_seq(guest)) == (2, 1)
    assert {row_id for _, row_id in phone.rows} == {sent["entity_id"], unsent["entity_id"]}
    assert phone.agrees()


def test_a_new_installation_learns_lost_answers_and_starts_from_one(phone: Phone) -> None:
    """Reinstalled: what the old storage sent and never heard of is known by its op_id."""
    first, second = lay_op(1), lay_op(2)
    phone.push(first, second)
    again = phone_of(DeviceFactory.create(agent=phone.device.agent, installation_id=new_id()))
    results = again.push(second | {"seq": 1}, lay_op(2))
    assert words(results) == ["duplicate", "applied"]
    again.pull()
    assert (again.agrees(), len(again.rows), laid()) == (True, 3, 3)
    assert Device.objects.get(pk=phone.device.pk).state == DeviceState.ACTIVE


def test_two_phones_of_one_agent_share_a_book(phone: Phone) -> None:
    twin = phone_of(DeviceFactory.create(agent=phone.device.agent))
    first = lay_op(1)
    phone.push(first)
    assert words(twin.push(polish_op(1, first["entity_id"]), lay_op(2))) == ["applied"] * 2
    for one in (phone, twin):
        one.pull()
        assert one.agrees()
    assert (phone.rows, last_seq(phone), last_seq(twin)) == (twin.rows, 1, 2)


def test_what_was_captured_before_the_lease_ended_is_taken_after_a_login() -> None:
    """Twenty days without contact: the app has locked itself, and its outbox is whole."""
    day = datetime.fromisoformat("2026-11-20T12:00:00+07:00")
    with travel(day, tick=False):
        phone = new_phone()
        phone.push(lay_op(1, at=at(day)))
    with travel(day + timedelta(days=20), tick=False):
        locked = Device.objects.get(pk=phone.device.pk)
        unsent = lay_op(2, at=at(day + timedelta(days=1)))
        assert problem(phone.send([unsent])) == (401, "token_expired")
        assert locked.lease_until < day + timedelta(days=20)

        phone.client = phone_of(phone.device).client
        answer = phone.send([unsent]).json()

    assert words(answer["results"]) == ["applied"]
    assert (answer["ack_seq"], laid()) == (2, 2)
    assert datetime.fromisoformat(answer["lease_until"]) == day + timedelta(days=34)


def at(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds")


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(hours=-2), timedelta(days=400)])
def test_f33_server_clock_jumps(phone: Phone, jump: timedelta) -> None:
    """Nothing is lost or refused, nothing is made after its receipt, the phone agrees."""
    noon = datetime.fromisoformat("2026-11-20T12:00:00+07:00")
    batch: list[Any] = [lay_op(seq, at=at(noon)) for seq in range(1, 5)]
    with travel(noon, tick=False):
        phone.client = phone_of(phone.device).client
        assert words(phone.push(batch[0], batch[1])) == ["applied"] * 2
        phone.pull()
    with travel(noon + jump, tick=False):
        phone.client = phone_of(phone.device).client
        assert words(phone.push(*batch)) == ["duplicate", "duplicate", "applied", "applied"]
        phone.pull()
    with travel(noon + timedelta(minutes=1), tick=False):
        phone.client = phone_of(phone.device).client
        assert words(phone.push(lay_op(5, at=at(noon)))) == ["applied"]
        phone.pull()

    assert (laid(), last_seq(phone), Book.objects.get(agent=owner(phone)).version) == (5, 5, 5)
    assert phone.agrees()
    stored = Operation.objects.order_by("seq").values_list("adjusted_at", "received_at")
    assert all(adjusted <= received for adjusted, received in stored)
