"""Work on what is not in the author's book any more: each row of the contract's table."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from time_machine import travel

from perisai.ids import new_id
from sync.models import Acknowledgement, Book, BookEntry, Conflict, Operation
from sync.services import book
from tests.sync.pebbles import KIND, hand, lay_many, lay_op, polish_op
from tests.sync.phones import Body, Phone, new_ids, owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pebbles")]

HANDED_AT = datetime(2026, 1, 20, 2, tzinfo=UTC)  # long enough ago for every operation here


def at(after: timedelta) -> str:
    """An instant of a phone, reckoned from the hand-over."""
    return (HANDED_AT + after).isoformat(timespec="milliseconds")


def days(number: int) -> timedelta:
    return timedelta(days=number)


def weight(pebble: UUID) -> str:
    return Conflict.objects.get(pk=pebble).reason


def handed(phone: Phone, other: Phone) -> UUID:
    """A pebble of the first phone that the second agent has got."""
    (pebble,) = new_ids(1)
    lay_many(owner(phone), [pebble])
    phone.pull()
    hand(owner(phone), owner(other), [pebble])
    BookEntry.objects.filter(entity_id=pebble).update(changed_at=HANDED_AT)
    return pebble


def late(phone: Phone, pebble: UUID, kind: str, after: timedelta, **members: Any) -> Body:
    """Send one operation that was made so long after the hand-over; its result."""
    seq = members.pop("seq", 1)
    (result,) = phone.push(polish_op(seq, pebble, kind=kind, at=at(after), **members))
    return result


def told(result: Body) -> tuple[str, str, Any]:
    code = result.get("code") or result["problem"]["code"]
    return result["result"], code, result.get("credited")


@pytest.mark.parametrize(
    ("kind", "after", "expected"),
    [
        ("pebble.polish", days(-1), ("redirected", "reassigned", True)),
        ("pebble.polish", days(14), ("redirected", "reassigned", True)),
        ("pebble.polish", days(15), ("redirected", "reassigned", False)),
        ("pebble.polish", days(90), ("redirected", "reassigned", False)),
        ("pebble.polish", days(91), ("rejected", "not_in_book", None)),
        ("pebble.carve", days(14), ("conflict", "reassigned", None)),
        ("pebble.carve", days(15), ("rejected", "not_in_book", None)),
        ("pebble.free", days(14), ("redirected", "reassigned", True)),
        ("pebble.free", days(200), ("redirected", "reassigned", False)),
    ],
)
def test_f10_late_work_is_answered(
    phone: Phone, other: Phone, kind: str, after: timedelta, expected: tuple[str, str, Any]
) -> None:
    pebble = handed(phone, other)
    before = Book.objects.get(agent=owner(other)).version

    result = late(phone, pebble, kind, after)

    assert told(result) == expected
    is_done = expected[0] == "redirected"
    assert weight(pebble) == ("9" if is_done else "1")
    assert Book.objects.get(agent=owner(other)).version == before + is_done
    assert result.get("into") == (str(pebble) if is_done else None)
    cases = Conflict.objects.filter(kind="reassigned", entity_id=pebble, agent=owner(phone))
    assert cases.count() == (expected[0] == "conflict")
    assert (Operation.objects.get().body or {})["data"]["pebble_id"] == str(pebble)
    phone.pull()
    other.pull()
    assert phone.agrees()
    assert (KIND, str(pebble)) not in phone.rows
    assert other.rows[KIND, str(pebble)][1] == {"weight": weight(pebble)}


def test_f11_moved_member_leaves_the_phone(phone: Phone, other: Phone) -> None:
    pebble = handed(phone, other)
    assert (KIND, str(pebble)) in phone.rows

    (page,) = phone.pull()
    assert page["changes"] == [
        {"e": KIND, "id": str(pebble), "ver": 2, "op": "drop", "reason": "reassigned"}
    ]
    assert phone.rows == {}
    assert phone.agrees()


def test_what_was_made_after_the_row_was_given_up_earns_no_credit(
    phone: Phone, other: Phone
) -> None:
    pebble = handed(phone, other)
    with travel(HANDED_AT + days(2), tick=False):
        phone.pull()  # brings the drop
    with travel(HANDED_AT + days(3), tick=False):
        phone.ask(phone.cursor)  # presents the cursor: the row is given up

    assert told(late(phone, pebble, "pebble.polish", days(3))) == (
        *("redirected", "reassigned"),
        True,
    )
    assert told(late(phone, pebble, "pebble.polish", days(4), seq=2)) == (
        *("redirected", "reassigned"),
        False,
    )
    assert told(late(phone, pebble, "pebble.carve", days(5), seq=3)) == (
        *("rejected", "not_in_book"),
        None,
    )


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("pebble.polish", ("redirected", "reassigned", False)),
        ("pebble.carve", ("rejected", "not_in_book", None)),
    ],
)
def test_f10_late_work_is_answered_by_the_first_acknowledgement(
    phone: Phone, other: Phone, kind: str, expected: tuple[str, str, Any]
) -> None:
    pebble = handed(phone, other)
    with travel(HANDED_AT + days(2), tick=False):
        phone.pull()
    with travel(HANDED_AT + days(3), tick=False):
        phone.ask(phone.cursor)  # the pebble is given up
    with travel(HANDED_AT + days(8), tick=False):
        lay_many(owner(phone), new_ids(1))
        phone.pull()
        phone.ask(phone.cursor)  # another row is acknowledged

    assert told(late(phone, pebble, "pebble.polish", days(3)))[2] is True
    assert told(late(phone, pebble, kind, days(5), seq=2)) == expected
    assert Acknowledgement.objects.count() == 1  # of other rows nothing is kept


@pytest.mark.parametrize("reason", ["closed", "out_of_window"])
def test_what_was_closed_or_trimmed_is_worked_on_as_if_it_were_there(
    phone: Phone, reason: str
) -> None:
    pebble = lay_op(1)
    phone.push(pebble)
    with book.recording() as changes:
        changes.drop(owner(phone), KIND, [UUID(pebble["entity_id"])], reason=reason)
    (result,) = phone.push(polish_op(2, pebble["entity_id"], kind="pebble.carve"))
    assert result["result"] == "applied"


@pytest.mark.parametrize("kind", ["pebble.polish", "pebble.carve", "pebble.free"])
def test_work_on_a_merged_record_goes_to_the_one_it_became(phone: Phone, kind: str) -> None:
    gone, kept = new_ids(2)
    lay_many(owner(phone), [gone, kept])
    hand(owner(phone), owner(phone), [gone], into=kept)

    (result,) = phone.push(polish_op(1, gone, kind=kind))

    assert (*told(result), result["into"]) == ("redirected", "merged", True, str(kept))
    assert (weight(gone), weight(kept)) == ("1", "9")


def test_work_on_what_was_merged_into_anothers_record_is_late_work(
    phone: Phone, other: Phone
) -> None:
    gone, kept = new_ids(2)
    lay_many(owner(phone), [gone])
    lay_many(owner(other), [kept])
    hand(owner(phone), owner(phone), [gone], into=kept)

    results = phone.push(
        polish_op(1, gone), polish_op(2, gone, kind="pebble.carve"), polish_op(3, kept)
    )

    assert [told(result)[:2] for result in results] == [
        ("redirected", "merged"),
        ("conflict", "reassigned"),
        ("rejected", "not_in_book"),
    ]
    assert Conflict.objects.get(kind="reassigned").entity_id == kept


@pytest.mark.parametrize("kind", ["pebble.polish", "pebble.carve"])
def test_what_was_erased_takes_no_more_work(phone: Phone, kind: str) -> None:
    (pebble,) = new_ids(1)
    lay_many(owner(phone), [pebble])
    with book.recording() as changes:
        changes.drop(owner(phone), KIND, [pebble], reason="erased")
    (result,) = phone.push(polish_op(1, pebble, kind=kind))
    assert told(result)[:2] == ("rejected", "not_in_book")
    assert weight(pebble) == "1"


def test_what_is_always_taken_asks_its_app_where_no_book_tells(phone: Phone) -> None:
    (result,) = phone.push(polish_op(1, new_id(), kind="pebble.free"))
    assert told(result)[:2] == ("rejected", "not_in_book")


def test_late_work_on_a_record_that_came_back_is_none(phone: Phone, other: Phone) -> None:
    pebble = handed(phone, other)
    hand(owner(other), owner(phone), [pebble])
    (result,) = phone.push(polish_op(1, pebble, kind="pebble.carve"))
    assert (result["result"], "credited" in result) == ("applied", False)
