"""Nudges to this app's services."""

import structlog
from celery import shared_task

from perisai import clock
from sync.services.final_words import drop_old_results
from sync.services.tombstones import forget_drops
from sync.services.upload_checks import check_next, expire_uploads
from sync.services.waiting import give_up_waiting, run_overdue

log = structlog.get_logger(__name__)


@shared_task
def run_waiting() -> None:
    """Beat, every five minutes: a decision whose process ended before it ran what waited."""
    finished = run_overdue()
    if finished:
        log.info("waiting_operations_run", finished=finished)


@shared_task
def check_uploads() -> None:
    """Beat, every ten seconds: files that are whole, one after the other."""
    while check_next(now=clock.now()):
        pass


@shared_task
def close_old_waiting() -> None:
    """Beat, nightly: what has waited for thirty days is refused, old final words leave the books.

    Files that were never sent end too. What one round leaves, the next one finds.
    """
    now = clock.now()
    refused, expired = give_up_waiting(now=now), expire_uploads(now=now)
    dropped = drop_old_results(now=now)
    log.info("waiting_operations_closed", refused=refused, expired=expired, dropped=dropped)


@shared_task
def forget_old_drops() -> None:
    """Beat, nightly: old drops are forgotten; what one night leaves, the next one finds."""
    log.info("old_drops_forgotten", forgotten=forget_drops(now=clock.now()))
