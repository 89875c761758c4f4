"""Purges as an operator and the clock start them."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from perisai import tasks
from perisai.keeping import days_of
from perisai.models import PurgeRun
from perisai.purging import known_purges
from perisai.services.purges import waiting
from sync.models import Conflict
from tests.factories.payments import NOW
from tests.factories.perisai import AgentFactory
from tests.perisai.test_purges import CASES, age, attempt, closed_member, purge_named

pytestmark = pytest.mark.django_db


def told(*arguments: str) -> str:
    out = StringIO()
    with time_machine.travel(NOW):
        call_command("purge", *arguments, stdout=out)
    return out.getvalue()


def test_command_counts_dry_and_ends_wet() -> None:
    attempt(age("attempts", days=-3))
    said = told("attempts", "--dry-run")
    assert "1 rows would end, the oldest of" in said
    assert (PurgeRun.objects.count(), CASES["attempts"].holding()) == (0, 1)
    assert "1 rows ended, 0 left" in told("attempts")
    assert waiting(purge_named("attempts"), now=NOW).rows == 0
    assert len(told("--dry-run").splitlines()) == len(known_purges())
    with pytest.raises(CommandError, match="no such purge; there are attempt_files, attempts, "):
        told("nonsense")


def test_task_runs_one_purge_and_says_when_it_is_late(
    caplog: pytest.LogCaptureFixture,
) -> None:
    held = closed_member(timezone.now() - timedelta(days=days_of("members") + 30))
    Conflict.objects.create(
        kind="claim_help", entity="member", entity_id=held.pk, agent=AgentFactory.create()
    )
    tasks.purge_class("members")
    assert PurgeRun.objects.get().left == 1
    assert "purge_behind" in caplog.text
    tasks.purge_class("nonsense")
    assert PurgeRun.objects.count() == 1


def test_nightly_task_sends_one_task_per_purge(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(tasks.purge_class, "delay", sent.append)
    tasks.purge_all()
    assert sent == [purge.code for purge in known_purges()]
