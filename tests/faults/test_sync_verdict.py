"""The judge of the phones' fault run finds what was lost, doubled, or stands in a wrong book."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from random import Random

import pytest
from django.db import transaction
from django.utils import timezone

from enrollment.models import Prospect
from faults.careless_sync import drop_unique, forget_what_came
from faults.field import make_field
from faults.forms import SPAN, TURN, form_of
from faults.handing import HandOvers
from faults.heard import Heard
from faults.inbox import SyncVerdict, judge_sync
from faults.line import Weather
from faults.shift import Shift
from faults.sync import SyncTrial, begin_shifts
from payments.models import ReservedCode
from perisai.ids import new_id
from sync.services import book, inbox, push
from sync.services.upload_checks import check_next
from tests.factories.enrollment import MemberFactory
from tests.factories.perisai import AgentFactory
from tests.statements import run_sql
from tests.sync.lines import InProcess

pytestmark = pytest.mark.django_db
CALM = Weather(bad_line=0.0, sent_again=0.0, twice_at_once=0.0)
GUSTY = Weather(bad_line=0.3, sent_again=0.3, twice_at_once=0.0)
TRIAL = SyncTrial(name="judge", first=60_000_000, operations=0, every=0.0, seed=7)
AT = "2026-11-18T09:12:00.000+07:00"
NO_PHOTO = dict.fromkeys(TURN, 1) | {"photograph": 0}


class Indoors(InProcess):
    """The server in this process; there is nothing to hang up."""

    def close(self) -> None:
        """Nothing."""


@dataclass(slots=True, kw_only=True)
class Crew:
    """Two agents of one branch at work, and the supervisor who moves their members."""

    shifts: list[Shift]
    moving: HandOvers

    def works(self, many: int) -> None:
        """Each captures so many, and everything is sent and proved."""
        for shift in self.shifts:
            shift.forms.capture(many)
            assert shift.settle()

    def verdict(self) -> SyncVerdict:
        """What the judge says."""
        return judge_sync(self.shifts, self.moving.given)

    @property
    def phone(self) -> Shift:
        """One of them."""
        return self.shifts[0]


def new_crew(weather: Weather = CALM) -> Crew:
    heard = Heard(is_over=lambda: False)
    crowd = make_field("judge", first=TRIAL.first, phones=2, members_each=2)
    moving = HandOvers(crowd.teams, Random(7), heard, every=0.0)  # noqa: S311
    shifts = begin_shifts(crowd.stations, TRIAL, heard, lambda _seconds: Indoors(), weather=weather)
    for shift in shifts:
        assert shift.settle()
        shift.forms.turn = NO_PHOTO
    return Crew(shifts=shifts, moving=moving)


@pytest.fixture
def crew() -> Crew:
    """One that captured and sent some of everything."""
    found = new_crew()
    found.works(30)
    return found


def test_a_day_with_everything_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bad lines, members who move while the phones do not know it, and photographs in pieces."""
    monkeypatch.setattr("faults.shift.LONGEST_PAUSE", 0)
    crew = new_crew(GUSTY)
    crew.works(10)
    for _ in range(4):
        crew.moving.move_some()
    for shift in crew.shifts:  # one person, two phones: the later form is held
        shift.phone.register(form_of(SPAN, given_at=AT), member_id=str(new_id()))
    crew.works(25)
    for shift in crew.shifts:
        shift.forms.turn = {"photograph": 1}
    crew.works(1)
    while check_next(now=timezone.now()):
        pass
    crew.works(0)
    found = crew.verdict()
    assert (found.is_clean, found.is_caught) == (True, False)
    assert (crew.moving.done, found.files_stored) == (4, 2)
    ops = [op for shift in crew.shifts for op in shift.phone.outbox.all_ops()]
    assert found.answered == len(ops) > 60
    assert {op.body["kind"] for op in ops} == {
        *("prospect.record", "follow_up.attempt", "device.note", "void"),
        *("member.register", "member.correct", "attachment.declare", "heir.set"),
        *("consent.record", "consent.withdraw", "member.close"),
    }
    words = Counter(word for shift in crew.shifts for word in shift.paper.words.values())
    assert words.keys() >= {"applied", "merged", "conflict"}
    assert any(shift.forms.slips for shift in crew.shifts)
    assert crew.phone.paper.heard.repeats["arrived again"] > 0


def _forget_one(crew: Crew) -> None:
    """The phone was told of one that is not there."""
    op_id = crew.phone.phone.capture("device.note", {"code": "other"})
    said = json.dumps({"result": "applied"})
    store = crew.phone.phone.store.db
    store.execute("UPDATE op SET is_open = 0, result = ? WHERE op_id = ?", (said, op_id))


def _hear_another_word(crew: Crew) -> None:
    crew.phone.paper.words[next(iter(crew.phone.paper.words))] = "rejected"


def _change_a_body(crew: Crew) -> None:
    crew.phone.phone.store.db.execute(
        "UPDATE op SET body = replace(body, 'uji', 'ujian') WHERE seq ="
        " (SELECT min(seq) FROM op WHERE body LIKE '%\"uji\"%')"
    )


def _contradict(crew: Crew) -> None:
    paper, op_id = crew.phone.paper, str(new_id())
    for word in ("blocked", "applied", "rejected"):
        assert not paper.heard.contradicted
        paper.note_results([{"op_id": op_id, "result": word}])
        paper.words[op_id] = word
    del paper.words[op_id]


def _repeat_effect(crew: Crew) -> None:
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


def _undo_effect(crew: Crew) -> None:
    run_sql("SET CONSTRAINTS ALL IMMEDIATE")
    run_sql("ALTER TABLE enrollment_prospectcontact DISABLE TRIGGER USER")
    run_sql(
        "DELETE FROM enrollment_prospectcontact WHERE id ="
        " (SELECT id FROM enrollment_prospectcontact ORDER BY id DESC LIMIT 1)"
    )


def _have_an_effect_unasked(crew: Crew) -> None:
    run_sql(
        "INSERT INTO enrollment_registration (op_id, agent_id, verdict, captured_at, soft_checks,"
        " bill_code) SELECT gen_random_uuid(), agent_id, 'held', captured_at, soft_checks, ''"
        " FROM enrollment_registration LIMIT 1"
    )


def _make_a_member(crew: Crew) -> None:
    member = MemberFactory.create(agent_id=crew.phone.station.agent_id)
    with book.recording() as changes:
        changes.put(crew.phone.station.agent_id, "member", [member.pk])
    assert crew.phone.settle()


def _show_anothers_row(crew: Crew) -> None:
    other = MemberFactory.create(agent=AgentFactory.create())
    with book.recording() as changes:
        changes.put(crew.phone.station.agent_id, "member", [other.pk])


def _show_it_once(crew: Crew) -> None:
    crew.phone.paper.shown.add(("member", str(new_id())))


def _drop_own_row(crew: Crew) -> None:
    agent_id = crew.phone.station.agent_id
    own = Prospect.objects.filter(agent=agent_id).values_list("pk", flat=True)[0]
    with book.recording() as changes:
        changes.drop(agent_id, "prospect", [own], reason="reassigned")
    assert crew.phone.settle()


def _keep_an_old_row(crew: Crew) -> None:
    crew.phone.phone.store.db.execute("UPDATE row SET ver = ver - 1 WHERE ver > 1")


def _believe_in_a_file(crew: Crew) -> None:
    crew.phone.phone.store.db.execute(
        "INSERT INTO file (id, op_id, size, state, content) VALUES ('x', 'y', 1, 'stored', x'00')"
    )


def _lose_a_consent(crew: Crew) -> None:
    run_sql("SET CONSTRAINTS ALL IMMEDIATE")
    run_sql("ALTER TABLE enrollment_consent DISABLE TRIGGER USER")
    run_sql(
        "DELETE FROM enrollment_consent WHERE id ="
        " (SELECT entity_id FROM sync_operation WHERE kind = 'consent.record' LIMIT 1)"
    )


def _give_a_code_away(crew: Crew) -> None:
    run_sql("SET CONSTRAINTS ALL IMMEDIATE")
    run_sql("ALTER TABLE payments_reservedcode DISABLE TRIGGER USER")
    codes = [code for shift in crew.shifts for code in shift.forms.slips]
    none = dict.fromkeys(("member", "bound_at", "wanted_months", "captured_at"))
    assert ReservedCode.objects.filter(pk__in=codes).update(**none)


FAULTS: list[tuple[str, Callable[[Crew], None], set[str]]] = [
    ("forgotten", _forget_one, {"lost", "out_of_place"}),
    ("another word", _hear_another_word, {"lost"}),
    ("another body", _change_a_body, {"lost"}),
    ("two words", _contradict, {"contradicted"}),
    ("effect twice", _repeat_effect, {"effects_twice"}),
    ("no effect", _undo_effect, {"effects_lost"}),
    ("effect unasked", _have_an_effect_unasked, {"effects_unasked"}),
    ("member unasked", _make_a_member, {"effects_unasked"}),
    ("row of another", _show_anothers_row, {"foreign_rows", "books_apart"}),
    ("shown once", _show_it_once, {"foreign_rows"}),
    ("row missing", _drop_own_row, {"missing_rows"}),
    ("old row", _keep_an_old_row, {"books_apart"}),
    ("file", _believe_in_a_file, {"files_apart"}),
    ("consent lost", _lose_a_consent, {"effects_lost"}),
    ("another's code", _give_a_code_away, {"codes_apart"}),
    ("silence", lambda crew: crew.phone.paper.heard.give_up("x"), {"unanswered"}),
    ("odd", lambda crew: crew.phone.paper.heard.report("x"), {"reported"}),
]


def test_planted_faults_are_seen(crew: Crew) -> None:
    assert crew.verdict().is_clean
    seen = {name: seen_after(crew, plant) for name, plant, _ in FAULTS}
    assert seen == {name: expected for name, _, expected in FAULTS}
    assert crew.verdict().is_clean


def seen_after(crew: Crew, plant: Callable[[Crew], None]) -> set[str]:
    """What the judge says of one fault, which is taken back afterwards."""
    kept, paper = crew.phone.phone.store.db.serialize(), crew.phone.paper
    words, shown = dict(paper.words), set(paper.shown)
    with transaction.atomic():
        plant(crew)
        found = crew.verdict()
        transaction.set_rollback(True)
    crew.phone.phone.store.db.deserialize(kept)
    paper.words, paper.shown = words, shown
    for shift in crew.shifts:
        shift.paper.heard = Heard(is_over=lambda: False)
    clean = replace(found, answered=0, parked=0, files_stored=0)
    assert not found.is_clean
    return {one.name for one in fields(SyncVerdict) if getattr(clean, one.name)}


def test_the_control_without_guards_is_caught(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (push, "begin_push"),
        (inbox, "_insert_then_look"),
        (inbox, "_lock_outbox"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))  # put back at the end
    run_sql("SET CONSTRAINTS ALL IMMEDIATE")
    drop_unique()
    forget_what_came()
    crew.phone.phone.store.db.execute("UPDATE op SET is_open = 1")
    assert crew.phone.settle()
    found = crew.verdict()
    assert (found.is_clean, found.is_caught) == (False, True)
    assert found.stored_twice >= 20
