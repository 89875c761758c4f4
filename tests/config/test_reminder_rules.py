"""What an operator sets of the programme's rules stays within its bounds, or nothing starts."""

import runpy
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.architecture.tree import ROOT


def rules() -> dict[str, Any]:
    """The module, read anew from the environment."""
    return runpy.run_path(str(ROOT / "config/rules.py"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("REMINDER_DAYS", "due-5,payday"),
        ("REMINDER_DAYS", "due-15"),
        ("REMINDER_DAYS", "due-0"),
        ("REMINDER_DAYS", "lapse"),
        ("REMINDER_DAYS", "lapse-28"),
        ("REMINDER_QUIET", "23:00-08:00"),
        ("REMINDER_QUIET", "20:00-04:59"),
        ("REMINDER_QUIET", "08:00-20:00"),
        ("REMINDER_QUIET", "20:00"),
        ("REMINDER_QUIET", "20:60-08:00"),
        ("REMINDER_PER_PHONE_PER_DAY", "2"),
        ("REMINDER_PER_PHONE_PER_DAY", "-1"),
        ("SPONSOR_ALERT_DAYS", "60,0"),
        ("SPONSOR_ALERT_DAYS", "181"),
        ("SPONSOR_ALERT_DAYS", ""),
        ("NOTICE_PRICE_CHANGE_DAYS", "-1"),
        ("NOTICE_PRICE_CHANGE_DAYS", "121"),
    ],
)
def test_a_reminder_out_of_bounds_stops_the_start(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(ImproperlyConfigured, match=name):
        rules()


def test_reminders_within_bounds_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REMINDER_DAYS", "due-14,due-1,lapse-27")
    monkeypatch.setenv("REMINDER_QUIET", "22:59-05:00")
    monkeypatch.setenv("REMINDER_PER_PHONE_PER_DAY", "0")
    monkeypatch.setenv("SPONSOR_ALERT_DAYS", "1,180,1")
    monkeypatch.setenv("NOTICE_PRICE_CHANGE_DAYS", "0")
    found = rules()
    assert found["SPONSOR_ALERT_DAYS"] == (180, 1)
    assert found["NOTICE_PRICE_CHANGE_DAYS"] == timedelta(0)
    assert found["REMINDER_DAYS"] == ("due-14", "due-1", "lapse-27")
    assert (found["REMINDER_QUIET"], found["REMINDER_PER_PHONE_PER_DAY"]) == ("22:59-05:00", 0)
