"""The phones' contract without its guards, for the control: what the run must be able to catch.

The unique constraints are dropped, the outbox is not locked, and every operation that comes is
taken for a new one.
"""

from datetime import datetime
from typing import Any, Final

from django.db import connection

from perisai.models import Device
from sync.models import Operation
from sync.services import inbox, outbox, push
from sync.services.envelope import Push
from sync.services.outbox import Begun

DROP_UNIQUE: Final = """
    DO $$ DECLARE found record; BEGIN
        FOR found IN
            SELECT c.conrelid::regclass AS of_table, c.conname FROM pg_constraint c
            WHERE c.contype = 'u'
              AND c.conrelid IN ('sync_operation'::regclass, 'enrollment_prospectcontact'::regclass)
        LOOP
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.of_table, found.conname);
        END LOOP;
    END $$;
    DROP INDEX operation_once_per_id
"""


class Anywhere(int):
    """A place that fits before every operation."""

    def __ge__(self, _other: object) -> bool:
        return False

    def __lt__(self, _other: object) -> bool:
        return False

    def __add__(self, _other: object) -> "Anywhere":
        return self


def drop_unique() -> None:
    """Take the last reviewer away, in a database that is thrown away."""
    with connection.cursor() as cursor:
        cursor.execute(DROP_UNIQUE)


def forget_what_came() -> None:
    """Let everything that comes be new."""
    begin = outbox.begin_push

    def begin_anew(device: Device, sent: Push, *, offset_ms: int | None, now: datetime) -> Begun:
        first = Push(first_seq=1, ops=(), unsent=sent.unsent, oldest_at=sent.oldest_at)
        begun = begin(device, first, offset_ms=offset_ms, now=now)
        return Begun(
            last_seq=sent.first_seq - 1,
            clock_offset_ms=begun.clock_offset_ms,
            resync_wanted_at=None,
            config_tag="",
            last_push_at=None,
            known=(),
            fresh=sent.ops,
        )

    def insert(row: Operation) -> Operation:
        row.save(force_insert=True)
        return row

    def lock(_device: Device) -> Any:
        return inbox._Place(last_seq=Anywhere(), previous_at=None, lost_at=None)

    for module, name, careless in (
        (push, "begin_push", begin_anew),
        (inbox, "_insert_then_look", insert),
        (inbox, "_lock_outbox", lock),
    ):
        setattr(module, name, careless)
