"""The nightly check: kept with what each claim came to, and missed when it does not come."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from structlog.testing import capture_logs

from config.celery import app
from payments.models import MoneyCheckResult, MoneyCheckRun, Payment
from payments.services import money_checks
from payments.services.checks import CHECKS
from payments.services.checks.check import Check
from payments.services.money_checks import Alarm, alarm_about_checks, check_and_keep
from payments.tasks import check_money, watch_money_check
from perisai.models import OutboxMessage
from tests.factories.payments import NOW, PostAgentFactory, cared_for_member, paid
from tests.statements import run_sql

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment() -> Payment:
    """One payment in order."""
    return paid(cared_for_member(), PostAgentFactory.create())


def ran(started_at: datetime, *, ended: bool = True) -> MoneyCheckRun:
    """A run that began at an instant."""
    ended_at = started_at + timedelta(seconds=5) if ended else None
    return MoneyCheckRun.objects.create(started_at=started_at, ended_at=ended_at)


def test_a_run_keeps_what_each_check_found(payment: Payment) -> None:
    run = check_and_keep()

    assert run.ended_at is not None
    kept = run.results.order_by("id").values_list("code", "breaks", "first_ids")
    assert list(kept) == [(check.code, 0, []) for check in CHECKS]
    assert run.results.get(code="I10").rows == 1


def test_what_is_broken_is_kept_with_its_ids_and_said_loudly(payment: Payment) -> None:
    OutboxMessage.objects.filter(subject_id=payment.pk).delete()

    with capture_logs() as logged:
        check_money()

    result = MoneyCheckRun.objects.get().results.get(code="I10")
    assert (result.breaks, result.first_ids) == (1, [str(payment.pk)])
    assert [(line["event"], line.get("check"), line["log_level"]) for line in logged] == [
        ("money_check_broken", "I10", "error"),
        ("money_checked", None, "info"),
    ]
    assert logged[1]["broken"] == 1


def test_a_run_that_is_cut_short_keeps_its_results_and_has_no_end(
    payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    crooked = Check(code="I2", claim="x", rows="SELECT 1", breaks="SELECT 1 FROM nowhere_at_all")
    monkeypatch.setattr(money_checks, "CHECKS", (CHECKS[0], crooked, *CHECKS[2:]))

    with pytest.raises(Exception, match="nowhere_at_all"):
        check_and_keep()

    run = MoneyCheckRun.objects.get()
    assert run.ended_at is None
    assert [result.code for result in run.results.all()] == ["I1"]
    assert alarm_about_checks(now=run.started_at + timedelta(minutes=61)) == Alarm.UNFINISHED


NIGHT = datetime(2026, 11, 20, 1, 30, tzinfo=NOW.tzinfo)


@pytest.mark.parametrize(
    ("hours", "alarm"), [(0, None), (25.9, None), (26.1, Alarm.MISSING), (80, Alarm.MISSING)]
)
def test_a_night_without_a_run_is_missed(hours: float, alarm: Alarm | None) -> None:
    ran(NIGHT - timedelta(days=1))
    ran(NIGHT)
    assert alarm_about_checks(now=NIGHT + timedelta(hours=hours)) == alarm


@pytest.mark.parametrize(
    ("hours", "alarm"), [(0.9, None), (1.1, Alarm.UNFINISHED), (30, Alarm.UNFINISHED)]
)
def test_a_run_has_an_hour(hours: float, alarm: Alarm | None) -> None:
    ran(NIGHT - timedelta(days=1))
    ran(NIGHT, ended=False)
    assert alarm_about_checks(now=NIGHT + timedelta(hours=hours)) == alarm


def test_without_any_run_money_of_yesterday_is_missed_and_none_is_not(payment: Payment) -> None:
    later = payment.posted_at + timedelta(hours=27)
    assert alarm_about_checks(now=payment.posted_at + timedelta(hours=1)) is None
    assert alarm_about_checks(now=later) == Alarm.MISSING


def test_the_watch_tells_an_operator_and_is_quiet_when_all_is_well() -> None:
    with capture_logs() as logged:
        watch_money_check()
        ran(timezone.now() - timedelta(days=2))
        watch_money_check()
        check_and_keep()
        watch_money_check()

    assert [(line["event"], line["log_level"]) for line in logged] == [
        ("money_check_missing", "error")
    ]


def test_beat_runs_it_every_night_and_watches_every_hour() -> None:
    planned = {one["task"]: one["schedule"] for one in app.conf.beat_schedule.values()}
    nightly, hourly = planned[check_money.name], planned[watch_money_check.name]
    assert (nightly.hour, nightly.minute) == ({1}, {30})
    assert (len(hourly.hour), hourly.minute) == (24, {45})


@pytest.fixture
def kept() -> MoneyCheckRun:
    """A run that ended, with one result."""
    run = ran(NIGHT)
    MoneyCheckResult.objects.create(run=run, code="I1", rows=1, breaks=0, milliseconds=1)
    return run


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE payments_moneycheckrun SET ended_at = now()",
        "UPDATE payments_moneycheckrun SET ended_at = NULL",
        "DELETE FROM payments_moneycheckrun",
        "UPDATE payments_moneycheckresult SET breaks = 0",
        "DELETE FROM payments_moneycheckresult",
    ],
)
def test_what_was_found_stays(change: str, kept: MoneyCheckRun) -> None:
    with pytest.raises(IntegrityError, match="rows"), transaction.atomic():
        run_sql(change)


def test_a_break_without_an_id_and_an_id_without_a_break_are_no_results(
    kept: MoneyCheckRun,
) -> None:
    for breaks, first_ids in ((1, []), (0, ["x"])):
        with pytest.raises(IntegrityError), transaction.atomic():
            MoneyCheckResult.objects.create(
                run=kept, code="I2", rows=1, breaks=breaks, first_ids=first_ids, milliseconds=1
            )
