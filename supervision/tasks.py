"""Nudges to this app's services."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from perisai import clock
from supervision.services.dossiers import build_copies
from supervision.services.importing.runs import discard_forgotten
from supervision.services.importing.working import work_next

FORGOTTEN_AFTER = timedelta(days=30)


@shared_task
def build_subject_copies() -> None:
    """On asking, and beat every minute: what a lost nudge left is found by the next."""
    build_copies(clock.now())


@shared_task
def work_imports() -> None:
    """Beat, every ten seconds: a run that a lost worker left is found by a later one."""
    while work_next(now=timezone.now(), as_of=clock.today()):
        pass


@shared_task
def discard_imports() -> None:
    """Beat, nightly: rows and files that waited a month for nobody."""
    discard_forgotten(timezone.now() - FORGOTTEN_AFTER)
