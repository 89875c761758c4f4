"""`manage.py bootstrap`: the first national user and the first partner, once."""

import sys
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from seeds.bootstrap import CannotBootstrap, FirstPeople, FirstSecrets, bootstrap

ASKED: Final = {
    "username": "Login of the first national user",
    "second_username": "Login of the second one, who confirms what the first proposes",
    "partner_code": "Code of the first payment partner (small letters, digits, -)",
    "partner_name": "Name of the partner",
    "outlet_code": "Code of its first counter, which is its login",
}


class Command(BaseCommand):
    """Asks for what the options leave out; prints the secrets once; a refusal is one line."""

    help = "Make the first national user (with a second factor) and the first partner, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One option per answer, so that no terminal is needed."""
        for name, question in ASKED.items():
            parser.add_argument(f"--{name.replace('_', '-')}", default="", help=question)

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for every refusal."""
        people = FirstPeople(**{name: _answer(name, options[name]) for name in ASKED})
        try:
            made = bootstrap(people, now=timezone.now())
        except CannotBootstrap as refusal:
            raise CommandError(str(refusal)) from refusal
        for line in _told(people, made):
            self.stdout.write(line)


def _answer(name: str, given: str) -> str:
    """The option, else what a person types. Raises CommandError where nobody can be asked."""
    if given.strip():
        return given.strip()
    option = f"--{name.replace('_', '-')}"
    if not sys.stdin.isatty():
        raise CommandError(f"{option} is missing, and there is no terminal to ask at")
    try:
        return input(f"{ASKED[name]}: ").strip()
    except EOFError as end:
        raise CommandError(f"{option} is missing: nothing made") from end


def _told(people: FirstPeople, made: FirstSecrets) -> list[str]:
    """Every secret once, as lines to read or to cut."""
    return [
        f"national user    {people.username}",
        f"password         {made.password}",
        f"authenticator    {made.totp_secret}",
        f"                 {made.totp_address}",
        f"recovery codes   {' '.join(made.recovery_codes)}",
        f"second national  {people.second_username}",
        f"password         {made.second_password}",
        f"partner          {people.partner_code}",
        f"counter          {people.outlet_code}",
        f"password         {made.outlet_password}",
        "Shown once: write them down, then change the password at the first login.",
    ]
