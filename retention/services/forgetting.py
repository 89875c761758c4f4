"""What attempts and reminders lose when their member is forgotten, or when they are old."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from perisai.clock import official_date
from perisai.services.guards import guards_aside
from retention.models import Attempt, Reminder, ReminderLine

HAS_TEXT = Q(note__isnull=False) | Q(place__isnull=False) | ~Q(payment_reference="")


def destroy_texts(member_ids: Iterable[UUID]) -> int:
    """Leave of the members' attempts the codes; joins the caller's transaction."""
    return _destroy(Attempt.objects.filter(member__in=list(member_ids)))


def attempts_with_old_texts(before: datetime) -> QuerySet[Attempt]:
    """Made before, and still with a note, a place or a number that an agent typed."""
    return Attempt.objects.filter(HAS_TEXT, tried_at__lt=before)


def end_texts(keys: Sequence[UUID], now: datetime) -> int:
    """Destroy the texts of these attempts; how many had one."""
    del now
    return _destroy(Attempt.objects.filter(HAS_TEXT, pk__in=keys))


def forget_phones(member_ids: Iterable[UUID]) -> None:
    """Leave no index of a number that told of these members alone; joins the transaction.

    What tells of others too is about their phone, and goes with the last of them.
    """
    ids = list(member_ids)
    lines = ReminderLine.objects.filter(reminder=OuterRef("pk"))
    others = lines.exclude(member__in=ids).filter(member__erased_at__isnull=True)
    _forget_index(Reminder.objects.filter(Exists(lines.filter(member__in=ids)), ~Exists(others)))


def reminders_with_old_phones(before: datetime) -> QuerySet[Reminder]:
    """Of days before, and still with the index of a number."""
    return Reminder.objects.filter(day__lt=official_date(before), phone_index__isnull=False)


def end_phones(keys: Sequence[UUID], now: datetime) -> int:
    """Destroy the indexes of these reminders; how many had one."""
    del now
    return _forget_index(Reminder.objects.filter(pk__in=keys, phone_index__isnull=False))


def _forget_index(reminders: QuerySet[Reminder]) -> int:
    with guards_aside(Reminder):
        return reminders.update(phone_index=None)


def _destroy(attempts: QuerySet[Attempt]) -> int:
    with guards_aside(Attempt):
        return attempts.update(note=None, place=None, payment_reference="")
