"""Run parked operations once more, after what made them fail was mended."""

from typing import Any

from django.core.management.base import BaseCommand

from sync.services.waiting import replay_parked


class Command(BaseCommand):
    """Repeatable; what fails again stays parked, and its author goes on waiting."""

    help = "Run operations again that a fault of ours had parked."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many got their final word, and how many did not."""
        finished, left = replay_parked()
        self.stdout.write(f"{finished} run, {left} parked still")
