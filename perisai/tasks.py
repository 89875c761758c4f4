"""Nudges to this app's services."""

from celery import shared_task
from django.utils import timezone

from perisai.services import messages

AT_ONCE = 200


@shared_task
def relay_messages() -> None:
    """Beat, every ten seconds: what a lost nudge left is found by the next."""
    messages.relay(timezone.now(), limit=AT_ONCE)
