"""`manage.py seed reference` and `manage.py seed demo`: repeatable, with progress."""

from argparse import ArgumentParser
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from seeds.reference import load_reference
from seeds.region_codes import REGIONS_FOLDER
from seeds.region_files import BadRegionFile, read_region_tree


class Command(BaseCommand):
    """Fills an installation with reference data, or with synthetic people to look at."""

    help = "Load reference data (regions, tariff, calendar) or a demonstration."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One word per kind of seed."""
        kinds = parser.add_subparsers(dest="what", required=True)
        reference = kinds.add_parser("reference", help="regions, occupations, tariff, holidays")
        reference.add_argument("--regions", type=Path, default=REGIONS_FOLDER)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, telling each step and its time."""
        del args
        self.started = monotonic()
        self._reference(options["regions"])

    def _reference(self, regions: Path) -> None:
        try:
            load_reference(read_region_tree(regions), say=self._say)
        except BadRegionFile as broken:
            raise CommandError(f"nothing loaded: {broken}") from broken

    def _say(self, text: str) -> None:
        self.stdout.write(f"[{monotonic() - self.started:5.1f}s] {text}")
