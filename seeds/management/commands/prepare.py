"""`manage.py prepare`: from an empty database to one with something to show, in one process."""

from argparse import ArgumentParser
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Migrates, then loads reference data and the demonstration; each step may be repeated."""

    help = "Migrate, seed reference, seed demo: what `make run` does before it starts."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many people the demonstration has."""
        parser.add_argument("--scale", type=float, default=1.0, help="As of `seed demo`.")

    def handle(self, *args: Any, scale: float, **options: Any) -> None:
        """Do the three, telling each step."""
        del args, options
        told = StringIO()
        call_command("migrate", no_color=True, stdout=told)
        applied = told.getvalue().count("... OK")
        self.stdout.write(f"{applied} migrations applied" if applied else "migrations up to date")
        call_command("seed", "reference", stdout=self.stdout)
        call_command("seed", "demo", scale=scale, stdout=self.stdout)
