"""Nudges for sweep and reminders: what is due is read from the database, not from a message."""

from datetime import date

from celery import shared_task

from perisai import clock
from retention.services.reminders import plan_reminders, regencies_to_remind
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


@shared_task
def remind() -> None:
    """Beat, hourly: regencies whose day began, or whose plan was lost or killed."""
    for code in regencies_to_remind(clock.now()):
        remind_regency.delay(code)


@shared_task
def remind_regency(regency_code: str) -> None:
    """Plan one regency's present day; safe to run late, twice and beside itself."""
    plan_reminders(regency_code, now=clock.now())
