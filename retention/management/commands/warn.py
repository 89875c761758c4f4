"""`manage.py warn --as-of DATE`: agents who brought nothing for months, warned by hand."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from retention.management.days import asked_day
from retention.services.escalation import branches_to_escalate
from retention.services.idle_warnings import warn_agents


class Command(BaseCommand):
    """Notes whom to warn and queues their messages (R31), once a month each; safe to repeat."""

    help = "Warn agents who brought nothing for months, before they are reviewed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The day."""
        parser.add_argument("--as-of", default="", help="Day, YYYY-MM-DD; today if left out.")

    def handle(self, **options: Any) -> None:
        """Note and queue. Raises CommandError for a day that is none."""
        as_of = asked_day(options["as_of"])
        branches = branches_to_escalate()
        new = sum(warn_agents(branch_id, as_of=as_of) for branch_id in branches)
        self.stdout.write(f"warnings of {as_of:%Y-%m}: {len(branches)} branches, {new} new")
