"""The page of reminders: of one's own members, by day and state, without a number."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from perisai.models import OutboxMessage
from retention.models import Reminder
from tests.factories.retention import ReminderFactory, ReminderLineFactory
from tests.supervision.conftest import As
from tests.supervision.world import PHONE, Corner, detail_url, list_url

pytestmark = pytest.mark.django_db
PAGE = "retention_reminder"
AT = datetime(2026, 11, 1, 2, tzinfo=UTC)


def told(reminder: Reminder, **outcome: Any) -> Reminder:
    """The reminder with what became of its message."""
    OutboxMessage.objects.create(kind="reminder", subject_id=reminder.pk, **outcome)
    return reminder


@pytest.fixture
def sent(corner: Corner) -> Reminder:
    """The corner's own reminder, which went out."""
    return told(corner.reminder, sent_at=AT, attempts=1)


@pytest.fixture
def given_up(corner: Corner) -> Reminder:
    """One of the next day, whose member had paid by then."""
    line = ReminderLineFactory.create(member=corner.member, day=date(2026, 11, 2))
    return told(line.reminder, given_up_at=AT, last_error="nobody_to_tell", attempts=1)


def test_the_state_is_derived_from_the_message_and_no_number_is_shown(
    corner: Corner, sent: Reminder, given_up: Reminder, as_user: As
) -> None:
    browser = as_user(corner.supervisor)
    text = browser.get(list_url(PAGE)).content.decode()
    assert ("terkirim" in text, "tidak terkirim" in text) == (True, True)
    assert "tidak ada lagi yang perlu diingatkan" in text
    for reminder, words in ((sent, "SITI CONTOH"), (given_up, "tidak ada lagi yang perlu")):
        text = browser.get(detail_url(PAGE, reminder.pk)).content.decode()
        assert words in text
        assert PHONE[3:] not in text
        assert "2 bulan belum dibayar" in text


def test_reminders_are_filtered_by_state_and_day(
    corner: Corner, sent: Reminder, given_up: Reminder, as_user: As
) -> None:
    unknown = ReminderLineFactory.create(member=corner.member, day=date(2026, 5, 3)).reminder
    waiting = told(ReminderLineFactory.create(member=corner.member, day=date(2026, 11, 3)).reminder)
    browser = as_user(corner.supervisor)

    def chosen(query: str) -> set[object]:
        lines = browser.get(f"{list_url(PAGE)}?{query}").context["cl"]
        return {record.pk for record in lines.result_list}

    assert chosen("state=sent") == {sent.pk}
    assert chosen("state=given_up") == {given_up.pk}
    assert chosen("state=waiting") == {waiting.pk}
    assert chosen("state=unknown") == {unknown.pk}
    assert chosen("state=lost") == set()
    assert chosen("day=2026-11-02") == {given_up.pk}
    assert chosen("day=kemarin") == set()
    assert chosen("") == {sent.pk, given_up.pk, waiting.pk, unknown.pk}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("gateway_timeout", "gerbang terlalu lama menjawab"),
        ("given_up_by_person", "dihentikan petugas"),
        ("outdated", "harinya sudah lewat"),
    ],
)
def test_the_reason_is_said_in_words(corner: Corner, as_user: As, code: str, words: str) -> None:
    told(corner.reminder, given_up_at=AT, last_error=code)
    text = as_user(corner.supervisor).get(list_url(PAGE)).content.decode()
    assert (words in text, code in text) == (True, False)


def test_what_is_no_longer_kept_is_not_said_to_wait(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    for url in (detail_url(PAGE, corner.reminder.pk), corner.detail_url("enrollment_member")):
        text = browser.get(url).content.decode()
        assert "tidak diketahui lagi" in text
        assert "menunggu" not in text


def test_of_a_shared_phone_only_ones_own_members_are_shown(
    corner: Corner, elsewhere: Corner, as_user: As
) -> None:
    ReminderLineFactory.create(
        reminder=corner.reminder, member=elsewhere.member, day=date(2026, 11, 4)
    )
    for one, other in ((corner, elsewhere), (elsewhere, corner)):
        browser = as_user(one.supervisor)
        page = browser.get(detail_url(PAGE, corner.reminder.pk))
        assert one.member.full_name in page.content.decode()
        assert other.member.full_name not in page.content.decode()
    foreign = ReminderFactory.create(day=date(2026, 11, 9))
    assert as_user(corner.supervisor).get(detail_url(PAGE, foreign.pk)).status_code == 404


def test_a_members_page_has_the_newest_reminders(
    corner: Corner, sent: Reminder, as_user: As
) -> None:
    text = as_user(corner.supervisor).get(corner.detail_url("enrollment_member")).content.decode()
    assert detail_url(PAGE, sent.pk) in text
    assert "terkirim" in text
