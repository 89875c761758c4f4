"""What the settings name is in the lock of production, which installs nothing else."""

import re
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", re.MULTILINE)
# settings.py adds these outside production alone.
OF_DEVELOPMENT = {"django_migration_linter"}


def plain(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> set[str]:
    return {plain(name) for name in PIN.findall((ROOT / "requirements.txt").read_text())}


@pytest.mark.parametrize("setting", ["INSTALLED_APPS", "MIDDLEWARE", "AUTHENTICATION_BACKENDS"])
def test_everything_named_is_ours_or_locked(setting: str) -> None:
    tops = {dotted.partition(".")[0] for dotted in getattr(settings, setting)}
    foreign = {top for top in tops if not (ROOT / top).is_dir()} - OF_DEVELOPMENT
    known = packages_distributions()
    missing = [top for top in foreign if not {plain(one) for one in known[top]} & locked()]
    assert missing == []


def test_what_development_adds_is_not_in_the_lock() -> None:
    assert {plain(name) for name in OF_DEVELOPMENT} & locked() == set()
