"""Files at rest: kept encrypted, opened for one purpose, destroyed with their last link."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from perisai.errors import Unavailable
from perisai.ids import new_id
from perisai.models import StoredFile
from perisai.models.stored_file import CONTENT, THUMBNAIL, place_in
from perisai.pictures import KEPT_AS, Picture
from perisai.privacy import new_file_key, open_file, seal_file


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Sent:
    """Who sent a file, and what its bytes were."""

    agent_id: UUID
    sha256: bytes


def known_file(sent: Sent) -> UUID | None:
    """The file of the same content that this agent sent before, if it is still kept."""
    kept = StoredFile.objects.kept().filter(agent=sent.agent_id, sha256=sent.sha256)
    return kept.values_list("pk", flat=True).first()


def hold_file(file_id: UUID) -> None:
    """Keep a file from being destroyed until the transaction has linked it.

    For who links, after the lock of the record. Raises Unavailable if it is gone already: then its
    bytes are needed again.
    """
    rows = StoredFile.objects.kept().filter(pk=file_id)
    if rows.select_for_update(no_key=True).values_list("pk").first() is None:
        raise Unavailable


def keep_picture(sent: Sent, picture: Picture, *, now: datetime) -> UUID:
    """Keep a cleaned picture under a key of its own; the one that is there, if it was kept before.

    Joins the caller's transaction. Raises Unavailable if that one is being destroyed.
    """
    key, file_id = new_file_key(), new_id()
    file = StoredFile(
        id=file_id,
        agent_id=sent.agent_id,
        sha256=sent.sha256,
        key=key,
        content=seal_file(key, place_in(file_id, CONTENT), picture.content),
        thumbnail=seal_file(key, place_in(file_id, THUMBNAIL), picture.thumbnail),
        type=KEPT_AS,
        size=len(picture.content),
        stored_at=now,
    )
    StoredFile.objects.bulk_create([file], ignore_conflicts=True)
    kept_id = known_file(sent)
    if kept_id is None:  # it was there, and is destroyed by now
        raise Unavailable
    return kept_id


def content_of(file_id: UUID) -> bytes | None:
    """The picture; None once it is destroyed. For a reveal alone."""
    return _opened(file_id, CONTENT)


def thumbnail_of(file_id: UUID) -> bytes | None:
    """The blurred thumbnail; None once the file is destroyed."""
    return _opened(file_id, THUMBNAIL)


def thumbnail_in(file: StoredFile) -> bytes | None:
    """The same of a row that is read already."""
    if file.key is None or file.thumbnail is None:
        return None
    return open_file(file.key, place_in(file.pk, THUMBNAIL), file.thumbnail)


def end_unheld(file_ids: Collection[UUID], *, at: datetime) -> int:
    """Destroy those of the files to which no link is left: their keys, then their bytes.

    Joins the caller's transaction. A content that another record still has stays.
    """
    if not file_ids:
        return 0
    rows = StoredFile.objects.kept().filter(pk__in=file_ids).order_by("pk")
    locked = list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
    unheld = StoredFile.objects.filter(pk__in=locked).unheld()
    return unheld.update(key=None, content=None, thumbnail=None, sha256=None, ended_at=at)


def _opened(file_id: UUID, part: str) -> bytes | None:
    file = StoredFile.objects.kept().only("key", part).filter(pk=file_id).first()
    sealed = getattr(file, part, None)
    if file is None or file.key is None or sealed is None:
        return None
    return open_file(file.key, place_in(file_id, part), sealed)
