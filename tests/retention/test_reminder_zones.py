"""The days and hours of a reminder in each of the country's three zones (R33, R38).

Plan and relay are run by their tasks, at instants as the clocks of the zone show them.
"""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
import time_machine
from pytest_django import Settings

from perisai.models import OutboxMessage
from perisai.registry import Message
from perisai.tasks import relay_messages
from retention import tasks
from retention.models import Reminder, ReminderRun
from tests.retention.reminded import SIDOARJO, TERNATE, WIB, WIT, at, queued, told, who_agreed

pytestmark = pytest.mark.django_db
SENT = list[tuple[str, Message]]
BALIKPAPAN: Final = "6471"
WITA: Final = ZoneInfo("Asia/Makassar")
PLACES: Final = {SIDOARJO: WIB, BALIKPAPAN: WITA, TERNATE: WIT}
IN_EACH_ZONE = pytest.mark.parametrize(
    ("regency_code", "zone"), PLACES.items(), ids=["WIB", "WITA", "WIT"]
)
NOVEMBER: Final = "November 2026"
EXAMPLE: Final = {
    "2026-11-11": f"Iuran {NOVEMBER} belum dibayar. Bayar paling lambat 16 {NOVEMBER}.",
    "2026-11-16": f"Iuran {NOVEMBER} belum dibayar. Bayar paling lambat 16 {NOVEMBER}.",
    "2026-12-01": f"1 bulan belum dibayar ({NOVEMBER}).",
    "2027-01-01": f"2 bulan belum dibayar ({NOVEMBER}, Desember 2026).",
    "2027-01-25": f"2 bulan belum dibayar ({NOVEMBER}, Desember 2026).",
}
"""Paid through October: the days, and how what leaves on them begins."""


@pytest.fixture(autouse=True)
def _without_prices(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told of dearer months has its own tests; a task that is sent is run at once."""
    settings.NOTICE_PRICE_CHANGE_DAYS = timedelta(0)
    monkeypatch.setattr(tasks.remind_regency, "delay", tasks.remind_regency)


def plan(now: datetime) -> None:
    """The hourly task at an instant, and what it sends; the wait of a message counts from then."""
    old = [message.pk for message in queued()]
    with time_machine.travel(now, tick=False):
        tasks.remind()
    for message in OutboxMessage.objects.exclude(pk__in=old):
        message.due_at = now + (message.due_at - message.created_at)
        message.save(update_fields=["due_at"])


def leave(now: datetime, sent: SENT) -> list[str]:
    """What the relay's task sends at an instant."""
    before = len(sent)
    with time_machine.travel(now, tick=False):
        relay_messages()
    return [message.text for _reference, message in sent[before:]]


@IN_EACH_ZONE
@pytest.mark.parametrize(("day", "words"), EXAMPLE.items(), ids=EXAMPLE)
def test_r33_each_day_of_the_example_is_told_from_eight_on_where_the_member_lives(
    regency_code: str, zone: ZoneInfo, day: str, words: str, sent_messages: SENT
) -> None:
    who_agreed(regency_code=regency_code)
    midnight = at(f"{day} 00:00", zone)
    plan(midnight - timedelta(minutes=1))  # of the day before, which is none of the example's
    assert queued() == []
    for minutes in (0, 40, 7 * 60 + 59):
        plan(midnight + timedelta(minutes=minutes))
        assert leave(midnight + timedelta(minutes=minutes), sent_messages) == []
    (text,) = leave(at(f"{day} 08:00", zone), sent_messages)
    assert text.startswith(words)
    for hours in (8, 19, 20, 24, 32):
        plan(midnight + timedelta(hours=hours))
        assert leave(midnight + timedelta(hours=hours), sent_messages) == []
    reminder = Reminder.objects.get()
    assert (reminder.day, reminder.zone) == (date.fromisoformat(day), zone.key)


@pytest.mark.parametrize(
    ("planned", "leaves"),
    [
        ("2026-11-11 07:59", "2026-11-11 08:00"),
        ("2026-11-11 08:00", "2026-11-11 08:00"),
        ("2026-11-11 19:59", "2026-11-11 19:59"),
        ("2026-11-11 20:00", "2026-11-12 08:00"),
        ("2026-11-11 23:59", "2026-11-12 08:00"),
    ],
)
@IN_EACH_ZONE
def test_r33_both_ends_of_the_night_when_it_is_planned_late(
    regency_code: str, zone: ZoneInfo, planned: str, leaves: str, sent_messages: SENT
) -> None:
    member = who_agreed(regency_code=regency_code)
    opens = at(leaves, zone)
    plan(at(planned, zone))
    assert told() == [(member.pk, opens.date(), "due_soon", date(2026, 11, 1))]
    assert ReminderRun.objects.get().day == date(2026, 11, 11)
    assert [message.due_at for message in queued()] == [opens]
    if opens != at(planned, zone):
        assert leave(opens - timedelta(seconds=1), sent_messages) == []
    assert len(leave(opens, sent_messages)) == 1


@pytest.mark.parametrize(
    ("taken", "leaves"),
    [
        ("2026-11-11 07:59", "2026-11-11 08:00"),
        ("2026-11-11 19:59", ""),
        ("2026-11-11 20:00", "2026-11-12 08:00"),
        ("2026-11-12 00:00", "2026-11-12 08:00"),
    ],
)
@IN_EACH_ZONE
def test_r33_both_ends_of_the_night_when_the_relay_comes_late(
    regency_code: str, zone: ZoneInfo, taken: str, leaves: str, sent_messages: SENT
) -> None:
    """Whatever the row says is due: the writer looks at the clock of the member's zone."""
    who_agreed(regency_code=regency_code)
    plan(at("2026-11-11 00:40", zone))
    OutboxMessage.objects.update(due_at=at(taken, zone))
    assert len(leave(at(taken, zone), sent_messages)) == (not leaves)
    (message,) = queued()
    assert message.attempts == (not leaves)
    if leaves:
        assert message.due_at == at(leaves, zone)
        assert len(leave(message.due_at, sent_messages)) == 1


def test_r33_eight_in_the_evening_in_ternate_is_six_in_java_and_seven_in_borneo(
    sent_messages: SENT,
) -> None:
    members = {
        code: who_agreed(regency_code=code, phone=f"+62812111100{number:02}")
        for number, code in enumerate(PLACES)
    }
    now = at("2026-11-11 20:00", WIT)
    assert now == at("2026-11-11 18:00") == at("2026-11-11 19:00", WITA)
    plan(now)
    days = {member: day for member, day, _why, _since in told()}
    assert days == {
        members[SIDOARJO].pk: date(2026, 11, 11),
        members[BALIKPAPAN].pk: date(2026, 11, 11),
        members[TERNATE].pk: date(2026, 11, 12),
    }
    assert len(leave(now, sent_messages)) == 2
    assert leave(at("2026-11-12 07:59", WIT), sent_messages) == []
    assert len(leave(at("2026-11-12 08:00", WIT), sent_messages)) == 1
    assert sent_messages[-1][1].phone_e164 == members[TERNATE].phone


def test_a_day_begins_where_the_member_lives() -> None:
    """Ten in the evening in Java: of who lives in Ternate alone it is the eleventh."""
    here = {code: who_agreed(regency_code=code) for code in (SIDOARJO, TERNATE)}
    plan(at("2026-11-10 21:59"))
    assert told() == []
    plan(at("2026-11-10 22:00"))
    assert [(member, str(day)) for member, day, _why, _since in told()] == [
        (here[TERNATE].pk, "2026-11-11")
    ]
