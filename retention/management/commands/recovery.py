"""`manage.py recovery --branch CODE`: what came of a branch's follow-ups, as CSV."""

import csv
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from perisai.deadlines import Deadline, within
from perisai.models import Branch
from perisai.months import parse_month
from retention.management.days import asked_day
from retention.services.recovery import (
    FEW,
    Asked,
    RecoveryBy,
    RecoveryLine,
    recovery,
    total,
    without_small,
)
from retention.services.recovery_statements import WINDOWS

HEAD = ("by", "key", "opened", *(f"{word}_{n}" for n in WINDOWS for word in ("old", "recovered")))


class Command(BaseCommand):
    """Prints counts; numbers of fewer than five people by village are not told."""

    help = "What came of a branch's follow-ups, as CSV: recovered within 30, 60 and 90 days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The branch, the month of opening, and the day to look from."""
        parser.add_argument("--branch", required=True, help="Code of the branch.")
        parser.add_argument("--month", default="", help="Month of opening, YYYY-MM; a year if out.")
        parser.add_argument("--as-of", default="", help="Day, YYYY-MM-DD; today if left out.")

    def handle(self, **options: Any) -> None:
        """Print. Raises CommandError for a branch, month or day that is none."""
        asked = Asked(
            branch_id=_branch(options["branch"]),
            as_of=asked_day(options["as_of"]),
            month=_month(options["month"]),
        )
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(HEAD)
        with within(Deadline.REPORT):
            for by in RecoveryBy:
                writer.writerows(_lines(by, recovery(asked, by)))


def _lines(by: RecoveryBy, lines: list[RecoveryLine]) -> Iterator[list[object]]:
    is_small_told = by is not RecoveryBy.VILLAGE
    shown = lines if is_small_told else without_small(lines)
    for line in shown:
        yield [by.value, line.key, *_numbers(line, is_small_told=is_small_told)]
    if is_small_told:
        yield [by.value, "total", *_numbers(total(lines), is_small_told=True)]


def _numbers(line: RecoveryLine, *, is_small_told: bool) -> Iterator[object]:
    yield line.opened
    for window in line.windows:
        for number in (window.old_enough, window.recovered):
            yield number if is_small_told or number >= FEW or not number else f"<{FEW}"


def _branch(code: str) -> int:
    found = Branch.objects.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        raise CommandError(f"--branch {code!r} is not known")
    return found


def _month(text: str) -> date | None:
    try:
        return parse_month(text) if text else None
    except ValueError:
        raise CommandError(f"--month {text!r} is not a month: write YYYY-MM") from None
