"""Raw operations that have been kept long enough: place, digest and result stay."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from sync.models import Operation, ResultWord


def operations_with_old_bodies(before: datetime) -> QuerySet[Operation]:
    """Received before, with an answer for good: what waits for a person keeps its form."""
    return Operation.objects.filter(received_at__lt=before, body__isnull=False).exclude(
        result__in=[ResultWord.BLOCKED, ResultWord.CONFLICT]
    )


def end_bodies(keys: Sequence[UUID], now: datetime) -> int:
    """Destroy these bodies; how many there were."""
    del now
    return Operation.objects.filter(pk__in=keys, body__isnull=False).update(body=None)
