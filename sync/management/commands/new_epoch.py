"""Name a new database history after a restore from backup."""

from typing import Any

from django.core.management.base import BaseCommand

from sync.services.epoch import new_epoch


class Command(BaseCommand):
    """Phones then walk their books from nothing and send again what the server lost.

    Numbers that were given out since the backup are not given to anybody else.
    """

    help = "Begin a new epoch: run it once after a restore from backup, before phones connect."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the new name."""
        self.stdout.write(f"epoch {new_epoch().name}\n")
