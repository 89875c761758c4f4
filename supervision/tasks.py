"""Nudges to this app's services."""

from celery import shared_task

from perisai import clock
from supervision.services.dossiers import build_copies


@shared_task
def build_subject_copies() -> None:
    """On asking, and beat every minute: what a lost nudge left is found by the next."""
    build_copies(clock.now())
