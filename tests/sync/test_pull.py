"""Pages of a book: exact, in order, resumable, and nobody else's."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from time_machine import travel

from perisai import clock
from perisai.models import DeviceToken
from perisai.services.tokens import issue_device_token
from sync import registry
from sync.models import Book, BookEntry, Outbox
from sync.services import book
from sync.services.cursor import Cursor, signed
from sync.services.page import ask_sum
from sync.services.pull import tag_of
from sync.services.standing import standing_of, token_with_standing
from tests.factories.perisai import DeviceFactory
from tests.sync.pebbles import KIND, drop, lay_many, lay_op, polish_op
from tests.sync.phones import Phone, new_ids, owner, phone_of, statements

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pebbles")]


def test_a_walk_gives_the_whole_book_with_its_proof(phone: Phone) -> None:
    pebble = lay_op(1, weight=3)
    phone.push(pebble)
    answer = phone.ask(None)
    page = answer.json()

    standing = Book.objects.get(agent=owner(phone))
    assert page["changes"] == [
        {"e": KIND, "id": pebble["entity_id"], "ver": 1, "op": "put", "row": {"weight": "3"}}
    ]
    assert (page["book"], page["full"], page["more"]) == (str(standing.pk), True, False)
    assert (page["book_version"], page["counts"]) == (1, {KIND: 1})
    assert answer.headers["ETag"] == f'"{page["epoch"]}-1-1"'
    phone.pull()
    assert phone.agrees()


def test_an_empty_book_is_a_page(phone: Phone) -> None:
    page = phone.ask(None).json()
    assert (page["changes"], page["counts"], page["digest"]) == ([], {}, "0" * 16)
    assert page["more"] is False


def test_a_delta_tells_puts_and_drops_in_the_order_of_versions(phone: Phone) -> None:
    first, second, third = new_ids(3)
    lay_many(owner(phone), [first, second])
    phone.pull()
    lay_many(owner(phone), [third])
    drop(owner(phone), [first])

    (page,) = phone.pull()
    assert page["full"] is False
    assert [(c["id"], c["ver"], c["op"]) for c in page["changes"]] == [
        (str(third), 2, "put"),
        (str(first), 3, "drop"),
    ]
    assert page["changes"][1] == {
        "e": KIND,
        "id": str(first),
        "ver": 3,
        "op": "drop",
        "reason": "closed",
    }
    assert phone.agrees()
    assert len(phone.rows) == 2


def test_a_merged_row_names_the_row_it_went_into(phone: Phone) -> None:
    first, second = new_ids(2)
    lay_many(owner(phone), [first, second])
    phone.pull()
    with book.recording() as changes:
        changes.drop(owner(phone), KIND, [first], reason="merged", into_id=second)
    (page,) = phone.pull()
    assert page["changes"][0]["into"] == str(second)


def test_a_walk_tells_nothing_of_what_was_dropped_before_it(phone: Phone) -> None:
    gone, kept = new_ids(2)
    lay_many(owner(phone), [gone, kept])
    drop(owner(phone), [gone])
    (page,) = phone.pull()
    assert [change["id"] for change in page["changes"]] == [str(kept)]
    assert phone.agrees()


def test_a_walk_tells_what_is_dropped_while_it_goes_on(phone: Phone) -> None:
    rows = new_ids(60)
    lay_many(owner(phone), rows, text="x" * 400)
    page = phone.ask(None, max_bytes=16384).json()
    assert page["more"] is True
    assert not {"book_version", "counts", "digest"} & set(page)
    phone.apply(page)
    given = UUID(page["changes"][0]["id"])
    drop(owner(phone), [given])

    phone.pull(max_bytes=16384)
    assert (KIND, str(given)) not in phone.rows
    assert len(phone.rows) == 59


@pytest.mark.parametrize("max_bytes", [16_384, 20_000, 65_536])
def test_p11_pages_equal_the_whole(phone: Phone, max_bytes: int) -> None:
    rows = new_ids(120)
    for start in range(0, 120, 10):
        lay_many(owner(phone), rows[start : start + 10], text="é" * 200)
    drop(owner(phone), rows[5:15])
    twin = phone_of(DeviceFactory.create(agent=phone.device.agent))

    pages = phone.pull(max_bytes=max_bytes)
    (whole,) = twin.pull(max_bytes=1024 * 1024)

    assert [c for page in pages for c in page["changes"]] == whole["changes"]
    assert len(pages) > 1
    assert all(page["full"] for page in pages)
    assert phone.rows == twin.rows
    assert (phone.agrees(), twin.agrees()) == (True, True)


def test_p11_walk_and_delta_equal_a_later_walk(phone: Phone) -> None:
    rows = new_ids(8)
    lay_many(owner(phone), rows[:6])
    phone.pull()
    lay_many(owner(phone), rows[6:])
    drop(owner(phone), rows[:2])
    phone.pull()

    twin = phone_of(DeviceFactory.create(agent=phone.device.agent))
    twin.pull()
    assert phone.rows == twin.rows
    assert phone.last["digest"] == twin.last["digest"]


@pytest.mark.parametrize("max_bytes", [1, 16_384])
def test_a_page_keeps_to_its_size_and_has_at_least_one_change(phone: Phone, max_bytes: int) -> None:
    lay_many(owner(phone), new_ids(40), text="x" * 500)
    answer = phone.ask(None, max_bytes=max_bytes)
    assert len(answer.content) <= 16_384
    assert len(answer.json()["changes"]) == 19


def test_a_row_larger_than_the_page_travels_alone(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = new_ids(2)
    lay_many(owner(phone), rows)
    large = {row: {"text": "x" * 20_000} for row in rows}
    monkeypatch.setitem(
        registry._rows, KIND, lambda agent_id, ids: lambda: {i: large[i] for i in ids}
    )
    pages = phone.pull(max_bytes=16_384)
    assert [len(page["changes"]) for page in pages] == [1, 1]


def test_other_apps_add_their_keys(phone: Phone) -> None:
    lay_many(owner(phone), new_ids(1))
    registry.adds(KIND, "owner")(
        lambda agent_id, ids: lambda: [(i, {"owner": str(agent_id)}) for i in ids]
    )
    (page,) = phone.pull()
    assert page["changes"][0]["row"] == {"weight": "1", "owner": str(owner(phone))}


def test_p6_another_agents_rows_are_on_no_page(phone: Phone, other: Phone) -> None:
    lay_many(owner(other), new_ids(3))
    lay_many(owner(phone), new_ids(1))
    phone.pull()
    assert len(phone.rows) == 1
    assert phone.last["counts"] == {KIND: 1}


def unchanged(phone: Phone) -> Any:
    return phone.ask(phone.cursor, headers={"If-None-Match": phone.tag})


def test_nothing_new_is_a_304_without_body(phone: Phone) -> None:
    lay_many(owner(phone), new_ids(1))
    phone.pull()
    answer = unchanged(phone)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["ETag"] == phone.tag
    assert "Content-Type" not in answer.headers


def test_a_304_fits_three_hundred_bytes(phone: Phone) -> None:
    lay_many(owner(phone), new_ids(1))
    phone.pull()
    answer = unchanged(phone)
    lines = ["HTTP/1.1 304 Not Modified", *(f"{n}: {v}" for n, v in answer.headers.items())]
    by_the_server = len("Server: gunicorn\r\nConnection: keep-alive\r\nDate: ") + 31
    assert sum(len(line) + 2 for line in lines) + by_the_server <= 300
    assert set(answer.headers) == {"ETag", "X-Request-Id", "X-Server-Time", "Cache-Control"}


def test_304_only_when_tag_and_cursor_are_at_the_books_version(phone: Phone) -> None:
    lay_many(owner(phone), new_ids(1))
    phone.pull()
    old_cursor, old_tag = phone.cursor, phone.tag
    assert phone.ask(None, headers={"If-None-Match": phone.tag}).status_code == 200
    lay_many(owner(phone), new_ids(1))
    phone.pull()
    assert phone.ask(old_cursor, headers={"If-None-Match": phone.tag}).status_code == 200
    assert phone.ask(phone.cursor, headers={"If-None-Match": old_tag}).status_code == 200
    assert unchanged(phone).status_code == 304
    weak = {"If-None-Match": f"W/{phone.tag}"}
    assert phone.ask(phone.cursor, headers=weak).status_code == 304


@pytest.mark.parametrize("rows", [1, 10_000])
def test_f32_empty_pull_costs_constant(phone: Phone, rows: int) -> None:
    phone.pull()
    with book.recording() as changes:
        changes.put(owner(phone), KIND, new_ids(rows))
    there = standing_of(phone.device)
    end = Cursor(book_id=there.book_id, epoch=there.epoch, version=there.version, schema=1)
    phone.cursor, phone.tag = signed(end), tag_of(there.epoch, there.version, 1)
    with CaptureQueriesContext(connection) as caught:
        assert unchanged(phone).status_code == 304
    (found,) = statements(caught)
    assert found.startswith("SELECT")


@pytest.mark.parametrize(("rows", "max_bytes"), [(1, 16_384), (100, 262_144), (300, 1_048_576)])
def test_a_delta_page_costs_the_same_whatever_its_size(
    phone: Phone, rows: int, max_bytes: int
) -> None:
    phone.pull()
    lay_many(owner(phone), new_ids(rows))
    with CaptureQueriesContext(connection) as caught:
        page = phone.ask(phone.cursor, max_bytes=max_bytes).json()
    assert len(page["changes"]) == rows
    assert len(statements(caught)) == 4  # token with standing, entries, rows, the book's sum


def test_the_first_call_of_a_phone_may_be_a_pull() -> None:
    device = DeviceFactory.create()
    token, _ends = issue_device_token(device)
    Book.objects.all().delete()
    phone = Phone(device, token)

    assert phone.ask(None).json()["more"] is False
    assert Book.objects.filter(agent=device.agent).exists()


@pytest.mark.parametrize("has_pulled", [False, True])
def test_what_comes_with_the_token_is_what_is_read_alone(phone: Phone, *, has_pulled: bool) -> None:
    if has_pulled:
        phone.push(lay_op(1))
        phone.pull()
    digest = DeviceToken.objects.get(device=phone.device).digest

    token, standing = token_with_standing(digest)

    assert token is not None
    assert (token.device, standing) == (phone.device, standing_of(phone.device))


def test_contact_is_written_every_five_minutes(phone: Phone) -> None:
    phone.pull()
    start = clock.now()
    noted = Outbox.objects.get(device=phone.device).last_pull_at
    with travel(start + timedelta(minutes=4), tick=False):
        assert unchanged(phone).status_code == 304
    assert Outbox.objects.get(device=phone.device).last_pull_at == noted
    with travel(start + timedelta(minutes=6), tick=False):
        assert unchanged(phone).status_code == 304
        assert Outbox.objects.get(device=phone.device).last_pull_at == clock.now()


def test_presenting_a_cursor_acknowledges_the_drops_before_it(phone: Phone) -> None:
    (row,) = new_ids(1)
    lay_many(owner(phone), [row])
    phone.pull()
    drop(owner(phone), [row])

    def acked() -> tuple[str, int]:
        outbox = Outbox.objects.get(device=phone.device)
        return outbox.acked_epoch, outbox.acked_version

    assert acked()[1] == 0
    (page,) = phone.pull()
    assert acked() == (page["epoch"], 1)
    phone.pull()
    assert acked() == (page["epoch"], 2)


def test_a_walk_acknowledges_nothing_before_it_has_ended(phone: Phone) -> None:
    lay_many(owner(phone), new_ids(60), text="x" * 400)
    phone.apply(phone.ask(None, max_bytes=16_384).json())
    phone.ask(phone.cursor, max_bytes=16_384)
    assert Outbox.objects.get(device=phone.device).acked_version == 0


def test_a_wish_for_a_resync_is_told_until_a_walk_begins(phone: Phone) -> None:
    phone.push(lay_op(1))
    Outbox.objects.filter(device=phone.device).update(resync_wanted_at=clock.now())
    assert phone.send([lay_op(2)]).json()["directives"] == [{"do": "resync"}]
    phone.ask(None)
    assert phone.send([lay_op(3)]).json()["directives"] == []


def test_a_row_that_left_between_the_two_reads_is_left_out(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, leaving = new_ids(2)
    lay_many(owner(phone), [kept, leaving])
    read = registry._rows[KIND]

    def leave_first(agent_id: UUID, ids: Any) -> Any:
        monkeypatch.setitem(registry._rows, KIND, read)
        drop(agent_id, [leaving])
        return read(agent_id, ids)

    monkeypatch.setitem(registry._rows, KIND, leave_first)
    first, second = phone.pull()
    assert [change["id"] for change in first["changes"]] == [str(kept)]
    assert not {"digest", "counts", "book_version"} & set(first)
    assert [(c["id"], c["op"]) for c in second["changes"]] == [(str(leaving), "drop")]
    assert phone.agrees()


def test_a_book_that_went_on_before_it_was_added_up_is_not_at_its_end(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its digest would be of rows that the phone has not heard of."""
    first_row, later_row = new_ids(2)
    lay_many(owner(phone), [first_row])

    def go_on(book_id: UUID) -> Any:
        monkeypatch.setattr("sync.services.pull.ask_sum", ask_sum)
        lay_many(owner(phone), [later_row])
        return ask_sum(book_id)

    monkeypatch.setattr("sync.services.pull.ask_sum", go_on)
    first, second = phone.pull()
    assert [change["id"] for change in first["changes"]] == [str(first_row)]
    assert (first["more"], first["full"], second["full"]) == (True, True, True)
    assert not {"digest", "counts", "book_version"} & set(first)
    assert [change["id"] for change in second["changes"]] == [str(later_row)]
    assert phone.agrees()


def test_a_page_in_a_push_is_a_page(phone: Phone) -> None:
    phone.pull()
    pebble = lay_op(1)
    answer = phone.send([pebble], pull={"cursor": phone.cursor, "max_bytes": 65_536}).json()
    assert [change["id"] for change in answer["pull"]["changes"]] == [pebble["entity_id"]]
    assert answer["pull"]["changes"][0]["ver"] == answer["results"][0]["ver"]
    assert answer["pull"]["more"] is False


@pytest.mark.parametrize(
    ("pull", "code"),
    [
        ({"cursor": "garbage"}, "cursor_invalid"),
        ({"cursor": 7}, "invalid_envelope"),
        ({"max_bytes": "many"}, "invalid_envelope"),
        ([], "invalid_envelope"),
    ],
)
def test_an_error_in_the_page_never_spoils_the_push(phone: Phone, pull: Any, code: str) -> None:
    answer = phone.send([lay_op(1)], pull=pull)
    assert answer.status_code == 200
    assert answer.json()["ack_seq"] == 1
    assert answer.json()["pull"]["problem"]["code"] == code


def test_a_bug_in_a_row_reader_never_spoils_the_push(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(agent_id: UUID, ids: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setitem(registry._rows, KIND, fail)
    answer = phone.send([lay_op(1)], pull={})
    assert answer.json()["pull"]["problem"]["code"] == "internal"
    assert answer.json()["results"][0]["result"] == "applied"


def test_a_changed_row_is_put_again_under_its_new_version(phone: Phone) -> None:
    pebble = lay_op(1)
    phone.push(pebble)
    phone.pull()
    phone.push(polish_op(2, pebble["entity_id"]))
    (page,) = phone.pull()
    assert [(c["ver"], c["row"]) for c in page["changes"]] == [(2, {"weight": "9"})]
    assert BookEntry.objects.filter(book__agent=owner(phone)).count() == 1
    assert phone.agrees()
