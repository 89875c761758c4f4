"""`manage.py remind`: the plan of this moment's reminders by hand, regency by regency."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from enrollment.errors import DueDateMissing
from perisai import clock
from retention.services.reminders import plan_reminders, regencies_to_remind
from retention.tasks import remind_regency


class Command(BaseCommand):
    """Plans what the present day of each zone is an occasion for (R33); safe to repeat."""

    help = "Plan today's reminders; a regency whose day is planned is skipped. relay sends them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who does it."""
        parser.add_argument("--by-worker", action="store_true", help="Let Celery's workers do it.")

    def handle(self, **options: Any) -> None:
        """Plan and tell. Raises CommandError for a month without a due date."""
        try:
            codes = regencies_to_remind(clock.now())
            if options["by_worker"]:
                self._send(codes)
            else:
                self._plan(codes)
        except DueDateMissing as refusal:
            raise CommandError(f"reminders: {refusal.code}") from refusal

    def _send(self, codes: list[str]) -> None:
        for code in codes:
            remind_regency.delay(code)
        self.stdout.write(f"reminders: {len(codes)} regencies sent to the workers")

    def _plan(self, codes: list[str]) -> None:
        phones = members = 0
        for code in codes:
            planned = plan_reminders(code, now=clock.now())
            phones, members = phones + planned.reminders, members + planned.members
            self.stdout.write(f"regency {code}: {planned.reminders} phones")
        self.stdout.write(f"reminders: {len(codes)} regencies, {phones} phones, {members} members")
