"""Drops are told for 180 days; a phone that was away for longer walks its book from nothing."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from perisai import clock
from sync import tasks
from sync.models import Acknowledgement, Book, BookEntry
from sync.services import book
from sync.services import page as pages
from sync.services.tombstones import forget_drops
from tests.sync.pebbles import KIND, drop, lay_many
from tests.sync.phones import Phone, new_ids, owner, problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pebbles")]

HALF_A_YEAR = timedelta(days=180)


def age(ids: list[UUID], days: timedelta) -> None:
    BookEntry.objects.filter(entity_id__in=ids).update(changed_at=clock.now() - days)


def floor(phone: Phone) -> int:
    return Book.objects.get(agent=owner(phone)).floor


def test_old_drops_are_forgotten_and_the_floor_rises_to_the_newest_of_them(
    phone: Phone, other: Phone
) -> None:
    first, second, young, kept = new_ids(4)
    lay_many(owner(phone), [first, second, young, kept])
    lay_many(owner(other), new_ids(1))
    for one in (first, second, young):
        drop(owner(phone), [one])
    age([first, second, kept], HALF_A_YEAR + timedelta(seconds=1))
    age([young], HALF_A_YEAR - timedelta(minutes=1))

    tasks.forget_old_drops()

    left = BookEntry.objects.filter(book__agent=owner(phone)).values_list("entity_id", flat=True)
    assert set(left) == {young, kept}
    assert (floor(phone), floor(other)) == (3, 0)
    assert forget_drops(now=clock.now()) == 0


def test_when_phones_gave_rows_up_is_forgotten_with_the_drops(phone: Phone) -> None:
    now = clock.now()
    for version, age_of in ((1, timedelta(seconds=1)), (2, timedelta(0))):
        Acknowledgement.objects.create(
            device=phone.device, epoch="k", version=version, at=now - HALF_A_YEAR - age_of
        )
    forget_drops(now=now)
    assert Acknowledgement.objects.get().version == 2


def test_a_phone_below_the_floor_walks_and_holds_what_the_book_holds(phone: Phone) -> None:
    gone, kept = new_ids(2)
    lay_many(owner(phone), [gone, kept])
    phone.pull()
    drop(owner(phone), [gone])
    age([gone], HALF_A_YEAR + timedelta(seconds=1))
    forget_drops(now=clock.now())

    assert problem(phone.ask(phone.cursor)) == (410, "cursor_expired")
    phone.cursor = None
    phone.pull()

    assert phone.agrees()
    assert set(phone.rows) == {(KIND, str(kept))}


def test_a_phone_that_heard_of_the_drop_goes_on(phone: Phone) -> None:
    gone, kept = new_ids(2)
    lay_many(owner(phone), [gone, kept])
    drop(owner(phone), [gone])
    phone.pull()
    age([gone], HALF_A_YEAR + timedelta(seconds=1))
    forget_drops(now=clock.now())
    phone.pull()
    assert phone.agrees()


def test_a_cursor_amid_the_newest_forgotten_version_is_expired(phone: Phone) -> None:
    """It may have heard of the first of the rows dropped together, and not of the last."""
    ids = new_ids(40)
    lay_many(owner(phone), ids)
    phone.pull()
    drop(owner(phone), ids)
    page = phone.ask(phone.cursor, max_bytes=pages.MIN_BYTES).json()
    assert page["more"]
    age(ids, HALF_A_YEAR + timedelta(seconds=1))
    forget_drops(now=clock.now())
    assert problem(phone.ask(page["cursor"])) == (410, "cursor_expired")


def test_drops_forgotten_while_a_page_is_made_are_not_passed_over(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, kept = new_ids(2)
    lay_many(owner(phone), [gone, kept])
    phone.pull()
    drop(owner(phone), [gone])
    age([gone], HALF_A_YEAR + timedelta(seconds=1))

    def entries_after(book_id: UUID, **asked: Any) -> pages.Entries:
        forget_drops(now=clock.now())  # a nightly round ends just then
        return pages.entries_after(book_id, **asked)

    monkeypatch.setattr("sync.services.pull.entries_after", entries_after)
    assert problem(phone.ask(phone.cursor)) == (410, "cursor_expired")


def test_a_walk_tells_who_was_erased_before_it_by_ids_alone(phone: Phone) -> None:
    gone, kept = new_ids(2)
    lay_many(owner(phone), [gone, kept])
    with book.recording() as changes:
        changes.drop(owner(phone), KIND, [gone], reason="erased")
    (page,) = phone.pull()
    told = {"e": KIND, "id": str(gone), "ver": 2, "op": "drop", "reason": "erased"}
    assert (page["full"], page["counts"], page["changes"][1:]) == (True, {KIND: 1}, [told])
    assert phone.agrees()
