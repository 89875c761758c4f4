"""Settings of rules are refused outside of their bounds, when the process starts."""

import runpy

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.architecture.tree import ROOT

RULES = str(ROOT / "config/rules.py")


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("FOLLOWUP_ESCALATE_AFTER", 1, 90),
        ("AGENT_SILENT_AFTER", 1, 90),
        ("FOLLOWUP_MOST_PER_AGENT", 1, 3_000),
    ],
)
def test_a_rule_has_bounds(
    name: str, least: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in (least, most):
        monkeypatch.setenv(name, str(value))
        assert runpy.run_path(RULES)[name] == value
    for value in (least - 1, most + 1):
        monkeypatch.setenv(name, str(value))
        with pytest.raises(ImproperlyConfigured, match=name):
            runpy.run_path(RULES)
