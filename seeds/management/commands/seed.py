"""`manage.py seed reference`, `seed demo`, `seed national`: repeatable, with progress."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from perisai import clock
from seeds.demo.load import NoCalendar, Order, load_demo
from seeds.demo.offices import NoPasswords, install_apps, is_loaded, read_passwords
from seeds.demo.places import NoPlaces
from seeds.national.load import CannotSeed, load_national
from seeds.national.plan import PER_WHOLE, NationalOrder
from seeds.reference import load_reference
from seeds.region_codes import REGIONS_FOLDER
from seeds.region_files import BadRegionFile, read_region_tree

MOST_MEMBERS: Final = 100_000_000
MOST_WORKERS: Final = 64
MOST_DUE: Final = 0.8
THOUSANDS: Final = {"k": 1_000, "M": 1_000_000}


class Command(BaseCommand):
    """Fills an installation with reference data, or with synthetic people to look at."""

    help = "Load reference data (regions, tariff, calendar), a demonstration, or a whole country."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One word per kind of seed."""
        kinds = parser.add_subparsers(dest="what", required=True)
        reference = kinds.add_parser("reference", help="regions, occupations, tariff, holidays")
        reference.add_argument("--regions", type=Path, default=REGIONS_FOLDER)
        demo = kinds.add_parser("demo", help="invented people with two years of payments")
        demo.add_argument("--as-of", default="", help="Last day, YYYY-MM-DD; today if left out.")
        demo.add_argument("--scale", type=float, default=1.0, help="1: 56 agents, 6,300 members.")
        national = kinds.add_parser("national", help="invented members of the whole country")
        national.add_argument("--members", required=True, help="How many: 250000, 250k, 10M.")
        national.add_argument("--seed", type=int, default=1, help="Another one, other people.")
        national.add_argument("--workers", type=int, default=2, help="Processes that invent.")
        national.add_argument("--due", type=float, default=0.05, help="Share that owes a month.")
        national.add_argument("--as-of", default="", help="Owing on this day; today if left out.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, telling each step and its time."""
        del args
        self.started = monotonic()
        if options["what"] == "reference":
            self._reference(options["regions"])
        elif options["what"] == "national":
            order = NationalOrder(
                members=_many(options["members"]),
                seed=options["seed"],
                due=_part(options["due"]),
                as_of=_day(options["as_of"]),
            )
            self._national(order, workers=options["workers"])
        else:
            self._demo(_day(options["as_of"]), options["scale"])

    def _reference(self, regions: Path) -> None:
        try:
            load_reference(read_region_tree(regions), say=self._say)
        except BadRegionFile as broken:
            raise CommandError(f"nothing loaded: {broken}") from broken

    def _demo(self, as_of: date, scale: float) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("a demonstration is not for production: nothing loaded")
        if not 0 < scale <= 1:
            raise CommandError("--scale lies above 0 and up to 1")
        if is_loaded():
            self._install_apps()
            self._say("demo: already loaded, nothing changed")
            return
        try:
            passwords = read_passwords(settings.DEMO_PASSWORDS_FILE)
            load_demo(Order(as_of=as_of, scale=scale, passwords=passwords), say=self._say)
        except NoPasswords as refusal:
            raise CommandError(f"nothing loaded: {refusal}") from refusal
        except (NoPlaces, NoCalendar) as refusal:
            raise CommandError(
                f"nothing loaded ({refusal}): run `manage.py seed reference` first"
            ) from refusal
        self._install_apps()
        self._say("demo: loaded")

    def _national(self, order: NationalOrder, *, workers: int) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("invented people are not for production: nothing loaded")
        if not 1 <= workers <= MOST_WORKERS:
            raise CommandError(f"--workers lies between 1 and {MOST_WORKERS}")
        try:
            found = load_national(order, workers=workers, say=self._say)
        except CannotSeed as refusal:
            raise CommandError(f"nothing loaded: {refusal}") from refusal
        done = "loaded" if found.is_new else "already loaded, nothing changed"
        self._say(f"national: {found.members:,} members of {found.agents:,} agents; {done}")

    def _install_apps(self) -> None:
        if settings.DEMO_TOTP_SECRET:
            install_apps(settings.DEMO_TOTP_SECRET)

    def _say(self, text: str) -> None:
        self.stdout.write(f"[{monotonic() - self.started:5.1f}s] {text}")


def _day(text: str) -> date:
    if not text:
        return clock.today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--as-of {text!r} is not a day: write YYYY-MM-DD") from None


def _many(text: str) -> int:
    """A number of members, also as 250k or 10M."""
    unit = THOUSANDS.get(text[-1:], 1)
    digits = text if unit == 1 else text[:-1]
    if (
        not digits.isascii()
        or not digits.isdecimal()
        or not 1 <= int(digits) * unit <= MOST_MEMBERS
    ):
        raise CommandError(f"--members {text!r} is no number from 1 to {MOST_MEMBERS:,}")
    return int(digits) * unit


def _part(share: float) -> int:
    """Of ten thousand."""
    if not 0 <= share <= MOST_DUE:
        raise CommandError(f"--due lies from 0 to {MOST_DUE}")
    return round(share * PER_WHOLE)
