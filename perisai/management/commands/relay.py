"""`manage.py relay`: send what is due, by hand."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from perisai.models import OutboxMessage
from perisai.services.messages import relay
from perisai.tasks import AT_ONCE


class Command(BaseCommand):
    """Sends until nothing is due; beside a worker's relay each message leaves once all the same."""

    help = "Send the messages that are due; exit 1 if some must stay, because the way is closed."

    def handle(self, **options: Any) -> None:
        """Send and tell. Raises CommandError while a pause runs, or when nobody is there."""
        del options
        now = timezone.now()
        sent, left = 0, _due(now)
        while left:
            sent += relay(now, limit=AT_ONCE)
            before, left = left, _due(now)
            if left >= before:
                break
        waiting, dead = OutboxMessage.objects.waiting(), OutboxMessage.objects.dead()
        told = f"{sent} sent, {waiting.count()} wait, {dead.count()} dead letters"
        if left:
            raise CommandError(f"relay: {told}; {left} of them are due and could not leave")
        self.stdout.write(f"relay: {told}")


def _due(now: datetime) -> int:
    return OutboxMessage.objects.due(now).count()
