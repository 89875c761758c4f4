"""Where a book and a device stand, read by key in one statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from perisai.models import Device, DeviceToken
from perisai.models.prepared import Prepared
from sync.models import Book, Epoch, Outbox
from sync.services.book import open_book
from sync.services.epoch import ensure_epoch

READ_STANDING = """
    SELECT b.id AS book_id, e.name AS epoch, b.version, b.floor,
        coalesce(o.last_seq, 0) AS last_seq, o.last_pull_at,
        coalesce(o.acked_epoch, '') AS acked_epoch, coalesce(o.acked_version, 0) AS acked_version,
        o.resync_wanted_at
    FROM sync_book b CROSS JOIN sync_epoch e
    LEFT JOIN sync_outbox o ON o.device_id = %(device)s
    WHERE b.agent_id = %(agent)s
"""
COUNT_ROWS = "SELECT count(*) FROM sync_bookentry WHERE book_id = %s AND is_present"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One agent's book and one device's outbox, at one instant."""

    book_id: UUID
    epoch: str
    version: int
    floor: int
    last_seq: int
    last_pull_at: datetime | None
    acked_epoch: str
    acked_version: int
    resync_wanted_at: datetime | None


def _with_standing(digest: str) -> QuerySet[DeviceToken]:
    """A token with its user and device, and the columns of READ_STANDING beside it."""
    book = Book.objects.filter(agent=OuterRef("device__agent"))
    outbox = Outbox.objects.filter(device=OuterRef("device"))
    columns = {
        "book_id": book.values("id"),
        "epoch": Epoch.objects.values("name"),
        **{name: book.values(name) for name in ("version", "floor")},
        **{name: outbox.values(name) for name in OF_OUTBOX},
    }
    found = DeviceToken.objects.select_related("user", "device").filter(digest=digest)
    annotated: QuerySet[DeviceToken] = found.annotate(
        **{f"at_{name}": Subquery(one[:1]) for name, one in columns.items()}
    )
    return annotated


OF_OUTBOX: Final = ("last_seq", "last_pull_at", "acked_epoch", "acked_version", "resync_wanted_at")
TOKEN_WITH_STANDING: Final = Prepared(_with_standing, example="")


def token_with_standing(digest: str) -> tuple[DeviceToken | None, Standing | None]:
    """The token with this digest, live or not, and what `standing_of` its device would read.

    One statement. No standing where a book was never opened, or the token is no device's.
    """
    token = TOKEN_WITH_STANDING.first(digest)
    if token is None:
        return None, None
    at = {name: getattr(token, f"at_{name}") for name in Standing.__dataclass_fields__}
    if at["book_id"] is None or at["epoch"] is None:
        return token, None
    if at["last_seq"] is None:  # nothing was sent or pulled yet
        at |= {"last_seq": 0, "acked_epoch": "", "acked_version": 0}
    return token, Standing(**at)


def standing_of(device: Device) -> Standing:
    """Read it; a book that was never opened is opened, a history without a name gets one."""
    found = _read(device)
    if found is None:
        ensure_epoch()
        open_book(device.agent_id)
        found = _read(device)
    if found is None:
        raise RuntimeError("a book that was just opened is not there")
    return found


def rows_in(book_id: UUID) -> int:
    """How many rows a book holds."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_ROWS, [book_id])
        (count,) = cursor.fetchone()
    return int(count)


def _read(device: Device) -> Standing | None:
    with connection.cursor() as cursor:
        cursor.execute(READ_STANDING, {"device": device.pk, "agent": device.agent_id})
        row = cursor.fetchone()
        names = [column.name for column in cursor.description or ()]
    return None if row is None else Standing(**dict(zip(names, row, strict=True)))
