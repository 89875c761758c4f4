"""`manage.py grant_discount_credit CODE`: give back what months were paid too much for (R9)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payments.errors import TariffRowUnknown
from payments.services.credit_runs import grant_discount_credit
from payments.services.discount_credit import ask_for_credit, plan_discount_credit
from perisai import clock


class Command(BaseCommand):
    """Prints how far it is after each batch; safe to repeat and to interrupt."""

    help = "Give credit to members who paid months before they became cheaper."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which discount, table or rate, and whether to look only."""
        parser.add_argument("code", help="A discount's code, table:2027-01 or rate:JKM:2027-01.")
        parser.add_argument("--dry-run", action="store_true", help="Say what it would give.")
        parser.add_argument("--again", action="store_true", help="Walk all members once more.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Give, or say. Raises CommandError for an unknown code."""
        code, now = options["code"], clock.now()
        try:
            if options["dry_run"]:
                plan = plan_discount_credit(code, now=now)
                self.stdout.write(
                    f"{code}: would give {plan.amount} rupiah to {plan.members} members"
                    f" for {plan.months} months"
                )
                return
            if options["again"]:
                ask_for_credit(code, now=now)
            run = grant_discount_credit(code, now=now, say=self.stdout.write)
        except TariffRowUnknown as unknown:
            raise CommandError(f"no such discount: {code}") from unknown
        self.stdout.write(
            f"{code}: gave {run.amount} rupiah to {run.members} members, covered {run.covered}"
        )
