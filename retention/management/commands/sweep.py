"""`manage.py sweep --as-of DATE`: the night's sweep in this process, regency by regency."""

from argparse import ArgumentParser
from datetime import date
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from perisai import clock
from perisai.models import Regency
from retention.services.sweep import open_follow_ups, regencies_to_sweep
from retention.tasks import sweep_regency


class Command(BaseCommand):
    """Opens follow-ups of members with an ended unpaid month (R15, R16); safe to repeat."""

    help = "Open follow-ups of members in arrears; a regency that was swept that day is skipped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The day, one regency, and whether to look again at what was swept."""
        parser.add_argument("--as-of", default="", help="Day, YYYY-MM-DD; today if left out.")
        parser.add_argument("--regency", default="", help="One regency, four digits.")
        parser.add_argument("--force", action="store_true", help="Swept regencies too.")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--by-worker", action="store_true", help="Let Celery's workers do it.")
        how.add_argument("--status", action="store_true", help="Only tell what is left; 1 if any.")

    def handle(self, **options: Any) -> None:
        """Sweep and tell. Raises CommandError for a day or regency that is none."""
        as_of = _day(options["as_of"])
        codes = regencies_to_sweep(as_of, is_forced=options["force"])
        if options["regency"]:
            codes = codes.filter(code=_regency(options["regency"]))
        if options["status"]:
            self._tell_what_is_left(codes.count(), as_of)
        elif options["by_worker"]:
            self._send(list(codes), as_of)
        else:
            self._sweep(list(codes), as_of)

    def _tell_what_is_left(self, left: int, as_of: date) -> None:
        if left:
            raise CommandError(f"sweep of {as_of}: {left} regencies left")
        self.stdout.write(f"sweep of {as_of}: nothing left")

    def _send(self, codes: list[str], as_of: date) -> None:
        for code in codes:
            sweep_regency.delay(code, as_of.isoformat())
        self.stdout.write(f"sweep of {as_of}: {len(codes)} regencies sent to the workers")

    def _sweep(self, swept: list[str], as_of: date) -> None:
        started = monotonic()
        opened = 0
        for number, code in enumerate(swept, start=1):
            new = open_follow_ups(code, as_of=as_of)
            opened += new
            self.stdout.write(f"[{number}/{len(swept)}] regency {code}: {new} opened")
        self.stdout.write(
            f"sweep of {as_of}: {len(swept)} regencies, {opened} follow-ups opened,"
            f" {monotonic() - started:.1f} s"
        )


def _day(text: str) -> date:
    if not text:
        return clock.today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--as-of {text!r} is not a day: write YYYY-MM-DD") from None


def _regency(code: str) -> str:
    if not Regency.objects.filter(code=code).exists():
        raise CommandError(f"--regency {code!r} is not known: write its four digits, e.g. 3515")
    return code
