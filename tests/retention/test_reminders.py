"""The plan of a day's reminders: who is due a message, once a phone and day (R33)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any
from unittest.mock import patch

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from enrollment.models import (
    ClosedReason,
    ConsentWithdrawal,
    Member,
    Outcome,
    Purpose,
    RequestKind,
)
from enrollment.services.subject_requests import DecisionForm, decide_request
from payments.services.rates import rate_book
from perisai import clock
from perisai.backends import memory
from perisai.models import OutboxMessage
from perisai.services.messages import relay
from retention import tasks
from retention.models import Contact, Decision, Reminder, ReminderLine, ReminderRun
from retention.services.reminders import Planned, plan_reminders, regencies_to_remind
from tests.factories.enrollment import MemberFactory
from tests.factories.payments import MemberPayerFactory, PayerFactory
from tests.factories.perisai import UserFactory
from tests.factories.retention import AttemptFactory, ReminderLineFactory
from tests.factories.subject_requests import RECEIVED_AT, SubjectRequestFactory
from tests.retention.reminded import (
    OCTOBER,
    SIDOARJO,
    TERNATE,
    at,
    queued,
    told,
    who_agreed,
)

NOVEMBER = date(2026, 11, 1)
DUE_SOON = at("2026-11-11 00:40")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-11-10", ""),
        ("2026-11-11", "due_soon"),
        ("2026-11-12", ""),
        ("2026-11-16", "due_today"),
        ("2026-11-17", ""),
        ("2026-12-01", "grace_1"),
        ("2026-12-02", ""),
        ("2027-01-01", "grace_2"),
        ("2027-01-25", "lapse_near"),
        ("2027-01-26", ""),
        ("2027-02-01", ""),
    ],
)
def test_r33_october_is_planned_on_five_days(day: str, why: str, settings: Settings) -> None:
    settings.NOTICE_PRICE_CHANGE_DAYS = timedelta(0)  # what is told of prices has its own tests
    member = who_agreed()
    plan_reminders(SIDOARJO, now=at(f"{day} 00:40"))
    expected = [(member.pk, date.fromisoformat(day), why, NOVEMBER)] if why else []
    assert told() == expected
    assert len(queued()) == len(expected)


@pytest.mark.django_db
def test_a_reminder_waits_for_eight_in_its_own_zone() -> None:
    who_agreed(phone="+6281211110001")
    who_agreed(phone="+6281211110002", regency_code=TERNATE)
    plan_reminders(SIDOARJO, now=DUE_SOON)
    plan_reminders(TERNATE, now=DUE_SOON)
    waits = [message.due_at - message.created_at for message in queued()]
    assert waits == [timedelta(hours=7, minutes=20), timedelta(hours=5, minutes=20)]
    assert {(one.zone, one.day) for one in Reminder.objects.all()} == {
        ("Asia/Jakarta", date(2026, 11, 11)),
        ("Asia/Jayapura", date(2026, 11, 11)),
    }


@pytest.mark.django_db
def test_a_late_plan_sends_nothing_of_a_day_that_is_over() -> None:
    who_agreed()
    for days in (1, 2, 4):
        plan_reminders(SIDOARJO, now=DUE_SOON + timedelta(days=days))
    assert (told(), queued()) == ([], [])


@pytest.mark.django_db
def test_a_second_plan_adds_nothing_not_even_in_the_evening() -> None:
    who_agreed()
    assert plan_reminders(SIDOARJO, now=DUE_SOON) == Planned(reminders=1, members=1)
    rows = (told(), list(OutboxMessage.objects.values()), list(ReminderRun.objects.values()))
    for hours in (0, 3, 10, 20, 23):
        again = plan_reminders(SIDOARJO, now=DUE_SOON + timedelta(hours=hours))
        assert again == Planned(reminders=0, members=0)
    assert rows == (
        told(),
        list(OutboxMessage.objects.values()),
        list(ReminderRun.objects.values()),
    )


@pytest.mark.django_db
def test_a_household_has_one_message() -> None:
    siti = who_agreed(full_name="SITI AMINAH")
    budi = who_agreed(full_name="BUDI SANTOSO")
    alone = who_agreed(phone="+6281211110009")
    assert plan_reminders(SIDOARJO, now=DUE_SOON) == Planned(reminders=2, members=3)
    shared = ReminderLine.objects.get(member=siti).reminder
    assert set(shared.lines.values_list("member", flat=True)) == {siti.pk, budi.pk}
    assert ReminderLine.objects.get(member=alone).reminder != shared
    assert {message.subject_id for message in queued()} == set(
        Reminder.objects.values_list("pk", flat=True)
    )


@pytest.mark.django_db
def test_a_household_of_two_regencies_has_one_message_until_it_is_on_its_way() -> None:
    siti = who_agreed()
    budi, ani = who_agreed(regency_code=TERNATE), who_agreed(regency_code="1671")
    plan_reminders(SIDOARJO, now=DUE_SOON)
    assert plan_reminders(TERNATE, now=DUE_SOON) == Planned(reminders=0, members=1)
    reminder = Reminder.objects.get()
    assert set(reminder.lines.values_list("member", flat=True)) == {siti.pk, budi.pk}

    OutboxMessage.objects.update(attempts=1, sent_at=DUE_SOON)
    assert plan_reminders("1671", now=DUE_SOON) == Planned(reminders=0, members=0)
    assert not ReminderLine.objects.filter(member=ani).exists()
    assert ReminderRun.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("minutes", "travels"),
    [
        pytest.param(-1, False, id="its try failed and it is due again"),
        pytest.param(9, True, id="a relay may hold it"),
        pytest.param(15, False, id="its try failed and it waits"),
    ],
)
def test_who_is_planned_beside_a_relay_is_told_in_the_next_round(
    *, minutes: int, travels: bool
) -> None:
    siti, budi = who_agreed(), who_agreed(regency_code=TERNATE)
    plan_reminders(SIDOARJO, now=DUE_SOON)
    due_at = timezone.now() + timedelta(minutes=minutes)
    OutboxMessage.objects.update(attempts=1, due_at=due_at)
    found = plan_reminders(TERNATE, now=DUE_SOON)
    assert found == Planned(reminders=0, members=not travels, put_off=travels)
    assert regencies_to_remind(DUE_SOON) == [TERNATE] * travels

    OutboxMessage.objects.update(due_at=timezone.now())  # its try has ended, or died
    again = plan_reminders(TERNATE, now=DUE_SOON)
    assert again == Planned(reminders=0, members=travels)
    assert regencies_to_remind(DUE_SOON) == []
    assert [row[0] for row in told()] == [siti.pk, budi.pk]


def closed(member: Member) -> None:
    member.closed_on, member.closed_reason = date(2026, 11, 9), ClosedReason.CLAIMED_OUT
    member.save(update_fields=["closed_on", "closed_reason"])


def without_a_phone(member: Member) -> None:
    member.phone = member.phone_index = None
    member.save(update_fields=["phone", "phone_index"])


def opted_out(member: Member) -> None:
    assert member.agent is not None
    ConsentWithdrawal.objects.create(
        member=member,
        agent=member.agent,
        purposes=[Purpose.REMINDERS],
        asked_at=at("2026-11-19 09:00"),
    )


def asked_to_be_out(member: Member) -> None:
    SubjectRequestFactory.create(member=member, kind=RequestKind.WITHDRAWAL)


def restricted(member: Member) -> None:
    request = SubjectRequestFactory.create(member=member, kind=RequestKind.RESTRICTION)
    said = DecisionForm(outcome=Outcome.DONE, reason="Identitas sudah diperiksa")
    decide_request(request.pk, said, by=UserFactory.create(), now=RECEIVED_AT + timedelta(hours=1))


def sponsored(member: Member) -> None:
    MemberPayerFactory.create(member=member, payer=PayerFactory.create())


def reported_dead(member: Member) -> None:
    said = {"contact": Contact.MET_FAMILY, "decision": Decision.DECEASED}
    AttemptFactory.create(member=member, **said)


def paid(member: Member) -> None:
    Member.objects.filter(pk=member.pk).update(paid_through=NOVEMBER)


SILENCES = [
    closed,
    without_a_phone,
    opted_out,
    asked_to_be_out,
    restricted,
    sponsored,
    reported_dead,
    paid,
]


@pytest.mark.django_db
@pytest.mark.parametrize("silence", SILENCES, ids=lambda one: one.__name__)
def test_nobody_is_reminded_who(silence: Any) -> None:
    silence(who_agreed())
    assert plan_reminders(SIDOARJO, now=DUE_SOON) == Planned(reminders=0, members=0)
    assert (told(), queued()) == ([], [])
    assert regencies_to_remind(DUE_SOON) == []  # looked at, and marked


@pytest.mark.django_db
def test_nobody_is_reminded_who_never_agreed() -> None:
    MemberFactory.create(paid_through=OCTOBER)
    assert plan_reminders(SIDOARJO, now=DUE_SOON).members == 0


@pytest.mark.django_db
def test_who_was_met_after_a_wrong_report_of_death_is_reminded() -> None:
    member = who_agreed()
    reported_dead(member)
    AttemptFactory.create(
        member=member, contact=Contact.MET_MEMBER, tried_at=at("2026-11-19 12:00")
    )
    assert plan_reminders(SIDOARJO, now=DUE_SOON).members == 1


@pytest.mark.django_db
def test_a_contract_that_is_over_sponsors_nobody() -> None:
    ended = PayerFactory.create(contract_to=date(2026, 11, 10))
    MemberPayerFactory.create(member=who_agreed(), payer=ended)
    assert plan_reminders(SIDOARJO, now=DUE_SOON).members == 1


@pytest.mark.django_db
def test_who_never_paid_is_reminded_three_times_and_no_more() -> None:
    member = who_agreed(paid_through=None, registered_on=date(2026, 10, 2))
    for day in ("2026-10-10", "2026-10-15", "2026-11-11", "2026-11-16", "2026-12-10"):
        plan_reminders(SIDOARJO, now=at(f"{day} 00:40"))
    assert told() == [
        (member.pk, date(2026, 10, 10), "first_payment", None),
        (member.pk, date(2026, 10, 15), "first_payment", None),
        (member.pk, date(2026, 11, 11), "first_payment", None),
    ]


@pytest.mark.django_db
def test_who_never_paid_is_left_alone_at_first_and_after_three_visits_and_as_a_draft() -> None:
    never_paid: dict[str, Any] = {"paid_through": None, "phone": "+6281211110007"}
    who_agreed(registered_on=date(2026, 11, 5), **never_paid)
    who_agreed(income_monthly=None, **never_paid)
    visited = who_agreed(**never_paid)
    AttemptFactory.create_batch(2, member=visited)
    twice = plan_reminders(SIDOARJO, now=DUE_SOON)
    assert twice.members == 1
    AttemptFactory.create(member=visited)
    assert plan_reminders(SIDOARJO, now=at("2026-11-16 00:40")).members == 1
    assert {row[0] for row in told() if row[1] == date(2026, 11, 16)} != {visited.pk}


@pytest.mark.django_db
def test_the_settings_decide_the_days_the_hours_and_whether_at_all(settings: Settings) -> None:
    who_agreed()
    settings.REMINDER_DAYS = ("due-3",)
    assert plan_reminders(SIDOARJO, now=DUE_SOON).members == 0
    now = at("2026-11-13 00:40")
    settings.REMINDER_PER_PHONE_PER_DAY = 0
    assert regencies_to_remind(now) == []
    assert plan_reminders(SIDOARJO, now=now).members == 0
    settings.REMINDER_PER_PHONE_PER_DAY = 1
    settings.REMINDER_QUIET = "21:00-07:00"
    assert plan_reminders(SIDOARJO, now=now).members == 1
    (message,) = queued()
    assert message.due_at - message.created_at == timedelta(hours=6, minutes=20)


@pytest.mark.django_db
def test_regencies_are_named_until_they_are_marked() -> None:
    who_agreed()
    who_agreed(regency_code=TERNATE)
    who_agreed(regency_code="1671", paid_through=date(2026, 11, 1))
    assert regencies_to_remind(DUE_SOON) == [SIDOARJO, TERNATE]
    plan_reminders(SIDOARJO, now=DUE_SOON)
    assert regencies_to_remind(DUE_SOON) == [TERNATE]
    assert ReminderRun.objects.values_list("day", "regency_code", "reminders", "members").get() == (
        date(2026, 11, 11),
        SIDOARJO,
        1,
        1,
    )
    assert regencies_to_remind(DUE_SOON + timedelta(days=1)) == []


@pytest.mark.django_db
def test_a_regency_costs_the_same_however_many_owe(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    who_agreed(phone="+6281299990000")
    for number in range(12):
        who_agreed(phone=f"+62812000000{number:02d}")
        who_agreed(phone=f"+62812000000{number:02d}")
    rate_book()
    with django_assert_num_queries(9):  # regency, day, tariff, three of reminders, mark, savepoint
        assert plan_reminders(SIDOARJO, now=DUE_SOON) == Planned(reminders=13, members=25)


@pytest.mark.django_db
def test_the_tasks_plan_what_is_due_now(monkeypatch: pytest.MonkeyPatch) -> None:
    member = who_agreed()
    monkeypatch.setattr(clock, "now", lambda: DUE_SOON)
    sent: list[Any] = []
    monkeypatch.setattr(tasks.remind_regency, "delay", sent.append)
    tasks.remind()
    assert sent == [SIDOARJO]
    tasks.remind_regency(SIDOARJO)
    assert [row[0] for row in told()] == [member.pk]


@pytest.mark.django_db
def test_reminders_are_facts() -> None:
    line = ReminderLineFactory.create(member=who_agreed())
    for rows in (Reminder.objects.filter(pk=line.reminder_id), ReminderLine.objects.all()):
        refused = pytest.raises(ProgrammingError, match="Cannot update or delete rows")
        with refused, transaction.atomic():
            rows.update(day=date(2026, 11, 2))


@pytest.mark.django_db(transaction=True)
def test_plans_at_once_remind_each_member_and_phone_once() -> None:
    phones = [f"+62812000000{number:02d}" for number in range(10)]
    for phone in phones:
        who_agreed(phone=phone)
        who_agreed(phone=phone)
        who_agreed(phone=phone, regency_code=TERNATE)
    together = Barrier(6)

    def plan(number: int) -> Planned:
        try:
            together.wait(timeout=10)
            return plan_reminders(TERNATE if number % 2 else SIDOARJO, now=DUE_SOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=6) as pool:
        planned = list(pool.map(plan, range(6)))

    assert sum(one.reminders for one in planned) == 10
    assert sum(one.members for one in planned) == 30
    assert (Reminder.objects.count(), ReminderLine.objects.count()) == (10, 30)
    assert len(queued()) == 10
    assert ReminderRun.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_late_member_of_a_household_is_told_with_it_or_not_noted() -> None:
    """A plan that adds a line beside a relay that takes the message: never a line unsaid."""
    siti, budi = who_agreed(full_name="SITI AMINAH"), who_agreed(regency_code=TERNATE)
    plan_reminders(SIDOARJO, now=DUE_SOON)
    now, noon = timezone.now(), at("2026-11-11 12:00")  # of the machine, and of business
    OutboxMessage.objects.update(due_at=now)
    together = Barrier(2)

    def beside(work: Callable[[], object]) -> None:
        try:
            together.wait(timeout=10)
            work()
        finally:
            connection.close()

    with patch.object(clock, "now", lambda: noon), ThreadPoolExecutor(max_workers=2) as pool:
        works = (lambda: relay(now, 5), lambda: plan_reminders(TERNATE, now=noon))
        list(pool.map(beside, works))
        relay(now, 5)  # it passed a row over that the plan had locked
    ((_reference, message),) = memory.sent
    noted = set(ReminderLine.objects.values_list("member", flat=True))
    assert noted == ({siti.pk, budi.pk} if "Budi" in message.text else {siti.pk})
