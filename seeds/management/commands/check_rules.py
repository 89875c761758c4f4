"""`manage.py check_rules PATH`: the acceptance check before real money moves."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from seeds.rule_checks.catalogue import NOT_YET
from seeds.rule_checks.check import FileReport, Unreadable, check_file
from seeds.rule_checks.rulebook import installed_rulebook

DIFFERS, UNREADABLE = 1, 2


class Command(BaseCommand):
    """Compares rule vectors with the product. Needs no database.

    Exit status: 0 all rows agree, 1 a row differs (whatever else there is), 2 a file could not be
    checked or nothing was.
    """

    help = (
        "Checks a CSV file of rule vectors, or all in a folder, against this installation's rules. "
        "Exit status 1: a row differs; 2: a file could not be checked."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One path."""
        parser.add_argument("path", type=Path, help="a CSV file, or a folder of them")

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        """Print a line per file and per row that differs; what could not be checked comes last."""
        del args, options
        checked = differing = 0
        unreadable: list[str] = []
        for file in _files(path):
            if file.stem.lower() in NOT_YET:
                self.stdout.write(f"{file.name}: {NOT_YET[file.stem.lower()]}")
                continue
            try:
                report = check_file(file, installed_rulebook())
            except Unreadable as broken:
                unreadable.append(f"{file.name}: {broken}")
                continue
            self._show(file, report)
            checked += report.checked
            differing += len(report.differences)
        if differing:
            verdict = [*unreadable, f"{differing} of {checked} rows differ"]
            raise CommandError("\n".join(verdict), returncode=DIFFERS)
        if unreadable:
            raise CommandError("\n".join(unreadable), returncode=UNREADABLE)
        if not checked:
            raise CommandError("nothing was checked", returncode=UNREADABLE)
        self.stdout.write(f"all {checked} rows agree")

    def _show(self, file: Path, report: FileReport) -> None:
        differing = len(report.differences)
        self.stdout.write(f"{file.name}: {report.checked} rows checked, {differing} differ")
        for difference in report.differences:
            self.stdout.write(f"  {difference.row_id}: {'; '.join(difference.problems)}")


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise CommandError(f"{path}: no such file or folder", returncode=UNREADABLE)
    # Anything but CSV in a folder is there for readers.
    files = sorted(file for file in path.iterdir() if file.suffix.lower() == ".csv")
    if not files:
        raise CommandError(f"{path}: no CSV file in this folder", returncode=UNREADABLE)
    return files
