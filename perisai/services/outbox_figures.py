"""How the outbox stands, for who watches it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, DateTimeField, F, Min, Q, When

from perisai.models import OutboxMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxFigures:
    """Messages that wait, since when the oldest of them should be out, and the dead letters."""

    waiting: int
    oldest_at: datetime | None
    dead: int

    def oldest_seconds(self, now: datetime) -> float:
        """How long the oldest waits; 0: nothing does."""
        return max((now - self.oldest_at).total_seconds(), 0.0) if self.oldest_at else 0.0


def outbox_figures(now: datetime) -> OutboxFigures:
    """Two statements, each on an index of its own.

    A message that may go out only later, and was not tried yet, makes nobody wait.
    """
    unsent = OutboxMessage.objects.filter(sent_at__isnull=True, given_up_at__isnull=True)
    since = Case(
        When(attempts=0, then=F("due_at")), default=F("created_at"), output_field=DateTimeField()
    )
    is_late = Q(attempts__gt=0) | Q(due_at__lte=now)
    found = unsent.aggregate(waiting=Count("pk"), oldest_at=Min(since, filter=is_late))
    return OutboxFigures(
        waiting=found["waiting"],
        oldest_at=found["oldest_at"],
        dead=OutboxMessage.objects.dead().count(),
    )
