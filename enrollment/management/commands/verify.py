"""`manage.py verify`: after a restore, and whenever somebody wants to know."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from enrollment.services.erasure import erase_again
from perisai import clock
from perisai.privacy import KeyRingError
from perisai.services.erasures import read_list, remember
from perisai.services.keys import canaries_open
from perisai.services.triggers import broken_triggers


class Command(BaseCommand):
    """Triggers and keys are compared, erasures are replayed; exit 1 when one is not as it must be.

    The phones are told of a restored history by `manage.py new_epoch`.
    """

    help = "Compare triggers and keys with the code, and forget anew who was erased."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the list lies."""
        parser.add_argument(
            "--erasures",
            default=settings.ERASURE_LIST_FILE,
            help="The list kept outside the database; default: ERASURE_LIST_FILE.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """One line per subject. Raises CommandError for a broken one, after all were tried."""
        broken = [*self._triggers(), *self._keys()]
        if not broken:  # without keys and guards nothing is destroyed
            broken = self._erasures(options["erasures"])
        if broken:
            raise CommandError(f"broken: {', '.join(broken)}", returncode=1)

    def _triggers(self) -> list[str]:
        missing = broken_triggers()
        self.stdout.write(f"triggers  {'ok' if not missing else ' '.join(missing)}")
        return ["triggers"] if missing else []

    def _keys(self) -> list[str]:
        try:
            opens = canaries_open()
        except KeyRingError:
            opens = False
        self.stdout.write(f"keys      {'ok' if opens else 'do not open this database'}")
        return [] if opens else ["keys"]

    def _erasures(self, path: str) -> list[str]:
        try:
            listed = read_list(Path(path)) if path else []
        except (OSError, ValueError, KeyError) as damaged:
            self.stdout.write(f"erasures  the list cannot be read ({type(damaged).__name__})")
            return ["erasures"]
        lost, again = remember(listed), erase_again(clock.now())
        self.stdout.write(f"erasures  {lost} were lost, {again} rows forgotten again")
        return []
