"""Phones give up who was closed or lapsed long ago; the members stay, and come back by paying."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from time_machine import travel

from enrollment import tasks
from enrollment.models import Member
from enrollment.services import book_window
from enrollment.services.book_window import trim_books
from perisai.ids import new_id
from perisai.models import Agent
from retention.models import Attempt
from tests.factories.enrollment import MemberFactory, in_book
from tests.factories.payments import PostAgentFactory, paid
from tests.factories.perisai import AgentFactory, DeviceFactory
from tests.sync.phones import Phone, op, owner, phone_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
CLOSED: dict[str, Any] = {"closed_reason": "withdrawn", "paid_through": date(2026, 1, 1)}


@pytest.fixture(autouse=True)
def day() -> Any:
    with travel(NOW, tick=False):
        yield


@pytest.fixture
def phone(day: None) -> Phone:
    return phone_of(DeviceFactory.create(agent=AgentFactory.create()))


def member(phone: Phone, **columns: Any) -> Member:
    return in_book(MemberFactory.create(agent=Agent.objects.get(pk=owner(phone)), **columns))


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        (CLOSED | {"closed_on": date(2026, 8, 22)}, None),  # 90 days ago
        (CLOSED | {"closed_on": date(2026, 8, 21)}, "closed"),
        ({"paid_through": date(2024, 8, 1)}, None),  # lapsed on 2024-12-01
        ({"paid_through": date(2024, 7, 1)}, "out_of_window"),  # lapsed on 2024-11-01
        ({"paid_through": date(2010, 1, 1)}, "out_of_window"),
        ({"paid_through": None}, None),  # never paid is not lapsed
        ({"paid_through": date(2026, 10, 1)}, None),
    ],
)
def test_who_leaves_the_window(phone: Phone, columns: dict[str, Any], reason: str | None) -> None:
    kept = member(phone, paid_through=date(2026, 11, 1))
    one = member(phone, **columns)
    phone.pull()

    tasks.trim_old_books()

    (page,) = phone.pull()
    told = [(change["id"], change["op"], change["reason"]) for change in page["changes"]]
    assert told == ([(str(one.pk), "drop", reason)] if reason else [])
    assert phone.agrees()
    assert ("member", str(kept.pk)) in phone.rows
    assert trim_books(now=NOW) == 0


def test_only_on_the_day_after_are_24_months_over(phone: Phone) -> None:
    member(phone, paid_through=date(2024, 7, 1))
    assert trim_books(now=datetime(2026, 10, 31, 17, tzinfo=UTC)) == 0  # 1 November, official time
    assert trim_books(now=datetime(2026, 11, 1, 17, tzinfo=UTC)) == 1


def test_an_attempt_on_one_who_was_trimmed_counts_as_if_it_were_there(phone: Phone) -> None:
    one = member(phone, paid_through=date(2020, 1, 1))
    trim_books(now=NOW)
    phone.pull()
    data = {"member_id": str(one.pk), "unpaid_since": None, "channel": "visit"}
    sent = op(1, "follow_up.attempt", entity_id=new_id(), data=data | {"contact": "not_home"})
    assert [found["result"] for found in phone.push(sent)] == ["applied"]
    assert Attempt.objects.get().member_id == one.pk


def test_who_pays_again_is_in_the_book_again(phone: Phone) -> None:
    one = member(phone, paid_through=date(2020, 1, 1))
    trim_books(now=NOW)
    phone.pull()
    assert phone.rows == {}
    paid(one, PostAgentFactory.create(), now=NOW)
    phone.pull()
    assert set(phone.rows) == {("member", str(one.pk))}
    assert phone.agrees()


def test_who_paid_or_moved_between_look_and_lock_stays(phone: Phone) -> None:
    back = member(phone, paid_through=date(2020, 1, 1))
    moved = member(phone, paid_through=date(2020, 1, 1))
    window = book_window._window(date(2026, 11, 20))
    found = dict(book_window._outside(window))
    assert set(found[owner(phone)]) == {back.pk, moved.pk}
    Member.objects.filter(pk=back.pk).update(paid_through=date(2026, 11, 1))
    Member.objects.filter(pk=moved.pk).update(agent=AgentFactory.create())
    assert book_window._trim(owner(phone), found[owner(phone)], window) == 0


def test_books_are_gone_through_in_parts(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book_window, "BOOKS_AT_ONCE", 1)
    monkeypatch.setattr(book_window, "AT_ONCE", 2)
    other = phone_of(DeviceFactory.create(agent=AgentFactory.create()))
    for holder in (phone, other):
        for _ in range(3):
            member(holder, paid_through=date(2020, 1, 1))
    assert trim_books(now=NOW) == 6
