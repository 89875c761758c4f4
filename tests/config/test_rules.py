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
        ("AGENT_IDLE_MONTHS", 3, 12),
        ("AGENT_IDLE_WARN", 1, 2),
        ("AGENT_RETURN_AFTER", 1, 24),
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


def test_agents_are_reviewed_for_more_months_than_they_are_warned_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AGENT_IDLE_MONTHS", "2")
    monkeypatch.setenv("AGENT_IDLE_WARN", "1")
    assert runpy.run_path(RULES)["AGENT_IDLE_MONTHS"] == 2
    monkeypatch.setenv("AGENT_IDLE_WARN", "2")
    with pytest.raises(ImproperlyConfigured, match="AGENT_IDLE_WARN"):
        runpy.run_path(RULES)


def test_what_counts_as_a_result_is_one_of_two_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENT_IDLE_TEST", "contributions")
    with pytest.raises(ImproperlyConfigured, match="AGENT_IDLE_TEST"):
        runpy.run_path(RULES)
