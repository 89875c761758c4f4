"""By which number somebody was reminded is forgotten with the person, and after its time (R36)."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from enrollment.services.erasure import erase_member
from perisai.keeping import days_of
from perisai.models import ErasureReason
from perisai.purging import purge_of
from perisai.services.purges import run_purge
from retention.models import Reminder, ReminderLine
from tests.factories.payments import NOW
from tests.factories.retention import ReminderFactory, ReminderLineFactory
from tests.retention.reminded import who_agreed

pytestmark = pytest.mark.django_db


def erase(member_id: UUID) -> None:
    """At the member's own request."""
    erase_member(member_id, by=None, reason=ErasureReason.REQUEST, request_id=None, now=NOW)


def with_a_phone() -> set[object]:
    """Reminders that still know a number."""
    return set(Reminder.objects.filter(phone_index__isnull=False).values_list("pk", flat=True))


def test_an_erasure_forgets_the_phone_with_the_last_of_its_people() -> None:
    siti, budi = who_agreed(), who_agreed()
    shared = ReminderLineFactory.create(member=siti).reminder
    ReminderLineFactory.create(member=budi, reminder=shared)
    own = ReminderLineFactory.create(member=siti, day=date(2026, 11, 2)).reminder
    other = ReminderLineFactory.create(member=who_agreed(phone="+6281200000009")).reminder

    erase(siti.pk)
    assert with_a_phone() == {shared.pk, other.pk}
    erase(budi.pk)
    assert with_a_phone() == {other.pk}
    assert own.pk in Reminder.objects.values_list("pk", flat=True)
    assert ReminderLine.objects.count() == 4


def test_a_purge_forgets_phones_of_old_reminders_and_leaves_younger_ones() -> None:
    kept_from = NOW.date() - timedelta(days=days_of("messages"))
    ReminderFactory.create(day=kept_from - timedelta(days=1))
    young = ReminderFactory.create(day=kept_from)
    purge = purge_of("reminders")
    assert purge is not None
    assert [run_purge(purge, now=NOW).rows for _ in range(2)] == [1, 0]
    assert with_a_phone() == {young.pk}
    assert Reminder.objects.count() == 2
