"""`manage.py purge`: the nightly work by hand."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from perisai import clock
from perisai.purging import Purge, known_purges, purge_of
from perisai.services.purges import run_purge, waiting


class Command(BaseCommand):
    """One line per purge: how many rows, and since when the oldest has waited."""

    help = "End what was kept long enough, or with --dry-run only count it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which, and whether to write."""
        parser.add_argument("purge", nargs="?", default="", help="One alone; default: all.")
        parser.add_argument("--dry-run", action="store_true", help="Count, and change nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for an unknown purge."""
        chosen = known_purges()
        if options["purge"]:
            named = purge_of(options["purge"])
            if named is None:
                names = ", ".join(purge.code for purge in chosen)
                raise CommandError(f"no such purge; there are {names}")
            chosen = [named]
        for purge in chosen:
            self.stdout.write(_counted(purge) if options["dry_run"] else _run(purge))


def _counted(purge: Purge) -> str:
    found = waiting(purge, now=clock.now())
    since = f", the oldest of {found.oldest:%Y-%m-%d}" if found.oldest else ""
    return f"{purge.code:<14} {found.rows:>9} rows would end{since}"


def _run(purge: Purge) -> str:
    run = run_purge(purge, now=clock.now())
    return f"{purge.code:<14} {run.rows:>9} rows ended, {run.left} left"
