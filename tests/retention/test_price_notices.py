"""Members and agents are told of dearer months, once, in the plan of reminders (R35)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from enrollment.models import Member, Occupation
from payments.models import Discount, TariffBracket
from payments.services.rates import rate_book
from perisai.models import OutboxMessage
from perisai.registry import Message
from retention.messages import reminder
from retention.models import Reminder, ReminderLine, ReminderRun
from retention.services.reminders import Planned, plan_reminders, regencies_to_remind
from tests.factories.enrollment import MemberFactory, MemberOccupationFactory
from tests.factories.retention import ReminderFactory, ReminderLineFactory
from tests.retention.reminded import SIDOARJO, TERNATE, at, queued, who_agreed
from tests.retention.test_reminders import (
    asked_to_be_out,
    closed,
    opted_out,
    reported_dead,
    restricted,
    sponsored,
    without_a_phone,
)

FIRST_DAY = at("2026-11-20 00:40")
DAY = date(2026, 11, 20)
JANUARY, APRIL = date(2027, 1, 1), date(2027, 4, 1)
WORDS = "Mulai Januari 2027 iuran Rp16.800, sebelumnya Rp8.400."
Silence = Callable[[Member], None]


def ojek(**columns: Any) -> Member:
    """A driver, whose main occupation decides the sector, who agreed to reminders."""
    member = who_agreed(occupation=None, **columns)
    transport = Occupation.objects.filter(transport_sector=True).order_by("code")[0]
    MemberOccupationFactory.create(member=member, occupation_id=transport.pk)
    return member


def told() -> list[tuple[Any, ...]]:
    """Who is told of which rise on which day."""
    columns = ("member_id", "day", "price_month", "price_was", "price_becomes")
    found = ReminderLine.objects.filter(why="price_change").order_by("day", "pk")
    return list(found.values_list(*columns))


def said(reminder_id: UUID, text: str = "2026-11-20 09:00") -> Message | None:
    """The message as it would leave at an instant of Jakarta."""
    with time_machine.travel(at(text), tick=False):
        return reminder(reminder_id)


def text_of(reminder_id: UUID, text: str = "2026-11-20 09:00") -> str:
    """Its words; there must be some."""
    message = said(reminder_id, text)
    assert message is not None
    return message.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "is_told"), [("2026-11-19", False), ("2026-11-20", True), ("2026-12-31", True)]
)
def test_r35_a_farmer_hears_from_the_twentieth_of_november(day: str, *, is_told: bool) -> None:
    member = who_agreed()
    plan_reminders(SIDOARJO, now=at(f"{day} 00:40"))
    expected = (member.pk, date.fromisoformat(day), JANUARY, 8_400, 16_800)
    assert told() == ([expected] if is_told else [])
    assert len(queued()) == is_told


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "is_told"), [("2026-11-20", False), ("2027-02-17", False), ("2027-02-18", True)]
)
def test_r35_an_ojek_hears_from_the_eighteenth_of_february(day: str, *, is_told: bool) -> None:
    member = ojek(paid_through=date(2027, 1, 1))
    plan_reminders(SIDOARJO, now=at(f"{day} 00:40"))
    expected = (member.pk, date.fromisoformat(day), APRIL, 8_400, 16_800)
    assert told() == ([expected] if is_told else [])


@pytest.mark.django_db
def test_r35_words_in_both_languages_without_a_name_on_an_own_phone() -> None:
    indonesian = who_agreed(phone="+6281211110001")
    english = who_agreed(phone="+6281211110002", language="en")
    plan_reminders(SIDOARJO, now=FIRST_DAY)
    found = {line.member_id: said(line.reminder_id) for line in ReminderLine.objects.order_by("pk")}
    one, other = found[indonesian.pk], found[english.pk]
    assert one is not None
    assert (one.text, one.template, one.parameters) == (WORDS, "reminder", {"words": WORDS})
    assert other is not None
    assert other.text == ("From January 2027 the contribution is Rp16.800, before it was Rp8.400.")


@pytest.mark.django_db
def test_a_household_hears_it_in_one_message() -> None:
    who_agreed(full_name="SITI AMINAH")
    who_agreed(full_name="BUDI SANTOSO")
    assert plan_reminders(SIDOARJO, now=FIRST_DAY) == Planned(reminders=1, members=2)
    message = said(Reminder.objects.get().pk)
    assert message is not None
    assert message.text == f"Siti, Budi: {WORDS[0].lower()}{WORDS[1:]}"
    assert message.template == "reminder_household"


@pytest.mark.django_db
def test_it_is_a_line_of_the_days_reminder_to_that_phone() -> None:
    who_agreed(full_name="SITI AMINAH")
    who_agreed(full_name="BUDI SANTOSO", paid_through=date(2026, 12, 1))
    assert plan_reminders(SIDOARJO, now=at("2026-12-01 00:40")) == Planned(reminders=1, members=2)
    assert len(queued()) == 1
    assert text_of(Reminder.objects.get().pk, "2026-12-01 09:00") == (
        "Siti: 1 bulan belum dibayar (November 2026). Bayar sebelum 1 Februari 2027, tanpa denda. "
        f"Budi: {WORDS[0].lower()}{WORDS[1:]}"
    )


@pytest.mark.django_db
def test_who_owes_and_who_pays_more_are_written_at_once_so_that_no_two_plans_cross() -> None:
    """Phones in one order: whoever holds one asks for none before it."""
    for number in range(4):
        through = date(2026, 10 + number % 2 * 2, 1)
        who_agreed(phone=f"+6281200000{number:03d}", paid_through=through)
    with CaptureQueriesContext(connection) as statements:
        planned = plan_reminders(SIDOARJO, now=at("2026-12-01 00:40"))
    assert (planned, len(told())) == (Planned(reminders=4, members=4), 2)
    written = [one["sql"] for one in statements if "INTO retention_reminder" in one["sql"]]
    assert len(written) == 2  # reminders, lines
    found = Reminder.objects.order_by("pk").values_list("phone_index", flat=True)
    phones = [bytes(phone) for phone in found if phone is not None]
    assert phones == sorted(phones)


@pytest.mark.django_db
def test_who_is_reminded_on_a_day_hears_of_the_price_on_the_next() -> None:
    member = who_agreed()
    plan_reminders(SIDOARJO, now=at("2026-12-01 00:40"))
    assert told() == []
    plan_reminders(SIDOARJO, now=at("2026-12-02 00:40"))
    assert told() == [(member.pk, date(2026, 12, 2), JANUARY, 8_400, 16_800)]
    assert len(queued()) == 2


@pytest.mark.django_db
def test_a_phone_that_was_told_something_already_waits_for_a_free_day() -> None:
    member = who_agreed()
    other = ReminderFactory.create(phone_index=member.phone_index, day=DAY)
    OutboxMessage.objects.create(
        kind="reminder", subject_id=other.pk, attempts=1, sent_at=FIRST_DAY
    )
    assert plan_reminders(SIDOARJO, now=FIRST_DAY) == Planned(reminders=0, members=0)
    plan_reminders(SIDOARJO, now=FIRST_DAY + timedelta(days=1))
    assert [row[:2] for row in told()] == [(member.pk, date(2026, 11, 21))]


@pytest.mark.django_db
def test_an_evening_leaves_it_to_the_next_day_whose_reminder_goes_first() -> None:
    member = who_agreed()
    plan_reminders(SIDOARJO, now=at("2026-11-30 21:00"))
    assert told() == []
    plan_reminders(SIDOARJO, now=at("2026-12-01 00:40"))
    assert ReminderLine.objects.get().why == "grace_1"
    plan_reminders(SIDOARJO, now=at("2026-12-02 00:40"))
    assert [row[:2] for row in told()] == [(member.pk, date(2026, 12, 2))]


@pytest.mark.django_db
def test_two_rises_are_told_on_two_days() -> None:
    member = who_agreed()
    TariffBracket.objects.create(
        valid_from=date(2027, 2, 1), min_income=0, base_income=1_300_000, source="PP 99/2026"
    )
    for day in (22, 23, 24):
        plan_reminders(SIDOARJO, now=at(f"2026-12-{day} 00:40"))
    assert told() == [
        (member.pk, date(2026, 12, 22), JANUARY, 8_400, 16_800),
        (member.pk, date(2026, 12, 23), date(2027, 2, 1), 16_800, 19_800),
    ]
    second = Reminder.objects.get(day=date(2026, 12, 23))
    OutboxMessage.objects.exclude(subject_id=second.pk).update(sent_at=at("2026-12-22 08:00"))
    assert text_of(second.pk, "2026-12-23 09:00") == (
        "Mulai Februari 2027 iuran Rp19.800, sebelumnya Rp16.800."
    )


@pytest.mark.django_db
def test_once_per_member_and_rise_however_often_it_is_planned() -> None:
    who_agreed()
    assert plan_reminders(SIDOARJO, now=FIRST_DAY) == Planned(reminders=1, members=1)
    before = (told(), list(OutboxMessage.objects.values()))
    for hours in (0, 5, 23, 24, 48, 24 * 20):
        again = plan_reminders(SIDOARJO, now=FIRST_DAY + timedelta(hours=hours))
        assert again == Planned(reminders=0, members=0)
    assert (told(), list(OutboxMessage.objects.values())) == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("outcome", "is_told_again"),
    [
        ({"given_up_at": FIRST_DAY, "attempts": 1, "last_error": "outdated"}, True),
        ({"given_up_at": FIRST_DAY, "attempts": 7, "last_error": "gateway_timeout"}, True),
        ({"given_up_at": FIRST_DAY, "attempts": 1, "last_error": "gateway_refused_422"}, False),
        ({"given_up_at": FIRST_DAY, "attempts": 7, "last_error": "given_up_by_person"}, False),
        ({"given_up_at": FIRST_DAY, "attempts": 7, "last_error": "nobody_to_tell"}, False),
        ({"sent_at": FIRST_DAY, "attempts": 7}, False),
        ({"attempts": 6, "last_error": "gateway_timeout"}, False),
    ],
    ids=lambda one: str(one.get("last_error", "sent")) if isinstance(one, dict) else None,
)
def test_a_rise_whose_message_came_to_nothing_is_told_again(
    outcome: dict[str, Any], *, is_told_again: bool
) -> None:
    member = who_agreed()
    plan_reminders(SIDOARJO, now=FIRST_DAY)
    OutboxMessage.objects.update(**outcome)
    assert plan_reminders(SIDOARJO, now=FIRST_DAY) == Planned(reminders=0, members=0)
    for days in (1, 2):  # it is told again once
        plan_reminders(SIDOARJO, now=FIRST_DAY + timedelta(days=days))
    expected = [(member.pk, DAY), (member.pk, date(2026, 11, 21))]
    assert [row[:2] for row in told()] == expected[: 1 + is_told_again]


@pytest.mark.django_db
def test_the_same_rise_by_other_amounts_is_another_one() -> None:
    member = who_agreed()
    ReminderLineFactory.create(
        member=member,
        day=date(2026, 11, 19),
        why="price_change",
        price_month=JANUARY,
        price_was=8_400,
        price_becomes=15_000,
    )
    assert plan_reminders(SIDOARJO, now=FIRST_DAY).members == 1
    assert [row[3:] for row in told()] == [(8_400, 15_000), (8_400, 16_800)]


def lapsed(member: Member) -> None:
    Member.objects.filter(pk=member.pk).update(paid_through=date(2026, 7, 1))


def paid_beyond(member: Member) -> None:
    Member.objects.filter(pk=member.pk).update(paid_through=JANUARY)


def never_paid(member: Member) -> None:
    Member.objects.filter(pk=member.pk).update(paid_through=None, episode_no=0)


def without_an_income(member: Member) -> None:
    Member.objects.filter(pk=member.pk).update(income_monthly=None)


SILENCES = [
    *(closed, without_a_phone, opted_out, asked_to_be_out, restricted, sponsored, reported_dead),
    *(lapsed, paid_beyond, never_paid, without_an_income),
]


@pytest.mark.django_db
@pytest.mark.parametrize("silence", SILENCES, ids=lambda one: one.__name__)
def test_nobody_is_told_who(silence: Silence) -> None:
    silence(who_agreed())
    plan_reminders(SIDOARJO, now=FIRST_DAY)
    assert (told(), queued()) == ([], [])


@pytest.mark.django_db
@pytest.mark.parametrize("silence", SILENCES, ids=lambda one: one.__name__)
def test_at_sending_nobody_is_told_who(silence: Silence) -> None:
    member = who_agreed()
    plan_reminders(SIDOARJO, now=FIRST_DAY)
    key = Reminder.objects.get().pk
    assert text_of(key) == WORDS
    silence(member)
    assert said(key) is None


@pytest.mark.django_db
def test_who_never_agreed_is_not_told() -> None:
    MemberFactory.create(paid_through=date(2026, 10, 1))
    plan_reminders(SIDOARJO, now=FIRST_DAY)
    assert (told(), queued()) == ([], [])


@pytest.mark.django_db
def test_silent_if_the_table_changed_meanwhile() -> None:
    who_agreed()
    plan_reminders(SIDOARJO, now=FIRST_DAY)
    key = Reminder.objects.get().pk
    Discount.objects.create(
        code="diperpanjang",
        programmes=["JKK", "JKM"],
        sector="non_transport",
        month_from=JANUARY,
        month_to=date(2027, 12, 1),
        percent_off=50,
        excluded_payers=["apbn", "apbd"],
        legal_basis="PP 99/2026",
    )
    assert said(key) is None
    plan_reminders(SIDOARJO, now=FIRST_DAY + timedelta(days=1))
    assert len(queued()) == 1


@pytest.mark.django_db
def test_the_switches_silence_plan_and_message(settings: Settings) -> None:
    who_agreed()
    who_agreed(regency_code=TERNATE, phone="+6281211110002")
    plan_reminders(SIDOARJO, now=FIRST_DAY)
    key = Reminder.objects.get().pk
    settings.NOTICE_PRICE_CHANGE_DAYS = timedelta(0)
    assert said(key) is None
    assert regencies_to_remind(FIRST_DAY) == []
    assert plan_reminders(TERNATE, now=FIRST_DAY) == Planned(reminders=0, members=0)
    settings.NOTICE_PRICE_CHANGE_DAYS = timedelta(days=42)
    settings.REMINDER_PER_PHONE_PER_DAY = 0
    assert plan_reminders(TERNATE, now=FIRST_DAY) == Planned(reminders=0, members=0)


@pytest.mark.django_db
def test_regencies_are_named_while_a_rise_is_near_and_until_they_are_marked() -> None:
    who_agreed()
    who_agreed(regency_code=TERNATE, phone="+6281211110002")
    assert regencies_to_remind(FIRST_DAY - timedelta(days=1)) == []
    assert regencies_to_remind(FIRST_DAY) == [SIDOARJO, TERNATE]
    plan_reminders(SIDOARJO, now=FIRST_DAY)
    assert regencies_to_remind(FIRST_DAY) == [TERNATE]
    assert ReminderRun.objects.get().members == 1


@pytest.mark.django_db
def test_a_regency_costs_the_same_however_many_are_told() -> None:
    who_agreed(regency_code=TERNATE)
    for number in range(12):
        who_agreed(phone=f"+62812000000{number:02d}")
        who_agreed(phone=f"+62812000000{number:02d}")
    rate_book()
    costs = []
    for regency, members in ((TERNATE, 1), (SIDOARJO, 24)):
        with CaptureQueriesContext(connection) as statements:
            assert plan_reminders(regency, now=FIRST_DAY).members == members
        costs.append(len(statements))
    assert costs[0] == costs[1]


@pytest.mark.django_db(transaction=True)
def test_plans_at_once_tell_each_member_once() -> None:
    for number in range(10):
        who_agreed(phone=f"+62812000000{number:02d}")
        who_agreed(phone=f"+62812000000{number:02d}", regency_code=TERNATE)
    together = Barrier(6)

    def plan(number: int) -> Planned:
        try:
            together.wait(timeout=10)
            return plan_reminders(TERNATE if number % 2 else SIDOARJO, now=FIRST_DAY)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=6) as pool:
        planned = list(pool.map(plan, range(6)))
    assert sum(one.reminders for one in planned) == 10
    assert sum(one.members for one in planned) == 20
    assert (Reminder.objects.count(), len(told()), len(queued())) == (10, 20, 10)
