"""What a reminder says, judged again as it leaves: words, names, hours, language (R33, R39)."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from enrollment.models import Member
from perisai.backends import NotDelivered
from perisai.models import OutboxMessage
from perisai.privacy import blind_index
from perisai.registry import Message, NotYet
from perisai.services.messages import relay
from retention.messages import reminder
from retention.models import Reminder
from retention.services.reminders import plan_reminders
from tests.factories.enrollment import ConsentFactory
from tests.factories.retention import AttemptFactory, ReminderFactory, ReminderLineFactory
from tests.retention.reminded import SIDOARJO, TERNATE, WIT, at, who_agreed
from tests.retention.test_reminders import SILENCES

pytestmark = pytest.mark.django_db
SENT = list[tuple[str, Message]]
MORNING = "2026-11-11 09:00"


def planned(text: str = "2026-11-11 00:40", regency_code: str = SIDOARJO) -> UUID:
    """The one reminder that a plan makes at an instant of Jakarta."""
    plan_reminders(regency_code, now=at(text))
    return Reminder.objects.get().pk


def said(reminder_id: UUID, text: str = MORNING) -> Message | None:
    """The message as it would leave at an instant of Jakarta."""
    with time_machine.travel(at(text), tick=False):
        return reminder(reminder_id)


def words(reminder_id: UUID, text: str = MORNING) -> str:
    """Its text; there must be one."""
    message = said(reminder_id, text)
    assert message is not None
    return message.text


def due_for_the_relay(now: datetime) -> OutboxMessage:
    """The one message, due at an instant of the machine."""
    OutboxMessage.objects.update(due_at=now)
    return OutboxMessage.objects.get()


@pytest.mark.parametrize(
    ("day", "text"),
    [
        ("2026-11-11", "Iuran November 2026 belum dibayar. Bayar paling lambat 16 November 2026."),
        ("2026-11-16", "Iuran November 2026 belum dibayar. Bayar paling lambat 16 November 2026."),
        (
            "2026-12-01",
            "1 bulan belum dibayar (November 2026). Bayar sebelum 1 Februari 2027, tanpa denda.",
        ),
        (
            "2027-01-25",
            "2 bulan belum dibayar (November 2026, Desember 2026). "
            "Bayar sebelum 1 Februari 2027, tanpa denda.",
        ),
    ],
)
def test_r39_words_of_each_day(day: str, text: str) -> None:
    who_agreed()
    message = said(planned(f"{day} 00:40"), f"{day} 09:00")
    assert message is not None
    assert (message.text, message.template) == (text, "reminder")
    assert message.parameters == {"words": text}
    assert message.phone_e164 == "+6281234567890"


def test_who_never_paid_hears_when_cover_begins() -> None:
    who_agreed(paid_through=None)
    assert words(planned()) == (
        "Pendaftaran diterima. Perlindungan mulai setelah iuran pertama dibayar."
    )


def test_a_household_is_told_in_one_sentence_by_first_names() -> None:
    who_agreed(full_name="SITI AMINAH")
    who_agreed(full_name="BUDI SANTOSO")
    message = said(planned())
    assert message is not None
    assert message.text == (
        "Siti, Budi: iuran November 2026 belum dibayar. Bayar paling lambat 16 November 2026."
    )
    assert message.template == "reminder_household"
    assert message.parameters == {
        "names": "Siti, Budi",
        "words": "iuran November 2026 belum dibayar. Bayar paling lambat 16 November 2026.",
    }


def test_a_household_in_different_standing_is_told_so_and_one_word_names_are_masked() -> None:
    owes_one = who_agreed(full_name="SUPARMAN")
    owes_two = who_agreed(full_name="ANI LESTARI", paid_through=date(2026, 8, 1))
    made = ReminderFactory.create(phone_index=owes_one.phone_index, day=date(2026, 11, 11))
    for member in (owes_one, owes_two):
        ReminderLineFactory.create(reminder=made, member=member, day=made.day)
    assert words(made.pk) == (
        "S*******: iuran November 2026 belum dibayar. Bayar paling lambat 16 November 2026. "
        "Ani: 2 bulan belum dibayar (September 2026, Oktober 2026). "
        "Bayar sebelum 1 Desember 2026, tanpa denda."
    )


def test_a_cadres_phone_names_five_and_counts_the_rest() -> None:
    for number in range(7):
        who_agreed(full_name=f"{'ABCDEFG'[number]}NI LESTARI")
    assert words(planned()).startswith("Ani, Bni, Cni, Dni, Eni dan 2 lainnya: iuran November")


@pytest.mark.parametrize("shared", ["owner", "reader"])
def test_on_a_phone_that_others_read_the_member_is_named(shared: str) -> None:
    if shared == "owner":
        who_agreed(full_name="SITI AMINAH", phone_owner="child")
    else:
        who_agreed(full_name="SITI AMINAH")
        who_agreed(full_name="BUDI SANTOSO", paid_through=date(2026, 12, 1))
    assert words(planned()).startswith("Siti: iuran November 2026 belum dibayar.")


def test_english_is_for_who_chose_it_and_for_no_mixed_household() -> None:
    english = who_agreed(full_name="SITI AMINAH", language="en")
    key = planned()
    message = said(key)
    assert message is not None
    assert (message.language, message.text) == (
        "en",
        "The contribution of November 2026 is unpaid. Pay by 16 November 2026.",
    )
    other = who_agreed(full_name="BUDI SANTOSO", language="en")
    ReminderLineFactory.create(
        reminder=Reminder.objects.get(), member=other, day=date(2026, 11, 11)
    )
    assert words(key).startswith("Siti, Budi: the contribution of November 2026 is unpaid.")
    ConsentFactory.create(member=english, agent=english.agent, given_at=at("2026-11-20 09:00"))
    assert words(key).startswith("Siti, Budi: iuran November 2026 belum dibayar.")


def test_in_a_lean_season_nobody_is_called_in_arrears() -> None:
    member = who_agreed()
    AttemptFactory.create(member=member, contact="met_member", decision="lean_season")
    for day in ("2026-11-11", "2026-11-16", "2026-12-01", "2027-01-01", "2027-01-25"):
        plan_reminders(SIDOARJO, now=at(f"{day} 00:40"))
    texts = [words(one.pk, f"{one.day} 09:00").lower() for one in Reminder.objects.order_by("day")]
    assert len(texts) == 5
    for text in texts:
        assert "tunggak" not in text
        assert "terlindungi" not in text


@pytest.mark.parametrize("silence", SILENCES, ids=lambda one: one.__name__)
def test_at_sending_nobody_is_told_who(silence: Any) -> None:
    member = who_agreed()
    key = planned()
    assert said(key) is not None
    silence(member)
    assert said(key) is None


def test_of_a_household_who_paid_is_left_out_and_who_moved_to_another_phone_too() -> None:
    paid_up, moved, _left = (
        who_agreed(full_name=name) for name in ("SITI AMINAH", "BUDI SANTOSO", "ANI LESTARI")
    )
    key = planned()
    Member.objects.filter(pk=paid_up.pk).update(paid_through=date(2026, 11, 1))
    moved.phone = "+6281200000099"
    moved.phone_index = blind_index("phone", moved.phone)
    moved.save(update_fields=["phone", "phone_index"])
    assert words(key).startswith("Ani: iuran November 2026")


def test_what_was_paid_in_part_meanwhile_is_not_asked_again() -> None:
    member = who_agreed(paid_through=date(2026, 8, 1))
    key = planned("2026-11-01 00:40")
    Member.objects.filter(pk=member.pk).update(paid_through=date(2026, 9, 1))
    assert words(key, "2026-11-01 09:00").startswith("1 bulan belum dibayar (Oktober 2026).")


def test_the_switch_silences_what_waits(settings: Any) -> None:
    who_agreed()
    key = planned()
    settings.REMINDER_PER_PHONE_PER_DAY = 0
    assert said(key) is None


@pytest.mark.parametrize(
    ("regency_code", "now", "wait"),
    [
        pytest.param(SIDOARJO, "2026-11-11 23:00", timedelta(hours=9), id="WIB"),
        pytest.param("6471", "2026-11-11 22:00", timedelta(hours=9), id="WITA"),
        pytest.param(TERNATE, "2026-11-11 18:00", timedelta(hours=12), id="WIT"),
    ],
)
def test_a_message_that_an_outage_delayed_waits_for_the_morning_and_no_try_is_counted(
    regency_code: str, now: str, wait: timedelta, sent_messages: SENT
) -> None:
    who_agreed(regency_code=regency_code)
    key = planned(regency_code=regency_code)
    with time_machine.travel(at(now), tick=False), pytest.raises(NotYet) as early:
        reminder(key)
    assert early.value.wait == wait

    row = due_for_the_relay(at(now))
    with time_machine.travel(at(now), tick=False):
        assert relay(at(now), limit=5) == 0
    row.refresh_from_db()
    assert (row.due_at, row.attempts, row.sent_at) == (at(now) + wait, 0, None)
    assert (sent_messages, row.given_up_at) == ([], None)

    with time_machine.travel(row.due_at, tick=False):
        assert relay(row.due_at, limit=5) == 1
    assert len(sent_messages) == 1


def test_nothing_leaves_before_its_own_day() -> None:
    who_agreed(regency_code=TERNATE)
    key = planned("2026-11-11 18:30", TERNATE)  # evening there: told on the twelfth
    with time_machine.travel(at("2026-11-11 17:00", WIT)), pytest.raises(NotYet):
        reminder(key)
    assert said(key, "2026-11-12 09:00") is not None


def test_what_a_night_put_off_is_sent_on_the_next_day_and_never_later() -> None:
    who_agreed()
    key = planned()
    assert words(key, "2026-11-12 08:00").startswith("Iuran November 2026 belum dibayar.")
    with pytest.raises(NotDelivered):
        said(key, "2026-11-13 08:00")


def test_a_reminder_whose_day_is_over_is_a_dead_letter_if_there_was_somebody_to_tell() -> None:
    member, late = who_agreed(), at("2026-11-13 09:00")
    planned()
    row = due_for_the_relay(late)
    for paid_through, code, is_dead in (
        (date(2026, 10, 1), "outdated", True),
        (date(2026, 11, 1), "nobody_to_tell", False),
    ):
        OutboxMessage.objects.update(given_up_at=None)
        Member.objects.filter(pk=member.pk).update(paid_through=paid_through)
        with time_machine.travel(late, tick=False):
            relay(late + timedelta(hours=1) * (not is_dead), limit=5)
        row.refresh_from_db()
        assert (row.given_up_at is not None, row.last_error) == (True, code)
        assert OutboxMessage.objects.dead().exists() is is_dead


@pytest.mark.parametrize(
    ("code", "names"),
    [("given_up_by_person", "Budi"), ("nobody_to_tell", "Siti, Budi"), ("", "Siti, Budi")],
)
def test_of_yesterdays_reminder_speaks_again_what_gave_way_not_what_a_person_stopped(
    code: str, names: str
) -> None:
    siti, budi = who_agreed(full_name="SITI AMINAH"), who_agreed(full_name="BUDI SANTOSO")
    old, new = (
        ReminderFactory.create(phone_index=siti.phone_index, day=day)
        for day in (date(2026, 11, 11), date(2026, 11, 12))
    )
    ReminderLineFactory.create(reminder=old, member=siti, day=old.day)
    ReminderLineFactory.create(reminder=new, member=budi, day=new.day)
    OutboxMessage.objects.create(
        kind="reminder",
        subject_id=old.pk,
        given_up_at=at("2026-11-12 07:00") if code else None,
        last_error=code,
    )
    assert words(new.pk, "2026-11-12 08:00").startswith(f"{names}: iuran November 2026")


def test_one_phone_hears_once_a_day_whatever_was_put_off(sent_messages: SENT) -> None:
    siti, budi = who_agreed(full_name="SITI AMINAH"), who_agreed(full_name="BUDI SANTOSO")
    old, new = (
        ReminderFactory.create(phone_index=siti.phone_index, day=day)
        for day in (date(2026, 11, 11), date(2026, 11, 12))
    )
    ReminderLineFactory.create(reminder=old, member=siti, day=old.day)
    ReminderLineFactory.create(reminder=new, member=budi, day=new.day)
    morning = at("2026-11-12 08:00")
    assert said(old.pk, "2026-11-12 08:00") is None
    assert words(new.pk, "2026-11-12 08:00").startswith("Siti, Budi: iuran November 2026")

    OutboxMessage.objects.create(kind="reminder", subject_id=old.pk, sent_at=morning)
    assert said(new.pk, "2026-11-12 10:00") is None
    assert sent_messages == []


def test_a_reminder_whose_number_was_forgotten_tells_nobody() -> None:
    member = who_agreed()
    line = ReminderLineFactory.create(
        member=member, reminder=ReminderFactory.create(phone_index=None, day=date(2026, 11, 11))
    )
    assert said(line.reminder_id) is None


NAMES = ["SITI", "BUDI", "AMINAH", "SUPARMAN", "LESTARI", "MUH.", "ALI'UDIN", "WULANDARI", "DEWI"]


@how(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(
        st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(" ".join),
        min_size=1,
        max_size=4,
    ),
    owner=st.sampled_from(["self", "neighbour"]),
)
def test_no_message_ever_holds_a_nik_or_a_full_name(names: list[str], owner: str) -> None:
    phone = f"+62812{Reminder.objects.count():08d}"
    people = [who_agreed(full_name=name, phone=phone, phone_owner=owner) for name in names]
    made = ReminderFactory.create(phone_index=people[0].phone_index, day=date(2026, 11, 11))
    for person in people:
        ReminderLineFactory.create(reminder=made, member=person, day=made.day)
    text = words(made.pk).lower()
    for person in people:
        assert person.full_name.lower() not in text
        assert person.nik not in text
        assert person.kpj not in text
        assert person.phone is not None
        assert person.phone[3:] not in text
