"""Nudges to this app's services."""

from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog
from celery import shared_task
from django.conf import settings
from django.db.models import Model
from django.utils import timezone

from perisai import clock
from perisai.models import PulsePart
from perisai.purging import known_purges, purge_of
from perisai.services import code_requests, messages
from perisai.services.erasures import keep_list
from perisai.services.keys import rotate_fields
from perisai.services.pulses import note_pulse
from perisai.services.purges import purges_behind, run_purge
from perisai.services.reference_files import publish_all

log = structlog.get_logger(__name__)

AT_ONCE = 200
NEXT_EXPIRES: Final = 60  # seconds: as the schedule's own looks, so that they never pile up
CODES_KEPT = timedelta(days=1)


@shared_task
def note_beat() -> None:
    """Beat, every half minute: a sign that schedule, broker and a worker hold together."""
    note_pulse(PulsePart.BEAT, timezone.now())


@shared_task
def relay_messages() -> None:
    """Beat, every ten seconds: what a lost nudge left is found by the next.

    While there is more than it may take it sends itself on at once, so that each free worker
    helps; one that nobody takes within a minute gives way to the schedule's.
    """
    if messages.relay_part(timezone.now(), limit=AT_ONCE).is_cut_short:
        relay_messages.apply_async(expires=NEXT_EXPIRES)


@shared_task
def publish_references() -> None:
    """Beat, hourly: what a new release, or a lost nudge, left unpublished."""
    publish_all(now=clock.now())


@shared_task
def purge_all() -> None:
    """Beat, nightly: one task per purge; who was cut short is found again the next night."""
    for purge in known_purges():
        purge_class.delay(purge.code)


@shared_task
def purge_class(code: str) -> None:
    """End what one class has kept long enough; an operator hears when it is a week behind."""
    purge = purge_of(code)
    if purge is None:
        log.warning("purge_unknown", purge=code)
        return
    run_purge(purge, now=clock.now())
    if code in purges_behind():
        log.error("purge_behind", purge=code)


@shared_task
def rotate_keys(limit: int) -> None:
    """Seal anew, piece by piece, what older keys made; it calls itself until nothing is left.

    Sent by `manage.py keys rotate --background`. Lost, it is simply sent again.
    """
    changed = rotate_fields(limit=limit, progress=_note_rotated)
    if changed == limit:
        rotate_keys.delay(limit)


def _note_rotated(model: type[Model], rows: int) -> None:
    log.info("rows_encrypted_anew", model=model._meta.label, rows=rows)


@shared_task
def keep_erasure_list() -> None:
    """Beat, every five minutes: whom a restored backup would bring back stands outside it too."""
    if settings.ERASURE_LIST_FILE:
        log.info("erasure_list_kept", new=keep_list(Path(settings.ERASURE_LIST_FILE)))


@shared_task
def purge_login_codes() -> None:
    """Beat, every night: askings of the day before yesterday, which no limit counts any more."""
    code_requests.purge_codes(before=timezone.now() - CODES_KEPT)
