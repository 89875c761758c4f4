"""Nudges for the sweep: what is due is read from the database, never from a message."""

from datetime import date

from celery import shared_task

from perisai import clock
from retention.services.sweep import open_follow_ups, regencies_to_sweep


@shared_task
def sweep() -> None:
    """Beat, three times a night: the next round makes a lost or killed one good."""
    today = clock.today()
    for code in regencies_to_sweep(today):
        sweep_regency.delay(code, today.isoformat())


@shared_task
def sweep_regency(regency_code: str, as_of: str) -> None:
    """One regency of a day (ISO 8601); safe to run twice and beside itself."""
    open_follow_ups(regency_code, as_of=date.fromisoformat(as_of))
