"""`manage.py escalate --as-of DATE`: what supervisors must know, by hand, branch by branch."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from retention.management.days import asked_day
from retention.services.escalation import branches_to_escalate, escalate


class Command(BaseCommand):
    """Notes what nobody else would notice (R16), each thing once; safe to repeat."""

    help = "Tell supervisors of members whom nobody visits or reaches, and of silent agents."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The day."""
        parser.add_argument("--as-of", default="", help="Day, YYYY-MM-DD; today if left out.")

    def handle(self, **options: Any) -> None:
        """Note and tell. Raises CommandError for a day that is none."""
        as_of = asked_day(options["as_of"])
        branches = branches_to_escalate()
        new = sum(escalate(branch_id, as_of=as_of) for branch_id in branches)
        self.stdout.write(f"escalations of {as_of}: {len(branches)} branches, {new} new")
