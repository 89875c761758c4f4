"""Cursors: signed, of one book and one history, safe whatever comes."""

from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.core.signing import Signer

from sync.models import Book
from sync.services.cursor import Cursor, opened, signed
from sync.services.epoch import new_epoch
from tests.sync.pebbles import drop, lay_many, lay_op
from tests.sync.phones import Phone, new_ids, owner, problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pebbles")]


def test_f19_cursor_of_another_agent(phone: Phone, other: Phone) -> None:
    other.pull()
    lay_many(owner(other), new_ids(1))
    assert problem(phone.ask(other.cursor)) == (400, "cursor_invalid")


@pytest.mark.parametrize(
    "forge",
    [
        lambda text: text[:-1] + ("A" if text[-1] != "A" else "B"),
        lambda text: "A" + text[1:],
        lambda text: text.split(".")[0],
        lambda text: "eyJiIjoi",
        lambda text: "é.é",
        lambda text: Signer(salt="another purpose", sep=".").sign(text.split(".")[0]),
        lambda text: Signer(salt="perisai.sync.cursor", sep=".").sign("e30"),
        lambda text: Signer(salt="perisai.sync.cursor", sep=".").sign("%%%"),
    ],
)
def test_p10_cursors_are_safe(phone: Phone, forge: Any) -> None:
    phone.pull()
    assert phone.cursor is not None
    assert problem(phone.ask(forge(phone.cursor))) == (400, "cursor_invalid")


def moved(phone: Phone, **changes: Any) -> str:
    assert phone.cursor is not None
    there = opened(phone.cursor)
    fields = {name: getattr(there, name) for name in Cursor.__dataclass_fields__}
    return signed(Cursor(**(fields | changes)))


def test_p10_a_cursor_of_another_history_or_of_the_future_is_epoch_changed(phone: Phone) -> None:
    lay_many(owner(phone), new_ids(1))
    phone.pull()
    assert problem(phone.ask(moved(phone, version=2))) == (409, "epoch_changed")
    new_epoch()
    assert problem(phone.ask(phone.cursor)) == (409, "epoch_changed")
    phone.cursor = None
    phone.pull()
    assert phone.agrees()


def test_p10_a_cursor_before_the_floor_is_expired(phone: Phone) -> None:
    phone.pull()
    lay_many(owner(phone), new_ids(1))
    lay_many(owner(phone), new_ids(1))
    Book.objects.filter(agent=owner(phone)).update(floor=1)
    assert problem(phone.ask(phone.cursor)) == (410, "cursor_expired")
    assert problem(phone.ask(moved(phone, version=2, began_at=0))) == (410, "cursor_expired")
    assert phone.ask(moved(phone, version=1)).status_code == 200


def test_p10_an_old_cursor_brings_the_right_rows(phone: Phone) -> None:
    """From wherever a phone once stood, in the midst of a walk too, to what the book holds."""
    rows = new_ids(64)
    lay_many(owner(phone), rows[:60], text="x" * 400)
    stood: list[tuple[str | None, dict[Any, Any], set[Any]]] = []

    def stand() -> None:
        stood.append((phone.cursor, dict(phone.rows), set(phone.given)))

    phone.apply(phone.ask(None, max_bytes=16_384).json())
    assert 0 < len(phone.rows) < 60
    stand()
    drop(owner(phone), rows[:3])
    phone.pull()
    stand()
    lay_many(owner(phone), rows[60:])
    phone.pull()
    stand()
    drop(owner(phone), [*rows[3:6], rows[60]])

    for cursor, held, given in stood:
        phone.cursor, phone.rows, phone.given = cursor, dict(held), set(given)
        phone.pull(max_bytes=16_384)
        assert {UUID(row_id) for _, row_id in phone.rows} == {*rows[6:60], *rows[61:]}
        assert phone.agrees()


def test_an_app_that_reads_no_served_schema_may_still_send(phone: Phone) -> None:
    phone.pull()
    assert problem(phone.ask(moved(phone, schema=99))) == (422, "client_too_old")
    phone.reads_schema("0")
    assert problem(phone.ask(None)) == (422, "client_too_old")
    assert phone.ask(None).json()["min"] == settings.APP_MIN_PULL
    assert phone.push(lay_op(1))[0]["result"] == "applied"
    phone.reads_schema("7")
    assert phone.ask(None).status_code == 200
