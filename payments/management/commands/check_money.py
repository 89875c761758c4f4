"""`manage.py check_money`: does the money add up?"""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payments.services.checks import CheckResult, UnknownCheck, run_checks


class Command(BaseCommand):
    """Prints per check rows looked at, breaks, first ids, milliseconds; exit 1 on any break."""

    help = "Check the ledger, cover and keys (I1 to I10); exit 1 on any break."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which checks, and for whom."""
        parser.add_argument("--only", default="", help="Codes, such as I3,I6.")
        parser.add_argument("--json", action="store_true", help="One JSON document.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run and print. Raises CommandError when a claim is broken or unknown."""
        only = [code.strip() for code in options["only"].split(",") if code.strip()]
        try:
            results = run_checks(only or None)
        except UnknownCheck as unknown:
            raise CommandError(f"no such check: {unknown}") from unknown
        if options["json"]:
            self.stdout.write(json.dumps([asdict(result) for result in results]))
        else:
            for result in results:
                self.stdout.write(_line(result))
        broken = [result.code for result in results if result.breaks]
        if broken:
            raise CommandError(f"broken: {', '.join(broken)}", returncode=1)


def _line(result: CheckResult) -> str:
    verdict = "ok" if not result.breaks else f"{result.breaks} BREAKS {', '.join(result.first_ids)}"
    return (
        f"{result.code:<4} {result.claim:<26} {result.rows:>9} rows "
        f"{result.milliseconds:>6} ms  {verdict}"
    )
