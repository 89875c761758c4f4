"""What attempts lose when their member is forgotten, or when they are old."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from perisai.services.guards import guards_aside
from retention.models import Attempt

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


def _destroy(attempts: QuerySet[Attempt]) -> int:
    with guards_aside(Attempt):
        return attempts.update(note=None, place=None, payment_reference="")
