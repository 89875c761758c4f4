"""The reference phone by itself: what it writes down, and what it never does."""

import csv
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.tree import ROOT
from tests.phone import cover, wire
from tests.phone.app import Locked, Phone, Standing
from tests.phone.book import Book
from tests.phone.codes import Codes, NoCode
from tests.phone.outbox import Outbox, TooLarge
from tests.phone.store import Store
from tests.sync.lines import new_app
from tests.sync.scripts import Scripted

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
MEMBER = "01a1ec6f-9ca0-7a10-8c00-0000000001a7"
OTHER = "01a0fa8d-eb80-7a10-8c00-000000000127"
NIK = "3515142001909901"


def page(*changes: Any, **said: Any) -> dict[str, Any]:
    """A last page of a delta."""
    return {
        "epoch": "k3v9q2xa",
        "full": False,
        "changes": list(changes),
        "cursor": "c2",
        "more": False,
        "book_version": 9,
    } | said


def put(row_id: str, ver: int, **row: Any) -> dict[str, Any]:
    return {"e": "member", "id": row_id, "ver": ver, "op": "put", "row": row}


def drop(row_id: str, ver: int, reason: str = "reassigned", **said: Any) -> dict[str, Any]:
    return {"e": "member", "id": row_id, "ver": ver, "op": "drop", "reason": reason} | said


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def outbox(store: Store) -> Outbox:
    return Outbox(store)


@pytest.fixture
def book(store: Store) -> Book:
    found = Book(store)
    found.apply(page(full=True, cursor="c1"), asked_with=None)
    return found


def note(outbox: Outbox, text: str = "") -> str:
    return outbox.capture("device.note", {"code": "other", "text": text}, now=NOW)


def answered(outbox: Outbox, op_id: str, result: str = "applied", **said: Any) -> None:
    assert outbox.take_result({"op_id": op_id, "result": result, **said}, now=NOW)


def test_what_is_called_saved_is_on_the_disk(tmp_path: Path) -> None:
    path = str(tmp_path / "agent.sqlite")
    first = Store(path)
    op_id = note(Outbox(first))
    installation = Outbox(first).installation
    first.close()
    again = Outbox(Store(path))
    assert [(op.op_id, op.seq) for op in again.open_ops()] == [(op_id, 1)]
    assert again.installation == installation


@pytest.mark.parametrize("value", [1.5, wire.GREATEST + 1, {1: 2}, (1,), b"x"])
def test_what_two_languages_write_differently_is_never_saved(outbox: Outbox, value: Any) -> None:
    with pytest.raises(wire.NotPlain):
        outbox.capture("device.note", {"code": [value]}, now=NOW)
    assert outbox.all_ops() == []


def test_what_no_push_can_carry_is_never_saved(outbox: Outbox) -> None:
    deep: Any = "x"
    for _ in range(5):
        deep = [deep]
    for data in ({"text": "x" * 65_536}, {"text": deep}):
        with pytest.raises(TooLarge):
            outbox.capture("device.note", data, now=NOW)
    assert outbox.next_seq() == 1


def test_places_have_no_gap_and_are_never_used_twice(outbox: Outbox) -> None:
    ids = [note(outbox) for _ in range(3)]
    assert [op.seq for op in outbox.open_ops()] == [1, 2, 3]
    for op_id in ids:
        answered(outbox, op_id)
    assert outbox.forget(now=NOW + timedelta(days=29)) == 0
    assert outbox.forget(now=NOW + timedelta(days=30)) == 3
    assert outbox.next_seq() == 4


def test_what_waits_is_kept_until_it_is_told(outbox: Outbox) -> None:
    ids = [note(outbox) for _ in range(3)]
    for op_id, word in zip(ids, ["conflict", "blocked", "rejected"], strict=True):
        answered(outbox, op_id, word)
    outbox.forget(now=NOW + timedelta(days=60))
    assert [op.op_id for op in outbox.all_ops()] == ids[:2]
    assert outbox.next_seq() == 4


def test_a_retry_is_no_word(outbox: Outbox) -> None:
    op_id = note(outbox)
    assert not outbox.take_result({"op_id": op_id, "result": "retry"}, now=NOW)
    assert [op.op_id for op in outbox.open_ops()] == [op_id]


def test_a_duplicate_says_what_it_said_first(outbox: Outbox) -> None:
    op_id = note(outbox)
    answered(outbox, op_id, "duplicate", first={"result": "merged", "ver": 7})
    op = outbox.op(op_id)
    assert op is not None
    assert op.result == {"result": "merged", "ver": 7}


def test_another_installation_begins_at_one_with_the_old_ids(outbox: Outbox) -> None:
    ids = [note(outbox) for _ in range(3)]
    answered(outbox, ids[0])
    outbox.begin_anew("neu")
    assert [(op.op_id, op.seq) for op in outbox.open_ops()] == [(ids[1], 1), (ids[2], 2)]
    assert outbox.next_seq() == 3
    assert outbox.op(ids[0]) is not None


def test_what_the_server_lost_is_sent_again_and_what_the_phone_lost_is_said(outbox: Outbox) -> None:
    ids = [note(outbox) for _ in range(4)]
    for op_id in ids:
        answered(outbox, op_id)
    outbox.store.db.execute("DELETE FROM op WHERE seq = 3")
    outbox.reopen_from(2, now=NOW)
    opened = outbox.open_ops()
    assert [op.seq for op in opened] == [2, 3, 4]
    assert (opened[0].op_id, opened[2].op_id) == (ids[1], ids[3])
    assert (opened[1].body["kind"], opened[1].body["data"]) == ("void", {"reason": "storage_lost"})


def test_an_operation_without_a_push_that_carries_it_leaves_a_void(outbox: Outbox) -> None:
    first, second = note(outbox), note(outbox)
    outbox.give_up(first, "payload_too_large", now=NOW)
    opened = outbox.open_ops()
    assert [op.seq for op in opened] == [1, 2]
    assert opened[0].body["data"] == {"reason": "unreadable", "lost_op_id": first}
    assert opened[1].op_id == second
    kept = outbox.op(first)
    assert kept is not None
    assert (kept.seq, kept.result and kept.result["result"]) == (None, "rejected")


def test_a_filled_place_moves_the_time_of_nothing_behind_it(outbox: Outbox) -> None:
    """The server takes no operation for older than the one before it."""
    days = [NOW - timedelta(days=day) for day in (9, 8, 7, 6)]
    ids = [outbox.capture("device.note", {"code": "other"}, now=day) for day in days]
    outbox.give_up(ids[1], "payload_too_large", now=NOW)
    outbox.store.db.execute("DELETE FROM op WHERE seq IN (1, 3)")
    outbox.reopen_from(1, now=NOW)
    opened = outbox.open_ops()
    assert [op.body["kind"] for op in opened] == ["void", "void", "void", "device.note"]
    assert [op.body["at"] for op in opened] == [wire.instant(days[n]) for n in (1, 1, 1, 3)]
    assert [op.captured_at for op in opened] == [op.body["at"] for op in opened]


def test_where_nothing_is_kept_a_filled_place_is_of_now(outbox: Outbox) -> None:
    answered(outbox, note(outbox))
    assert outbox.forget(now=NOW + timedelta(days=30)) == 1
    outbox.reopen_from(1, now=NOW + timedelta(days=31))
    assert [op.body["at"] for op in outbox.open_ops()] == [wire.instant(NOW + timedelta(days=31))]


def test_rows_and_cursor_move_together_or_not_at_all(book: Book) -> None:
    broken = page(put(MEMBER, 5), {"e": "member", "id": OTHER, "op": "put", "ver": 6})
    with pytest.raises(KeyError):
        book.apply(broken, asked_with="c1")
    assert (book.rows("member"), book.cursor) == ({}, "c1")


def test_a_page_of_a_past_cursor_is_not_laid_over(book: Book) -> None:
    assert book.apply(page(put(MEMBER, 5)), asked_with="c1")
    assert not book.apply(page(drop(MEMBER, 6)), asked_with="c1")
    assert set(book.rows("member")) == {MEMBER}


def test_no_pull_touches_the_outbox(book: Book, outbox: Outbox) -> None:
    op_id = note(outbox)
    before = outbox.all_ops()
    word = {"e": "op_result", "id": op_id, "ver": 9, "op": "put", "row": {"result": "rejected"}}
    book.apply(page(word, drop(MEMBER, 8)), asked_with="c1")
    assert outbox.all_ops() == before


def test_a_put_that_is_not_newer_is_ignored_and_a_drop_beats_lower_versions(book: Book) -> None:
    book.apply(page(put(MEMBER, 5, name="baru"), put(MEMBER, 4, name="lama")), asked_with="c1")
    book.apply(page(drop(MEMBER, 5), cursor="c3"), asked_with="c2")
    assert book.row("member", MEMBER) == {"name": "baru"}
    book.apply(page(drop(MEMBER, 6), cursor="c4"), asked_with="c3")
    assert book.row("member", MEMBER) is None


def test_a_walk_ends_what_it_did_not_give_and_believes_a_restored_server(book: Book) -> None:
    book.apply(page(put(MEMBER, 5, name="lama"), put(OTHER, 6)), asked_with="c1")
    book.begin_walk()
    first = page(put(MEMBER, 3, name="kini"), full=True, more=True, epoch="neu", cursor="w1")
    book.apply(first, asked_with=None)
    assert set(book.rows("member")) == {MEMBER, OTHER}
    book.apply(page(full=True, epoch="neu", cursor="w2"), asked_with="w1")
    assert book.rows("member") == {MEMBER: {"name": "kini"}}
    assert book.digest() == wire.book_digest([("member", MEMBER, 3)])


def test_an_id_of_the_phones_own_stands_for_another_record(book: Book) -> None:
    book.apply(page(drop(MEMBER, 6, "merged", into=OTHER)), asked_with="c1")
    assert book.alias("member", MEMBER) == OTHER
    assert book.alias("member", OTHER) == OTHER


def test_versions_are_reached_no_sooner_than_their_last_row(book: Book) -> None:
    book.apply(page(put(MEMBER, 11), more=True), asked_with="c1")
    assert book.version == 10
    book.apply(page(cursor="c3", book_version=12), asked_with="c2")
    assert book.version == 12


def test_no_code_goes_out_twice(store: Store) -> None:
    codes = Codes(store)
    pool = [{"code": "9912349567890122", "months": 1}, {"code": "9927189281828451", "months": 1}]
    codes.refill(pool)
    taken = {codes.take(1, op_id="a"), codes.take(1, op_id="b")}
    codes.refill(pool)
    assert taken == {one["code"] for one in pool}
    assert codes.left() == {}
    with pytest.raises(NoCode):
        codes.take(1, op_id="c")


def test_a_registration_that_cannot_be_saved_keeps_its_code(store: Store) -> None:
    phone = new_app(Scripted([]), store=store, now=lambda: NOW)
    phone.codes.refill([{"code": "9912349567890122", "months": 3}])
    with pytest.raises(wire.NotPlain):
        phone.register({"income_monthly": 1.5}, member_id=MEMBER, months=3)
    assert phone.codes.left() == {3: 1}
    op = phone.outbox.op(phone.register({"nik": NIK}, member_id=MEMBER, months=3))
    assert op is not None
    assert op.body["data"]["bill_code"] == "9912349567890122"


def phone_with(store: Store) -> Phone:
    return new_app(Scripted([]), store=store, now=lambda: NOW)


def test_after_sending_no_full_nik_is_shown(store: Store) -> None:
    phone = phone_with(store)
    data = {"nik": NIK, "heirs": [{"name": "SITI CONTOH", "nik": NIK}]}
    op_id = phone.capture("member.register", data, entity_id=MEMBER)
    assert phone.shown(op_id)["data"]["nik"] == NIK
    answered(phone.outbox, op_id)
    assert NIK not in json.dumps(phone.shown(op_id))
    assert phone.shown(op_id)["data"]["heirs"][0]["name"] == "SITI CONTOH"


def test_confirmed_and_unsent_are_two_numbers(store: Store, book: Book) -> None:
    phone = phone_with(store)
    phone.capture("member.register", {"nik": NIK}, entity_id=OTHER)
    book.apply(page(put(MEMBER, 5)), asked_with="c1")
    numbers = phone.numbers()
    assert (numbers.confirmed, numbers.not_yet_sent) == ({"member": 1}, 1)


def test_an_overlay_goes_once_the_rows_have_it(store: Store, book: Book) -> None:
    phone = phone_with(store)
    op_id = phone.capture("member.register", {"nik": NIK}, entity_id=MEMBER)
    assert phone.standing_of(op_id) is Standing.UNSENT
    answered(phone.outbox, op_id, ver=10)
    assert phone.standing_of(op_id) is Standing.SHOWING
    assert [op.op_id for op in phone.overlay()] == [op_id]
    book.apply(page(put(MEMBER, 10), book_version=10), asked_with="c1")
    assert phone.standing_of(op_id) is Standing.DONE
    assert phone.overlay() == []


def test_a_final_word_comes_with_a_pull(store: Store, book: Book) -> None:
    phone = phone_with(store)
    op_id = phone.capture("member.register", {"nik": NIK}, entity_id=MEMBER)
    answered(phone.outbox, op_id, "conflict", code="duplicate_identity")
    assert phone.standing_of(op_id) is Standing.AT_SUPERVISOR
    word = {"result": "rejected", "problem": {"code": "case_refused"}}
    change = {"e": "op_result", "id": op_id, "ver": 9, "op": "put", "row": word}
    book.apply(page(change), asked_with="c1")
    assert phone.standing_of(op_id) is Standing.REFUSED
    again = phone.outbox.op(phone.correct_refused(op_id, {"nik": NIK}))
    assert again is not None
    assert (again.body["replaces"], again.body["entity_id"]) == (op_id, MEMBER)


def test_a_walk_that_tells_of_the_erased_is_believed_at_lower_versions(book: Book) -> None:
    """A restored server counts from lower on; within one history an older drop is past."""
    assert book.apply(page(put(MEMBER, 50)), asked_with="c1")
    gone = drop(MEMBER, 9) | {"reason": "erased"}
    book.begin_walk()
    assert book.apply(page(gone, full=True), asked_with=None)
    assert (book.rows("member"), book.erased()) == ({}, [MEMBER])


def test_of_the_erased_nothing_that_was_sent_stays(outbox: Outbox) -> None:
    sent = outbox.capture("member.register", {"nik": NIK}, entity_id=MEMBER, now=NOW)
    visit = outbox.capture("follow_up.attempt", {"member_id": MEMBER}, now=NOW)
    answered(outbox, sent)
    assert outbox.forget_about([MEMBER]) == 1
    assert [op.op_id for op in outbox.all_ops()] == [visit]
    assert outbox.next_seq() == 3


def test_a_wiped_store_keeps_no_byte_of_anybody(tmp_path: Path) -> None:
    path = tmp_path / "agent.sqlite"
    store = Store(str(path))
    phone = phone_with(store)
    phone.capture("member.register", {"full_name": "SITI CONTOH"}, entity_id=MEMBER)
    Book(store).apply(page(put(MEMBER, 5, name="BUDI CONTOH"), full=True), asked_with=None)
    store.wipe()
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"CONTOH" not in kept
    assert MEMBER.encode() not in kept


def test_a_store_without_contact_is_locked_and_still_sends(store: Store) -> None:
    phone = phone_with(store)
    phone.capture("device.note", {"code": "other"})
    store.remember(lease_until="2026-11-20T02:59:59.000Z")
    for look in (phone.members, lambda: phone.capture("device.note", {"code": "other"})):
        with pytest.raises(Locked):
            look()
    assert len(phone.outbox.open_ops()) == 1


def test_body_digest_of_the_contract() -> None:
    op = {
        "op_id": "01a1f155-e260-7a10-8c00-0000000000b2",
        "seq": 43,
        "kind": "follow_up.attempt",
        "v": 1,
        "entity_id": "01a1f155-e260-7a10-8c00-0000000000b3",
        "at": "2026-11-19T08:05:00.000+07:00",
        "data": {
            "member_id": OTHER,
            "unpaid_since": "2026-09",
            "channel": "visit",
            "contact": "met_member",
            "decision": "promised",
            "promise_on": "2026-11-25",
        },
    }
    assert len(wire.canonical(op)) == 343
    expected = "8c85a39ce686623a9f777d762579bd8dd42fdc71d8ebb99034e69981ff6965d2"
    assert wire.body_digest(op) == expected


def test_book_digest_of_the_contract() -> None:
    rows = [
        ("member", "01a1ec6f-9ca0-7a10-8c00-0000000001a7", 812),
        ("member", OTHER, 815),
        ("prospect", "01a19ac4-1d80-7a10-8c00-000000000c01", 640),
    ]
    assert wire.book_digest(rows) == "e33495a1341017cc"
    assert wire.book_digest([]) == "0" * 16


def test_cover_states_of_the_rule_book() -> None:
    with (ROOT / "seeds/rules/cover_states.csv").open(encoding="utf-8", newline="") as file:
        cases = list(csv.DictReader(file))
    assert len(cases) > 25
    for case in cases:
        month = case["as_of"][:7]
        config = {
            "cover": {
                "lapse_after_ended_months": int(case["threshold"]),
                "due_on": {month: case["due_on"]},
            }
        }
        row = {"paid_through": case["paid_through"] or None, "closed_on": None}
        today = date.fromisoformat(case["as_of"])
        assert cover.state_of(row, config, today).upper() == case["state"], case["case"]
