"""Key rings that a test may break."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from tests.perisai.rings import use_rings


@pytest.fixture
def rings(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of fresh rings; a changed file is noticed at once."""
    monkeypatch.setattr("perisai.privacy.keyring.SECONDS_BETWEEN_LOOKS", 0.0)
    monkeypatch.setattr("perisai.services.keys.SETTLES_AFTER", 0.0)
    use_rings(settings, tmp_path)
    return tmp_path
