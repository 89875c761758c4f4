"""A payer's contact hears once a month for how many members it has not paid (R33)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest
import time_machine
from pytest_django import Settings

from enrollment.models import ClosedReason, Member
from payments.models import Payer, PayerContact
from payments.tariff import PayerKind
from perisai import clock
from perisai.models import OutboxMessage
from perisai.privacy import blind_index
from perisai.registry import Message
from perisai.services.messages import relay
from retention import tasks
from retention.models import Contact, Decision
from retention.services.payer_reminders import PAYER_DUE, remind_payers, subject_of
from tests.factories.enrollment import MemberFactory
from tests.factories.payments import MemberPayerFactory, PayerFactory
from tests.factories.perisai import AgentFactory
from tests.factories.retention import AttemptFactory, ReminderFactory
from tests.retention.reminded import OCTOBER, at
from tests.statements import counted

pytestmark = pytest.mark.django_db
SENT = list[tuple[str, Message]]
PHONE: Final = "+6281200007009"
FIRST, DUE = date(2026, 11, 11), date(2026, 11, 16)
NOVEMBER: Final = date(2026, 11, 1)


@pytest.fixture
def payer() -> Payer:
    """A village's budget with a contact."""
    payer = PayerFactory.create(kind=PayerKind.APBDES, name="Dana Desa Contoh")
    PayerContact.objects.create(payer=payer, name="Bu Wagiyem Contoh", phone=PHONE)
    return payer


def paid_by(payer: Payer, **columns: Any) -> Member:
    """A member of the payer, paid through October unless said otherwise."""
    member = MemberFactory.create(**({"paid_through": OCTOBER} | columns))
    MemberPayerFactory.create(member=member, payer=payer)
    return member


def leave(now: datetime, sent: SENT) -> list[str]:
    """What the relay sends at an instant, after the task of that day; all that waits is due."""
    before = len(sent)
    with time_machine.travel(now, tick=False):
        tasks.tell_payers()
        OutboxMessage.objects.waiting().update(due_at=now)
        relay(now, limit=10)
    return [message.text for _reference, message in sent[before:]]


def test_r33_the_payer_is_told_instead_of_its_members_once_a_month(
    payer: Payer, sent_messages: SENT
) -> None:
    people = [paid_by(payer, full_name="SITI AMINAH", phone="+6281211110009"), paid_by(payer)]
    paid_by(payer, paid_through=NOVEMBER)
    days = [FIRST + timedelta(days=number) for number in range(-1, 9)]
    said = {day: leave(at(f"{day} 09:00"), sent_messages) for day in days}
    text = (
        "Iuran November 2026 untuk 2 peserta yang dibayar Dana Desa Contoh belum dibayar."
        " Bayar paling lambat 16 November 2026."
    )
    assert {day: texts for day, texts in said.items() if texts} == {FIRST: [text]}
    ((_reference, message),) = sent_messages
    assert (message.phone_e164, message.template) == (PHONE, "payer_due")
    for person in people:
        assert person.full_name.split()[0].lower() not in text.lower()
        assert person.nik not in text
    Member.objects.update(paid_through=NOVEMBER)
    assert leave(at("2026-12-09 09:00"), sent_messages) == []
    assert leave(at("2026-12-10 09:00"), sent_messages)[0].startswith("Iuran Desember 2026")


def closed(member: Member) -> None:
    member.closed_on, member.closed_reason = date(2026, 11, 9), ClosedReason.CLAIMED_OUT
    member.save(update_fields=["closed_on", "closed_reason"])


def paid(member: Member) -> None:
    Member.objects.filter(pk=member.pk).update(paid_through=NOVEMBER)


def lapsed(member: Member) -> None:
    Member.objects.filter(pk=member.pk).update(paid_through=date(2026, 7, 1))


def reported_dead(member: Member) -> None:
    said = {"contact": Contact.MET_FAMILY, "decision": Decision.DECEASED}
    AttemptFactory.create(member=member, agent=AgentFactory.create(), **said)


def an_unfinished_form(member: Member) -> None:
    never_paid = {"paid_through": None, "episode_no": 0, "episode_started_on": None}
    Member.objects.filter(pk=member.pk).update(income_monthly=None, **never_paid)


def of_a_contract_that_is_over(member: Member) -> None:
    Payer.objects.update(contract_to=date(2026, 11, 10))


def of_a_payer_where_nobody_answers(member: Member) -> None:
    PayerContact.objects.all().delete()


SILENCES: Final = [
    closed,
    paid,
    lapsed,
    reported_dead,
    an_unfinished_form,
    of_a_contract_that_is_over,
    of_a_payer_where_nobody_answers,
]


@pytest.mark.parametrize("silence", SILENCES, ids=lambda one: one.__name__)
def test_nobody_is_told_of_who_is(
    silence: Callable[[Member], None], payer: Payer, sent_messages: SENT
) -> None:
    """Neither queued, nor sent if it became so in between; and no dead letter."""
    member = paid_by(payer)
    assert remind_payers(as_of=FIRST) == 1
    silence(member)
    assert leave(at(f"{FIRST} 09:00"), sent_messages) == []
    assert not OutboxMessage.objects.dead().exists()
    OutboxMessage.objects.all().delete()
    assert remind_payers(as_of=FIRST) == 0


def test_who_never_paid_counts_and_who_is_in_grace(payer: Payer, sent_messages: SENT) -> None:
    paid_by(payer, paid_through=None)
    paid_by(payer, paid_through=date(2026, 8, 1))
    (text,) = leave(at(f"{DUE} 19:59"), sent_messages)
    assert " untuk 2 peserta " in text


def test_not_at_night_and_not_on_a_day_on_which_that_phone_is_reminded(
    payer: Payer, sent_messages: SENT
) -> None:
    paid_by(payer)
    ReminderFactory.create(phone_index=blind_index("phone", PHONE), day=FIRST)
    for hours in ("07:59", "08:00", "20:00"):
        assert leave(at(f"{FIRST} {hours}"), sent_messages) == []
    assert OutboxMessage.objects.get(kind=PAYER_DUE).attempts == 0
    assert len(leave(at("2026-11-12 08:00"), sent_messages)) == 1


def test_after_the_due_date_it_is_a_dead_letter_if_somebody_still_owes(
    payer: Payer, sent_messages: SENT
) -> None:
    paid_by(payer)
    for as_of in (DUE, FIRST):  # a late run, and one that comes once more
        assert remind_payers(as_of=as_of) == (as_of == DUE)
    assert remind_payers(as_of=DUE + timedelta(days=1)) == 0
    for late in (at("2026-11-17 09:00"), at("2026-12-11 09:00")):
        OutboxMessage.objects.update(given_up_at=None, due_at=late)
        with time_machine.travel(late, tick=False):
            relay(late, limit=10)
        assert OutboxMessage.objects.dead().get().last_error == "outdated"
    assert sent_messages == []


def test_the_settings_decide_from_when_and_whether_at_all(payer: Payer, settings: Settings) -> None:
    paid_by(payer)
    settings.REMINDER_DAYS = ("grace", "due-2")
    assert remind_payers(as_of=date(2026, 11, 13)) == 0
    assert remind_payers(as_of=date(2026, 11, 14)) == 1
    OutboxMessage.objects.all().delete()
    settings.REMINDER_PER_PHONE_PER_DAY = 0
    assert remind_payers(as_of=date(2026, 11, 14)) == 0
    settings.REMINDER_PER_PHONE_PER_DAY, settings.REMINDER_DAYS = 1, ("grace",)
    assert remind_payers(as_of=date(2026, 11, 14)) == 0


def test_each_payer_has_one_whatever_its_members_number_at_a_fixed_cost() -> None:
    payers = PayerFactory.create_batch(3)
    for number, one in enumerate(payers):
        PayerContact.objects.create(payer=one, name="Pak Contoh", phone=f"+62812000070{number:02}")
        for _ in range(number + 1):
            paid_by(one)
    with counted() as statements:
        assert remind_payers(as_of=FIRST) == 3
    assert len(statements) == 4  # due date, payers, what is queued, the queue
    assert set(OutboxMessage.objects.values_list("kind", "subject_id")) == {
        (PAYER_DUE, subject_of(one.pk, NOVEMBER)) for one in payers
    }
    assert remind_payers(as_of=DUE) == 0


def test_the_task_tells_of_the_present_day(payer: Payer, monkeypatch: pytest.MonkeyPatch) -> None:
    paid_by(payer)
    monkeypatch.setattr(clock, "now", lambda: at("2026-11-11 06:35"))
    tasks.tell_payers()
    assert OutboxMessage.objects.get().subject_id == subject_of(payer.pk, NOVEMBER)
