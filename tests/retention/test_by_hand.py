"""Reminders, escalations and warnings by hand: `manage.py remind`, `escalate`, `warn`."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from retention.models import Escalation, IdleWarning, Reminder, ReminderRun
from retention.tasks import remind_regency
from tests.factories.perisai import AgentFactory
from tests.retention.escalated import DUE, owing
from tests.retention.reminded import OCTOBER, at, who_agreed
from tests.retention.test_idle_agents import agent_since

pytestmark = pytest.mark.django_db
GRACE = at("2026-12-01 09:00")


def by_hand(command: str, **options: object) -> str:
    """What a command printed."""
    out = StringIO()
    call_command(command, stdout=out, **options)
    return out.getvalue()


def test_reminders_are_planned_once_however_often_somebody_asks(settings: Settings) -> None:
    settings.DEMO_NOW = GRACE
    who_agreed(paid_through=OCTOBER)
    told = by_hand("remind")
    assert told.splitlines()[-1] == "reminders: 1 regencies, 1 phones, 1 members"
    assert by_hand("remind") == "reminders: 0 regencies, 0 phones, 0 members\n"
    assert Reminder.objects.count() == 1


def test_workers_plan_reminders_on_demand(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO_NOW = GRACE
    asked: list[str] = []
    monkeypatch.setattr(remind_regency, "delay", asked.append)
    member = who_agreed(paid_through=OCTOBER)
    assert by_hand("remind", by_worker=True) == "reminders: 1 regencies sent to the workers\n"
    assert asked == [member.regency_code]
    assert not ReminderRun.objects.exists()


def test_month_without_a_due_date_is_one_clear_line(settings: Settings) -> None:
    settings.DEMO_NOW = at("2049-12-01 09:00")
    with pytest.raises(CommandError, match="due_date_missing"):
        by_hand("remind")
    assert not ReminderRun.objects.exists()


def test_escalations_are_raised_once(settings: Settings) -> None:
    settings.AGENT_SILENT_AFTER = 36_500
    owing(AgentFactory.create())
    told = by_hand("escalate", as_of=DUE.isoformat())
    assert told == "escalations of 2026-10-15: 1 branches, 1 new\n"
    assert by_hand("escalate", as_of=DUE.isoformat()).endswith("0 new\n")
    assert Escalation.objects.count() == 1


def test_agents_are_warned_once_a_month() -> None:
    agent_since(date(2026, 8, 10))
    told = by_hand("warn", as_of="2026-11-01")
    assert told == "warnings of 2026-11: 1 branches, 1 new\n"
    assert by_hand("warn", as_of="2026-11-30").endswith("0 new\n")
    assert IdleWarning.objects.count() == 1


@pytest.mark.parametrize("command", ["escalate", "warn"])
def test_a_day_that_is_none_is_refused(command: str) -> None:
    with pytest.raises(CommandError, match="not a day"):
        by_hand(command, as_of="kemarin")
