"""Data folders outside of this run's own services."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STEERING = (
    "DATABASE_URL",
    "REDIS_URL",
    "CACHE_URL",
    "SECRET_KEY",
    "PERISAI_ENV",
    "PORT",
    "FIELD_KEYS_FILE",
    "INDEX_KEYS_FILE",
    "PROOF_KEYS_FILE",
)
Program = Callable[[str], list[str]]


@pytest.fixture
def unsteered(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if nothing was exported: the embedded pair is not switched off."""
    for name in STEERING:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def program() -> Program:
    """A Python program as a command line, with this project's modules to import."""

    def command(text: str) -> list[str]:
        return [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{text}"]

    return command
