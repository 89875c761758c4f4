"""The breach record: hours since detection, append-only, whose data left (R36)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from perisai.errors import BreachUnexplained, NotFound
from perisai.ids import new_id
from perisai.models import Breach, BreachNote, BreachNoteKind, DataClass, Role
from perisai.services.breaches import (
    BreachForm,
    note_on_breach,
    people_affected,
    record_breach,
)
from tests.factories.perisai import BreachFactory, RevealLogFactory, UserFactory
from tests.statements import run_sql

pytestmark = pytest.mark.django_db
DETECTED = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # 22:00 WIB, a Friday
NOW = DETECTED + timedelta(hours=5)


def form(**changes: Any) -> BreachForm:
    """What is known of a lost laptop."""
    said: dict[str, Any] = {
        "detected_at": DETECTED,
        "what": "Laptop kantor hilang dari mobil",
        "classes": (DataClass.IDENTITY,),
        "people_guessed": 40,
        "since": DETECTED - timedelta(hours=12),
        "until": DETECTED,
    }
    return BreachForm(**(said | changes))


def test_breach_clock() -> None:
    """R36: detected 20 November 22:00 WIB, told by 23 November 22:00 WIB."""
    breach = record_breach(form(), by=UserFactory.create(), now=NOW)
    assert breach.notify_by == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    kept = Breach.objects.get()
    assert (kept.what, kept.classes) == ("Laptop kantor hilang dari mobil", ["identity"])


def test_no_breach_has_another_clock() -> None:
    with pytest.raises(IntegrityError, match="breach_is_told_within_72_hours"):
        BreachFactory.create(notify_by=DETECTED + timedelta(hours=73))


@pytest.mark.parametrize(
    "change",
    [
        {"what": "hilang"},
        {"classes": ()},
        {"detected_at": NOW + timedelta(seconds=1)},
        {"since": DETECTED + timedelta(seconds=1)},
        {"suspect": "tidak-ada"},
    ],
)
def test_a_record_without_its_facts_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BreachUnexplained):
        record_breach(form(**change), by=UserFactory.create(), now=NOW)
    assert Breach.objects.count() == 0


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.FINANCE, Role.AUDITOR, Role.AGENT])
def test_breaches_are_a_national_matter(role: Role) -> None:
    breach = BreachFactory.create()
    by = UserFactory.create(role=role)
    with pytest.raises(NotFound):
        record_breach(form(), by=by, now=NOW)
    with pytest.raises(NotFound):
        note_on_breach(breach.pk, BreachNoteKind.MEASURE, "Akun ditutup", by=by, now=NOW)
    assert Breach.objects.visible_to(by).count() == (role == Role.AUDITOR)
    assert (Breach.objects.count(), BreachNote.objects.count()) == (1, 0)


def test_notes_are_added_and_nothing_is_changed() -> None:
    breach = record_breach(form(), by=UserFactory.create(), now=NOW)
    by = UserFactory.create()
    note_on_breach(breach.pk, BreachNoteKind.MEASURE, "Akun ditutup malam itu", by=by, now=NOW)
    with pytest.raises(BreachUnexplained):
        note_on_breach(breach.pk, BreachNoteKind.MEASURE, "ok", by=by, now=NOW)
    with pytest.raises(NotFound):
        note_on_breach(new_id(), BreachNoteKind.MEASURE, "Akun ditutup", by=by, now=NOW)
    assert [note.words for note in breach.notes.all()] == ["Akun ditutup malam itu"]
    for statement in (
        "UPDATE perisai_breach SET people_guessed = 0",
        "DELETE FROM perisai_breachnote",
        "UPDATE perisai_breachnote SET noted_at = now()",
        "DELETE FROM perisai_breach",
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            run_sql(statement)


def test_whose_data_left_is_read_from_the_reveal_log() -> None:
    suspect, member, other = UserFactory.create(), new_id(), new_id()
    inside, outside = DETECTED - timedelta(hours=1), DETECTED + timedelta(hours=1)
    for field in ("phone", "nik"):
        RevealLogFactory.create(actor=suspect, entity_id=member, field=field, revealed_at=inside)
    RevealLogFactory.create(actor=suspect, entity_id=other, revealed_at=outside)
    RevealLogFactory.create(entity_id=other, revealed_at=inside)  # somebody else's work
    by = UserFactory.create()

    alone = record_breach(form(suspect=suspect.username), by=by, now=NOW)
    (found,) = people_affected(alone, limit=10)
    assert (found.entity_id, list(found.fields), found.reveals) == (member, ["nik", "phone"], 2)

    anybody = record_breach(form(), by=by, now=NOW)
    assert [one.entity_id for one in people_affected(anybody, limit=10)] == [member, other]
    assert len(people_affected(anybody, limit=1)) == 1
