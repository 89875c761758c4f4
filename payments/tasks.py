"""Nudges to this app's services."""

import structlog
from celery import shared_task
from django.utils import timezone

from payments.services import binding, suspense
from payments.services.credit_runs import carry_on, credit_and_cover_late_payers
from payments.services.money_checks import alarm_about_checks, check_and_keep
from perisai import clock

log = structlog.get_logger(__name__)


@shared_task
def check_money() -> None:
    """Beat, nightly: what each check found is kept, and an operator hears of every broken claim."""
    run = check_and_keep()
    log.info("money_checked", broken=run.results.filter(breaks__gt=0).count())


@shared_task
def retry_suspense() -> None:
    """Beat, nightly: money whose bill or member arrived meanwhile finds its owner (R12)."""
    log.info("suspense_retried", released=suspense.retry_suspense(clock.now))


@shared_task
def bind_waiting() -> None:
    """Beat, every minute: forms that were completed or decided meet the codes of their slips."""
    bound = binding.bind_waiting(clock.now)
    if bound:
        log.info("codes_bound", bound=bound)


@shared_task
def watch_money_check() -> None:
    """Beat, hourly: an operator hears of a night without a check, and of one that did not end."""
    alarm = alarm_about_checks(now=timezone.now())
    if alarm is not None:
        log.error(str(alarm))


@shared_task
def grant_discount_credits() -> None:
    """Beat, every minute: what two people confirmed, and what a run left undone (R9)."""
    carry_on(clock.now())


@shared_task
def credit_late_discounts() -> None:
    """Beat, nightly: who paid a bill that was made before its months became cheaper (R9)."""
    given = credit_and_cover_late_payers(clock.now())
    log.info("late_discounts_credited", members=given.members, amount=given.amount)
