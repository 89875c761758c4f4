"""Nudges to this app's services."""

import structlog
from celery import shared_task

from enrollment.services.book_window import trim_books
from enrollment.services.hand_over_proposals import carry_out_waiting
from enrollment.services.subject_alarms import raise_alarms
from enrollment.services.subject_copies import end_old_copies
from perisai import clock

log = structlog.get_logger(__name__)


@shared_task
def raise_subject_alarms() -> None:
    """Beat, every ten minutes: a lost round only makes an alarm that much later."""
    raise_alarms(clock.now())


@shared_task
def end_subject_copies() -> None:
    """Beat, every ten minutes: nothing is handed over after its day anyway."""
    end_old_copies(clock.now())


@shared_task
def carry_out_hand_overs() -> None:
    """Beat, every minute: what two people confirmed, and what a run left undone."""
    carry_out_waiting(clock.now())


@shared_task
def trim_old_books() -> None:
    """Beat, nightly: phones give up who was closed or lapsed long ago."""
    log.info("books_trimmed", members=trim_books(now=clock.now()))
