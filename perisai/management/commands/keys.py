"""`manage.py keys`: the key rings, by hand."""

from argparse import ArgumentParser
from typing import Any, get_args

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.db.models import Model

from perisai import clock
from perisai.privacy import DecryptionFailed, KeyRingError
from perisai.privacy.keyring import RING_PURPOSES, read_ring, ring_path
from perisai.services.keys import Turning, activate_key, add_key, retire_key, rotate_fields
from perisai.tasks import rotate_keys

AT_ONCE = 10_000  # rows of one task: some seconds, far below its time limit


class Command(BaseCommand):
    """Each verb prints what it did in a line; a refusal is one line and exit status 1."""

    help = "Key rings: new RING, activate N [--ring RING], list, rotate --field, retire N"
    requires_system_checks: list[str] = []  # `new` must run where there is no ring yet

    def add_arguments(self, parser: CommandParser) -> None:
        """One sub-command per verb."""
        verbs = parser.add_subparsers(dest="verb", required=True, parser_class=ArgumentParser)
        new = verbs.add_parser("new", help="add a random key; it activates nothing")
        new.add_argument("purpose", choices=RING_PURPOSES)
        activate = verbs.add_parser("activate", help="make new values with this key")
        activate.add_argument("key_id", type=int)
        activate.add_argument("--ring", choices=get_args(Turning), default="field")
        verbs.add_parser("list", help="show ids, days and states, never keys")
        rotate = verbs.add_parser("rotate", help="encrypt anew what older keys made")
        rotate.add_argument("--field", action="store_true", required=True)
        rotate.add_argument("--limit", type=int, help="at most so many rows")
        rotate.add_argument("--background", action="store_true", help="let the worker do it")
        retire = verbs.add_parser("retire", help="forget a key that opens nothing any more")
        retire.add_argument("key_id", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for every refusal."""
        verbs = {
            "new": self._new,
            "activate": self._activate,
            "list": self._list,
            "rotate": self._rotate,
            "retire": self._retire,
        }
        try:
            verbs[options["verb"]](options)
        except (KeyRingError, DecryptionFailed, OSError, OperationalError) as refused:
            raise CommandError(str(refused).partition("\n")[0]) from refused

    def _new(self, options: dict[str, Any]) -> None:
        key_id = add_key(options["purpose"], created=clock.today())
        self.stdout.write(f"{options['purpose']} key {key_id} added")

    def _activate(self, options: dict[str, Any]) -> None:
        activate_key(options["key_id"], purpose=options["ring"])
        self.stdout.write(f"{options['ring']} key {options['key_id']} is active")

    def _list(self, options: dict[str, Any]) -> None:
        for purpose in RING_PURPOSES:
            for key in read_ring(ring_path(purpose), purpose).keys.values():
                self.stdout.write(f"{purpose} {key.id} {key.created} {key.state}")

    def _rotate(self, options: dict[str, Any]) -> None:
        if options["background"]:
            rotate_keys.delay(options["limit"] or AT_ONCE)
            self.stdout.write("the worker encrypts anew what older keys made")
            return
        changed = rotate_fields(limit=options["limit"], progress=self._tell)
        self.stdout.write(f"{changed} rows encrypted anew")

    def _tell(self, model: type[Model], rows: int) -> None:
        self.stderr.write(f"{model._meta.label}: {rows} rows")

    def _retire(self, options: dict[str, Any]) -> None:
        retire_key(options["key_id"])
        self.stdout.write(f"field key {options['key_id']} is retired")
