"""The judge of the phones' fault run finds what was lost, doubled, or stands in a wrong book."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from enrollment.models import Prospect
from faults.careless_sync import drop_unique, forget_what_came
from faults.inbox import Heard, SyncVerdict, judge_sync
from faults.phone import Phone, Reply, digest_of
from perisai.ids import new_id
from sync.services import book, inbox, push
from tests.factories.enrollment import MemberFactory, in_book
from tests.factories.perisai import AgentFactory, DeviceFactory
from tests.statements import run_sql
from tests.sync.phones import phone_of

pytestmark = pytest.mark.django_db


class Indoors(Phone):
    """The same phone on a line that never breaks."""

    client: Any = None

    def _exchange(self, method: str, path: str, body: Any) -> Reply:
        client = self.client
        answer = client.get(path) if method == "GET" else client.post(path, body)
        return Reply(status=answer.status_code, body=answer.json(), pause=0.0)


@pytest.fixture
def phone() -> Indoors:
    """One that captured and sent some of everything."""
    device = DeviceFactory.create(agent=AgentFactory.create())
    member = in_book(MemberFactory.create(agent=device.agent))
    found = Indoors(
        port=0,
        device_id=device.pk,
        agent_id=device.agent_id,
        token="",
        members=(member.pk,),
        random=Random(7),  # noqa: S311
        heard=Heard(is_over=lambda: False),
        bad_line=0.0,
    )
    found.client = phone_of(device).client
    found.work(30)
    return found


def verdict_on(phone: Indoors) -> SyncVerdict:
    return judge_sync([phone], phone.heard)


def test_a_phone_and_a_server_that_agree_are_clean(phone: Indoors) -> None:
    found = verdict_on(phone)
    assert (found.is_clean, found.is_caught) == (True, False)
    assert found.answered == len(phone.ops) >= 30
    assert {op["kind"] for op in phone.ops} == {
        *("prospect.record", "follow_up.attempt", "device.note")
    }


def _forget_one(phone: Indoors) -> None:
    """The phone was told of one that is not there."""
    sent = phone.ops[-1] | {"op_id": str(new_id()), "seq": len(phone.ops) + 1}
    phone.ops.append(sent)
    phone.words[sent["op_id"]] = "applied"


def _hear_another_word(phone: Indoors) -> None:
    phone.words[phone.ops[0]["op_id"]] = "rejected"


def _contradict(phone: Indoors) -> None:
    phone.heard.contradict(phone.ops[0]["op_id"])


def _repeat_effect(phone: Indoors) -> None:
    run_sql("SET CONSTRAINTS ALL IMMEDIATE")
    run_sql(
        "DO $$ DECLARE n text; BEGIN FOR n IN SELECT conname FROM pg_constraint WHERE contype = 'u'"
        " AND conrelid = 'enrollment_prospectcontact'::regclass LOOP EXECUTE"
        " format('ALTER TABLE enrollment_prospectcontact DROP CONSTRAINT %I', n); END LOOP; END $$"
    )
    run_sql(
        "INSERT INTO enrollment_prospectcontact (id, prospect_id, rev, fields, agent_id, op_id,"
        " outcome, contacted_at) SELECT gen_random_uuid(), prospect_id, rev, fields, agent_id,"
        " op_id, outcome, contacted_at FROM enrollment_prospectcontact LIMIT 1"
    )


def _show_anothers_row(phone: Indoors) -> None:
    other = MemberFactory.create(agent_id=phone.agent_id)
    with book.recording() as changes:
        changes.put(phone.agent_id, "member", [other.pk])


def _drop_own_row(phone: Indoors) -> None:
    own = Prospect.objects.filter(agent=phone.agent_id).values_list("pk", flat=True)[0]
    with book.recording() as changes:
        changes.drop(phone.agent_id, "prospect", [own], reason="erased")


FAULTS: list[tuple[str, Callable[[Indoors], None], set[str]]] = [
    ("forgotten", _forget_one, {"lost", "out_of_place"}),
    ("another word", _hear_another_word, {"lost"}),
    ("two words", _contradict, {"contradicted"}),
    ("effect twice", _repeat_effect, {"effects_twice"}),
    ("row of another", _show_anothers_row, {"foreign_rows"}),
    ("row missing", _drop_own_row, {"missing_rows"}),
]


@pytest.mark.parametrize(
    ("plant", "seen"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS]
)
def test_planted_faults_are_seen(
    phone: Indoors, plant: Callable[[Indoors], None], seen: set[str]
) -> None:
    plant(phone)
    found = verdict_on(phone)
    clean = replace(found, answered=0, parked=0)
    names = {name for name in SyncVerdict.__dataclass_fields__ if getattr(clean, name)}
    assert (names, found.is_clean) == (seen, False)


def test_the_control_without_guards_is_caught(
    phone: Indoors, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in (
        (push, "begin_push"),
        (inbox, "_insert_then_look"),
        (inbox, "_lock_outbox"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))  # put back at the end
    run_sql("SET CONSTRAINTS ALL IMMEDIATE")
    drop_unique()
    forget_what_came()
    phone.next_seq = 1
    phone.send_all()
    found = verdict_on(phone)
    assert (found.is_clean, found.is_caught) == (False, True)
    assert found.stored_twice >= 30


def test_a_digest_that_differs_is_seen() -> None:
    rows = {("prospect", str(new_id())): 3}
    assert digest_of({}) == "0" * 16
    assert digest_of(rows) != digest_of(dict.fromkeys(rows, 4))
