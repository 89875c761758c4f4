"""The form of a check."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A claim over rows. `rows` counts what is looked at; `breaks` selects ids that break it."""

    code: str
    claim: str
    rows: str
    breaks: str
