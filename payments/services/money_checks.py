"""The nightly check of the money: run, kept, and missed when it does not come."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import structlog
from django.db.models.functions import Now

from payments.models import JournalEntry, MoneyCheckResult, MoneyCheckRun
from payments.services.checks import CHECKS, CheckResult, run_check
from perisai.deadlines import Deadline, within

log = structlog.get_logger(__name__)

SILENT_AFTER: Final = timedelta(hours=26)
"""A night and two hours: the next run should have begun."""

RUNS_AT_MOST: Final = timedelta(hours=1)


class Alarm(StrEnum):
    """What is wrong with the nightly check itself, as it stands in the log."""

    MISSING = "money_check_missing"
    UNFINISHED = "money_check_unfinished"


def check_and_keep() -> MoneyCheckRun:
    """Run all checks and keep what each found as soon as it is known; log what is broken.

    A run that is cut short keeps its results and has no end.
    """
    with within(Deadline.PAGE):
        run = MoneyCheckRun.objects.create()
    for check in CHECKS:
        _keep(run, run_check(check))
    with within(Deadline.PAGE):
        MoneyCheckRun.objects.filter(pk=run.pk).update(ended_at=Now())
    run.refresh_from_db()
    return run


def alarm_about_checks(*, now: datetime) -> Alarm | None:
    """Whether the newest run did not end in its time, or none began since yesterday.

    Before there is money that is a day old, nothing is missed.
    """
    newest = MoneyCheckRun.objects.order_by("-started_at").first()
    if newest is None:
        has_old_money = JournalEntry.objects.filter(posted_at__lt=now - SILENT_AFTER).exists()
        return Alarm.MISSING if has_old_money else None
    if newest.ended_at is None and now - newest.started_at > RUNS_AT_MOST:
        return Alarm.UNFINISHED
    return Alarm.MISSING if now - newest.started_at > SILENT_AFTER else None


def _keep(run: MoneyCheckRun, result: CheckResult) -> None:
    with within(Deadline.PAGE):
        MoneyCheckResult.objects.create(
            run=run,
            code=result.code,
            rows=result.rows,
            breaks=result.breaks,
            first_ids=list(result.first_ids),
            milliseconds=result.milliseconds,
        )
    if result.breaks:
        log.error(
            "money_check_broken",
            check=result.code,
            claim=result.claim,
            breaks=result.breaks,
            first_ids=list(result.first_ids),
        )
