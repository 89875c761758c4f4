"""A walk that somebody asks of a phone, when its rows are in doubt."""

from datetime import datetime
from uuid import UUID

import structlog

from perisai.deadlines import Deadline, atomic_within
from sync.models import Outbox

log = structlog.get_logger(__name__)


@atomic_within(Deadline.PAGE)
def want_walk(device_id: UUID, *, now: datetime) -> None:
    """Tell a device with its next push to walk its book; repeatable until it begins to."""
    Outbox.objects.bulk_create([Outbox(device_id=device_id)], ignore_conflicts=True)
    Outbox.objects.filter(device=device_id).update(resync_wanted_at=now)
    log.info("walk_wanted", device=str(device_id))
