"""System check: no class of personal data is kept shorter or longer than its bounds."""

from typing import Any

from django.core.checks import CheckMessage, Error

from perisai.keeping import out_of_bounds


def check_periods(**_: Any) -> list[CheckMessage]:
    """perisai.E011 for each period out of bounds."""
    return [
        Error(
            f"The class {row.code} must be kept {row.least} to {row.most} days.",
            hint="Set its KEEP_..._DAYS.",
            id="perisai.E011",
        )
        for row in out_of_bounds()
    ]
