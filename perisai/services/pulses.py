"""Signs of life: noted by tasks, read by whoever watches."""

from datetime import datetime
from typing import Final

from django.db import connection

from perisai.deadlines import Deadline, atomic_within
from perisai.models import Pulse, PulsePart

# Two beats may tell at once, and late: the newest instant stays.
NOTE: Final = """
    INSERT INTO perisai_pulse (part, seen_at) VALUES (%(part)s, %(seen_at)s)
    ON CONFLICT (part) DO UPDATE SET seen_at = excluded.seen_at
    WHERE excluded.seen_at > perisai_pulse.seen_at
"""


@atomic_within(Deadline.PAGE)
def note_pulse(part: PulsePart, now: datetime) -> None:
    """This part was at work."""
    with connection.cursor() as cursor:
        cursor.execute(NOTE, {"part": part.value, "seen_at": now})


def last_pulse(part: PulsePart) -> datetime | None:
    """When it was last seen; None: never."""
    return Pulse.objects.filter(part=part).values_list("seen_at", flat=True).first()
