"""Nudges to this app's services."""

import structlog
from celery import shared_task

from payments.services.checks import run_checks

log = structlog.get_logger(__name__)


@shared_task
def check_money() -> None:
    """Beat, nightly: an operator hears of every broken claim, and of a run that did not end."""
    broken = [result for result in run_checks() if result.breaks]
    for result in broken:
        log.error(
            "money_check_broken",
            check=result.code,
            claim=result.claim,
            breaks=result.breaks,
            first_ids=list(result.first_ids),
        )
    log.info("money_checked", broken=len(broken))
