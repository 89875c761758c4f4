"""What the machine's seldom rules did: one that is always skipped proves nothing."""

from collections import Counter
from typing import Final

from hypothesis import event

EFFECTS: Final = Counter[str]()
"""How often each took effect since somebody cleared it."""


def took_effect(rule: str) -> None:
    """Count it here and in Hypothesis's own statistics."""
    EFFECTS[rule] += 1
    event(f"{rule} took effect")
