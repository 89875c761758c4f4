"""`manage.py import_people FILE --kind members --by USER`: existing data brought in."""

from argparse import ArgumentParser
from pathlib import Path
from time import monotonic
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.translation import gettext as _

from perisai import clock
from perisai.errors import DomainError
from perisai.models import ImportKind, ImportRun, ImportState, LegalBasis, User
from supervision.errors import ImportFileInvalid
from supervision.services.importing.columns import template
from supervision.services.importing.faults import words_for
from supervision.services.importing.loading import load_run
from supervision.services.importing.reading import Reading, read_file
from supervision.services.importing.runs import (
    ImportOrder,
    begin_run,
    confirm_run,
    discard_run,
    facts_of,
)

FAULTS_SHOWN: Final = 100
HAS_FAULTS: Final = 3
PROCESSES: Final = 2


class Command(BaseCommand):
    """Exit status 0: loaded, or sound by --dry-run; 1: refused; 3: faults, told line by line."""

    help = "Bring in existing offices, agents or members from CSV (UTF-8) or XLSX."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One file, its kind, and who brings it."""
        parser.add_argument("file", nargs="?", type=Path)
        parser.add_argument("--kind", choices=ImportKind.values)
        parser.add_argument("--by", metavar="USER", help="who brings it: an office login")
        parser.add_argument("--confirm-by", metavar="USER", help="a second office login")
        parser.add_argument("--basis", choices=LegalBasis.values, help="members: legal basis")
        parser.add_argument("--basis-note", default="", help="the document it rests on")
        parser.add_argument("--dry-run", action="store_true", help="check, load nothing")
        parser.add_argument("--processes", type=int, default=PROCESSES)
        parser.add_argument("--template", choices=ImportKind.values, help="print an empty file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, telling each step; a refusal is one line."""
        del args
        self.started = monotonic()
        if options["template"]:
            self.stdout.write(template(options["template"]), ending="")
            return
        if not (options["file"] and options["kind"] and options["by"]):
            raise CommandError("say FILE, --kind and --by USER (or --template KIND)")
        by = _user(options["by"])
        with translation.override(by.language):
            try:
                self._bring(options, by)
            except ImportFileInvalid as refusal:
                raise CommandError(refusal.detail) from None
            except DomainError as refusal:
                raise CommandError(f"{refusal.title} ({refusal.code})") from None
            except OSError as fault:
                raise CommandError(f"{options['file'].name}: {fault.strerror}") from None

    def _bring(self, options: dict[str, Any], by: User) -> None:
        order = ImportOrder(
            kind=ImportKind(options["kind"]),
            by=by,
            legal_basis=LegalBasis(options["basis"]) if options["basis"] else None,
            basis_note=options["basis_note"],
        )
        with options["file"].open("rb") as file:
            run, _is_new = begin_run(order, facts_of(file))
            if run.state is ImportState.LOADED:
                self._load(run, by)
                return
            if run.read_at is None:
                how = Reading(processes=options["processes"], say=self._progress)
                run = _read(run, file, how)
        self._tell(_("%(rows)s baris dibaca.") % {"rows": run.rows})
        if run.fault_count:
            self._tell_faults(run)
            raise CommandError(
                _("%(faults)s kesalahan; tidak ada yang dimuat.") % {"faults": run.fault_count},
                returncode=HAS_FAULTS,
            )
        if options["dry_run"]:
            self._tell(_("Tidak ada kesalahan; belum ada yang dimuat."))
            return
        if options["confirm_by"]:
            confirm_run(run.pk, by=_user(options["confirm_by"]))
        self._load(run, by)

    def _load(self, run: ImportRun, by: User) -> None:
        done = load_run(run.pk, by=by)
        if not done.rows:
            self._tell(_("Berkas ini sudah dimuat; tidak ada yang berubah."))
        else:
            self._tell(
                _("%(rows)s dimuat, %(cover)s dengan lunas sampai.")
                % {"rows": done.rows, "cover": done.with_cover}
            )
        if done.told:
            self._tell(_("%(told)s peserta masuk buku agen.") % {"told": done.told})
        for number in done.full_books:
            self._tell(
                _("Buku agen %(number)s lebih besar daripada ukurannya.") % {"number": number}
            )

    def _tell_faults(self, run: ImportRun) -> None:
        for fault in run.faults.order_by("line", "id")[:FAULTS_SHOWN]:
            place = f"{fault.line}: {fault.column}" if fault.column else f"{fault.line}"
            self.stdout.write(f"{place}: {words_for(fault.code)} [{fault.code}]")

    def _progress(self, lines: int, faults: int) -> None:
        self.stderr.write(f"[{monotonic() - self.started:6.1f}s] {lines:,} / {faults:,}")

    def _tell(self, text: str) -> None:
        self.stdout.write(f"[{monotonic() - self.started:6.1f}s] {text}")


def _read(run: ImportRun, file: Any, how: Reading) -> ImportRun:
    """The run, read; one whose file cannot be read to its end is thrown away."""
    try:
        return read_file(run, file, as_of=clock.today(), how=how)
    except ImportFileInvalid:
        discard_run(run.pk, by=run.made_by)
        raise


def _user(name: str) -> User:
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        raise CommandError(f"there is no active login {name}")
    return user
