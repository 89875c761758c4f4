"""Nudges to this app's services."""

from datetime import timedelta
from pathlib import Path

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from perisai.services import code_requests, messages
from perisai.services.erasures import keep_list

log = structlog.get_logger(__name__)

AT_ONCE = 200
CODES_KEPT = timedelta(days=1)


@shared_task
def relay_messages() -> None:
    """Beat, every ten seconds: what a lost nudge left is found by the next."""
    messages.relay(timezone.now(), limit=AT_ONCE)


@shared_task
def keep_erasure_list() -> None:
    """Beat, every five minutes: whom a restored backup would bring back stands outside it too."""
    if settings.ERASURE_LIST_FILE:
        log.info("erasure_list_kept", new=keep_list(Path(settings.ERASURE_LIST_FILE)))


@shared_task
def purge_login_codes() -> None:
    """Beat, every night: askings of the day before yesterday, which no limit counts any more."""
    code_requests.purge_codes(before=timezone.now() - CODES_KEPT)
