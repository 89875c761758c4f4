"""The day that a command is asked about."""

from datetime import date

from django.core.management.base import CommandError

from perisai import clock


def asked_day(text: str) -> date:
    """The day of `--as-of`; today if nothing is said. Raises CommandError for what is no day."""
    try:
        return date.fromisoformat(text) if text else clock.today()
    except ValueError:
        raise CommandError(f"--as-of {text!r} is not a day: write YYYY-MM-DD") from None
