"""`manage.py sweep --as-of DATE`: the night's sweep in this process, regency by regency."""

from argparse import ArgumentParser
from datetime import date
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Sum

from perisai.models import Regency
from retention.management.days import asked_day
from retention.models import SweepFault, SweepRun
from retention.services.sweep import open_follow_ups, regencies_to_sweep
from retention.tasks import sweep_regency


class Command(BaseCommand):
    """Opens follow-ups of members who need a visit (R15, R16); safe to repeat."""

    help = "Open follow-ups of members who need a visit; a regency swept that day is skipped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The day, one regency, and whether to look again at what was swept."""
        parser.add_argument("--as-of", default="", help="Day, YYYY-MM-DD; today if left out.")
        parser.add_argument("--regency", default="", help="One regency, four digits.")
        parser.add_argument("--force", action="store_true", help="Swept regencies too.")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--by-worker", action="store_true", help="Let Celery's workers do it.")
        how.add_argument("--status", action="store_true", help="Only tell what is left; 1 if any.")

    def handle(self, **options: Any) -> None:
        """Sweep and tell. Raises CommandError for a day or regency that is none, and for a rest."""
        as_of = asked_day(options["as_of"])
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
        refused = SweepRun.objects.filter(as_of=as_of).aggregate(n=Sum("faults"))["n"]
        if left or refused:
            raise CommandError(f"sweep of {as_of}: {left} regencies left{_refused(refused or 0)}")
        self.stdout.write(f"sweep of {as_of}: nothing left")

    def _send(self, codes: list[str], as_of: date) -> None:
        for code in codes:
            sweep_regency.delay(code, as_of.isoformat())
        self.stdout.write(f"sweep of {as_of}: {len(codes)} regencies sent to the workers")

    def _sweep(self, codes: list[str], as_of: date) -> None:
        started = monotonic()
        opened, refused = 0, 0
        failed: list[str] = []
        for number, code in enumerate(codes, start=1):
            place = f"[{number}/{len(codes)}] regency {code}"
            try:
                new, faults = _open(code, as_of)
            except (DatabaseError, InterfaceError) as fault:
                failed.append(code)
                self.stderr.write(f"{place}: failed ({_code_of(fault)})")
                continue
            opened, refused = opened + new, refused + faults
            self.stdout.write(f"{place}: {new} opened{_refused(faults)}")
        self.stdout.write(
            f"sweep of {as_of}: {len(codes) - len(failed)} regencies, {opened} follow-ups opened,"
            f" {monotonic() - started:.1f} s"
        )
        if failed or refused:
            left = (
                f"{len(failed)} regencies left ({', '.join(failed)})" if failed else "nothing left"
            )
            raise CommandError(f"sweep of {as_of}: {left}{_refused(refused)}")


def _open(code: str, as_of: date) -> tuple[int, int]:
    """How many were new and how many refused; a lost connection is given up for the next one."""
    try:
        new = open_follow_ups(code, as_of=as_of)
        return new, SweepFault.objects.filter(as_of=as_of, regency_code=code).count()
    except (DatabaseError, InterfaceError):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        raise


def _refused(rows: int) -> str:
    return f", {rows} refused" if rows else ""


def _code_of(fault: Exception) -> str:
    """The message of the database may hold what a row says."""
    return getattr(fault.__cause__, "sqlstate", None) or type(fault).__name__


def _regency(code: str) -> str:
    if not Regency.objects.filter(code=code).exists():
        raise CommandError(f"--regency {code!r} is not known: write its four digits, e.g. 3515")
    return code
