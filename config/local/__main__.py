"""`python -m config.local VERB`: the launcher behind the Makefile."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from config.local import demonstration, housekeeping, runner
from config.local.cluster import THROW_AWAY
from config.local.environment import (
    demo_totp_secret,
    local_environment,
    production_environment,
)
from config.local.errors import CannotStart
from config.local.otp import present_code
from config.local.ports import Ports, any_free_port
from config.local.services import Plan, new_throw_away_folder, services

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / ".data"
USAGE = """usage: python -m config.local run | demo | otp | stop | clean-data
       python -m config.local with [--services | --production] [--] COMMAND ..."""


def tell_code() -> int:
    """Print the present one-time code of the demonstration's office logins."""
    print(present_code(demo_totp_secret(DATA)))
    return 0


VERBS: dict[str, Callable[[], int]] = {
    "run": runner.run,
    "demo": demonstration.demo,
    "otp": tell_code,
    "stop": lambda: housekeeping.stop(DATA),
    "clean-data": lambda: housekeeping.clean_data(DATA),
}


def main(arguments: list[str]) -> int:
    """Run one verb; returns its exit status."""
    match arguments:
        case ["with", *command]:
            return run_with_verb(command)
        case [verb] if verb in VERBS:
            return VERBS[verb]()
    print(USAGE, file=sys.stderr)
    return 2


def run_with_verb(arguments: list[str]) -> int:
    """Run a command beside services, in production's shape, or in this checkout's environment."""
    match arguments:
        case ["--services", "--", *command] if command:
            return run_beside_services(command)
        case ["--production", "--", *command] if command:
            return run_with(production_environment(ROOT), command)
        case ["--", *command] | [*command] if command:
            return run_with(local_environment(ROOT), command)
    print(USAGE, file=sys.stderr)
    return 2


def run_with(settings: dict[str, str], command: list[str]) -> int:
    """Become the command, with these settings in its environment."""
    os.environ.update(settings)
    try:
        os.execvp(command[0], command)  # noqa: S606  no shell is meant
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return 127


def run_beside_services(command: list[str]) -> int:
    """Run the command with an empty throw-away PostgreSQL and Valkey of its own."""
    plan = Plan(
        data=new_throw_away_folder(DATA, "check"),
        wish=Ports(web=any_free_port(), postgres=any_free_port(), valkey=any_free_port()),
        settings=THROW_AWAY,
        is_thrown_away=True,
    )
    with services(plan) as running:
        return subprocess.call(command, env=os.environ | running.environment)


def reported(arguments: list[str]) -> int:
    """The same, with a refusal printed as its one clear line."""
    try:
        return main(arguments)
    except CannotStart as refusal:
        print(refusal, file=sys.stderr)
        return refusal.status
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(reported(sys.argv[1:]))
