"""R38: what was captured long before it arrived counts, and a person looks at it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pytest_django import Settings
from time_machine import travel

from sync.models import BookEntry, CaseState, Conflict, Operation
from tests.sync.offices import case_of, held, rule, supervisor_of
from tests.sync.pebbles import KIND, hand, laid, lay_many, lay_op, polish_op
from tests.sync.phones import Phone, new_ids, op, owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pebbles")]

RECEIVED = datetime(2026, 12, 20, 3, tzinfo=UTC)
ON_TIME = timedelta(days=30)
LATE = ON_TIME + timedelta(milliseconds=1)


def before(age: timedelta) -> str:
    """The instant of a phone, so long before receipt."""
    return (RECEIVED - age).isoformat(timespec="milliseconds")


def late_cases() -> list[tuple[str, UUID]]:
    """The open ones: entity and id of their records."""
    found = Conflict.objects.filter(kind="late_capture", state=CaseState.OPEN)
    return list(found.values_list("entity", "entity_id"))


@pytest.fixture(autouse=True)
def receipt(settings: Settings) -> Iterator[None]:
    """Everything here arrives at one instant, judged by the rule's own term."""
    settings.SYNC_LATE_DAYS = 30
    with travel(RECEIVED, tick=False):
        yield


def test_r38_captured_over_thirty_days_ago_is_applied_with_a_case(phone: Phone) -> None:
    sent = lay_op(1, at=before(LATE))

    (result,) = phone.push(sent)

    assert (result["result"], laid()) == ("applied", 1)
    case = case_of(sent)
    assert (case.kind, case.state, case.entity, str(case.entity_id), case.agent_id) == (
        *("late_capture", CaseState.OPEN, KIND),
        *(sent["entity_id"], owner(phone)),
    )
    phone.pull()
    assert phone.agrees()


@pytest.mark.parametrize("age", [ON_TIME, timedelta(0), timedelta(days=-40)])
def test_r38_in_time_or_in_the_future_is_no_late_capture(phone: Phone, age: timedelta) -> None:
    phone.push(lay_op(1, at=before(age)))
    assert (laid(), late_cases()) == (1, [])
    assert Operation.objects.get().adjusted_at == min(RECEIVED, RECEIVED - age)


def test_a_late_change_shows_on_the_record_that_it_is_about(phone: Phone) -> None:
    (pebble,) = new_ids(1)
    lay_many(owner(phone), [pebble])
    sent = polish_op(1, pebble, at=before(LATE))
    assert phone.push(sent)[0]["result"] == "applied"
    assert late_cases() == [(KIND, pebble)]
    assert BookEntry.objects.get(entity_id=pebble).version == 2


def test_late_work_on_a_record_that_moved_is_looked_at_there(phone: Phone, other: Phone) -> None:
    (pebble,) = new_ids(1)
    lay_many(owner(phone), [pebble])
    hand(owner(phone), owner(other), [pebble])
    (result,) = phone.push(polish_op(1, pebble, at=before(LATE)))
    assert result["result"] == "redirected"
    assert late_cases() == [(KIND, pebble)]


def test_a_note_and_what_had_no_effect_open_no_late_capture(phone: Phone) -> None:
    (pebble,) = new_ids(1)
    sent = [
        op(1, at=before(LATE)),
        lay_op(2, weight=-1, at=before(LATE)),
        polish_op(3, pebble, at=before(LATE)),
    ]
    words = [result["result"] for result in phone.push(*sent)]
    assert words == ["applied", "rejected", "rejected"]
    assert Conflict.objects.count() == 0


def test_sent_again_it_opens_no_second_case(phone: Phone) -> None:
    sent = lay_op(1, at=before(LATE))
    phone.push(sent)
    assert phone.push(sent)[0]["result"] == "duplicate"
    assert len(late_cases()) == 1


def test_who_decided_on_a_held_one_has_looked_at_it(phone: Phone) -> None:
    sent = held(phone, at=before(LATE))
    rule(case_of(sent), "apply", by=supervisor_of(phone))
    assert (laid(), late_cases()) == (1, [])


def test_the_term_is_a_setting(phone: Phone, settings: Settings) -> None:
    settings.SYNC_LATE_DAYS = 31
    phone.push(lay_op(1, at=before(LATE)))
    assert (laid(), late_cases()) == (1, [])


def test_a_supervisor_marks_it_as_seen(phone: Phone) -> None:
    sent = lay_op(1, at=before(LATE))
    phone.push(sent)
    rule(case_of(sent), "apply", by=supervisor_of(phone))
    assert (late_cases(), laid(), Operation.objects.get().result) == ([], 1, "applied")
